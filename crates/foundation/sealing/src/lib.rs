//! Keys, and bytes sealed under them.
//!
//! Promises: everything sealed here is bound to one key and one [`Context`], and is refused as a whole
//! when either is wrong or a byte was changed; no message shares a cipher key and nonce with another;
//! every format begins with a version and commits to its key (`docs/formats/sealing.md`). Keys wipe
//! themselves and do not print.
//!
//! Leaves out: files, databases, networks, clocks; tenants and people (callers put ids into contexts);
//! hiding lengths. Ciphers come from `aws-lc-rs`, Argon2id from `argon2`; none is implemented here.

mod blind;
mod boxes;
mod context;
mod key;
mod letterbox;
mod primitive;
mod refused;
mod root;
mod stream;
#[cfg(test)]
mod testing;

pub use blind::{BlindIndexKey, blind};
pub use boxes::{BOX_OVERHEAD, WRAPPED_LEN, open, seal, unwrap, wrap};
pub use context::Context;
pub use key::Key;
pub use letterbox::{LETTERBOX_OVERHEAD, LetterboxPublic, LetterboxSecret};
pub use refused::Refused;
pub use root::{
    BadRootFile, LocalRoot, PassphraseCost, Protection, RootFile, RootId, RootKey, RootRefused, Unlock,
};
pub use stream::{
    ChunkPlace, ChunkSize, ChunkSpan, HEADER_LEN, Header, Layout, Sealing, Span, StreamOpener, StreamSealer,
    TAG_LEN, seal_whole,
};
