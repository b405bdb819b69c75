//! Letters on their way out, and messages on their way in.
//!
//! Promises: a letter leaves through the one mail server of the configuration, over TLS whose certificate was verified, or to the same host
//! where the configuration asks for that; never in clear because something else did not work. What went wrong is kept without the words
//! of the mail server, which may repeat the address. Leaves out: what letters say, and delivering to anybody's own mail server.

pub mod command;
mod incoming;
mod message;
mod sender;
mod smtp;
#[cfg(test)]
mod tests;

pub(crate) use sender::start;
pub(crate) use smtp::{Mail, Mailer};
