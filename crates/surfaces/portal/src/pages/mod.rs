//! The pages, as functions of what they show.

mod access;
mod ask;
mod consent;
mod frame;
mod front;
mod request;
mod trouble;

pub use access::access;
pub use ask::{AskPage, SignInPage, ask, code, sign_in};
pub use consent::consent;
pub use frame::Frame;
pub use front::front;
pub use request::{request, requests};
pub use trouble::{Trouble, nowhere, trouble};
