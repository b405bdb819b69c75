//! Why sealed bytes were not opened, or bytes not sealed.

/// A refusal. No variant carries plaintext, key material, or any part of either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Fewer bytes than the format has at least.
    #[error(
        "too short to be {what}: the bytes were cut off or are something else; read them again or restore them"
    )]
    TooShort {
        /// The format that was expected.
        what: &'static str,
    },
    /// The bytes name a format this version does not read.
    #[error(
        "not {what} that this version reads (version {version}, suite {suite}): update, or check what was stored here"
    )]
    UnknownFormat {
        /// The format that was expected.
        what: &'static str,
        /// The version byte found.
        version: u8,
        /// The suite byte found.
        suite: u8,
    },
    /// A stream does not begin with the magic bytes, or sets reserved flags.
    #[error("not a sealed stream: the header is damaged or belongs to another format; restore the object")]
    NotAStream,
    /// The key commitment does not match (see `docs/formats/sealing.md`, "Schedule").
    #[error(
        "the key or the context does not fit: bytes of another place or version, or sealed under another key"
    )]
    WrongKeyOrContext,
    /// The authentication tag does not match although the key does.
    #[error("the sealed bytes were changed, reordered or cut after sealing: restore them from a copy")]
    Altered,
    /// A chunk size outside 2^12 to 2^20 bytes.
    #[error("chunk size 2^{0} is not allowed: use 2^12 to 2^20 bytes")]
    ChunkSize(u8),
    /// A chunk that is not last must be full; the last must hold something unless it is alone.
    #[error(
        "a chunk of {0} bytes cannot stand at this place: all but the last are full, and only a lone one is empty"
    )]
    ChunkLength(usize),
    /// More than 2^32 chunks.
    #[error(
        "too long for this chunk size: a stream has at most 2^32 chunks; use larger chunks or several items"
    )]
    TooLong,
    /// The stream already has its last chunk, or its writing failed.
    #[error("this stream has ended: start a new one")]
    Ended,
    /// No plaintext has this sealed length.
    #[error("no stream is {0} bytes long with this chunk size: the object was cut or extended; restore it")]
    ImpossibleLength(u64),
    /// A byte range or chunk beyond the end.
    #[error("the range reaches beyond the {0} bytes there are: ask within them")]
    OutOfRange(u64),
    /// An X25519 result of zero (RFC 7748, section 6.1).
    #[error("the public key is weak and would give no secrecy: make a new letterbox")]
    WeakPublicKey,
    /// Bytes that should be a key are not 32 long.
    #[error("a key has 32 bytes, not {0}")]
    KeyLength(usize),
}
