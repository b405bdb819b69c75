#![doc = include_str!("../README.md")]

mod access_log;
mod body;
pub mod client;
pub mod conditions;
pub mod digest;
pub mod disposition;
pub mod extract;
mod impatient;
mod kit;
mod meter;
pub mod pace;
mod problem;
pub mod range;
mod serve;
mod tls;

pub use kit::{Gate, Kit, OPERATION_HEADER, Operation, Passed};
pub use meter::Meter;
pub use problem::{Kind, Problem, ProblemDocument};
pub use serve::{BadListener, Listener, bind, bind_unix, serve};
pub use tls::{BadTls, Tls};
