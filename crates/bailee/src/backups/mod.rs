//! `bailee backup`, `bailee restore`, `bailee drill`.
//!
//! Promises: a backup is made beside a running server; a restoration overwrites nothing; what is missing is named together with what to
//! do. Leaves out: what a backup is, which is the crate `backup`'s.

mod command;
mod into;
mod key;
mod scratch;
mod shelves;

use std::io::IsTerminal as _;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

pub use command::{BackupArgs, DrillArgs, RestoreArgs, drill, make, restore};
pub(crate) use key::{ensure, found, read};
pub(crate) use shelves::Shelves;

/// A bar on standard error, where somebody looks at it.
fn progress(json: bool) -> backup::Progress {
    if json || !std::io::stderr().is_terminal() {
        return Arc::new(|_, _, _| {});
    }
    let style = ProgressStyle::with_template("{msg:8} {bar:40} {pos}/{len} {elapsed}");
    let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    Arc::new(move |what, done, all| {
        bar.set_message(what);
        bar.set_length(all.unwrap_or(done));
        bar.set_position(done);
    })
}
