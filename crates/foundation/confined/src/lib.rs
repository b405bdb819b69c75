#![doc = include_str!("../README.md")]

mod answer;
mod confine;
mod film;
mod one;
mod pdf;
mod process;
mod trouble;

pub use one::{is_one, one};
pub use process::Process;

use std::time::Duration;

/// What follows the program's name to draw one view. There are no further arguments.
pub const COMMAND: &str = "render-one";

/// The most of one file's process, in bytes of addresses. What the program itself takes is in it.
pub const MEMORY: u64 = 1 << 30;

/// The most of one file's process, in seconds of a processor.
pub const PROCESSOR_SECONDS: u64 = 5;

/// How long one file's process may take altogether, waiting for a processor included.
pub const PATIENCE: Duration = Duration::from_secs(10);
