#![doc = include_str!("../README.md")]

pub mod assets;
pub mod headers;
pub mod kit;
mod live;
pub mod pages;

pub use live::{ConsoleState, PROVIDER_CALLBACK, router, session_in, too_fast};
