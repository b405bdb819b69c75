//! Bars on standard error while bytes move. There are none when nobody is looking: no terminal, or `--json`.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::Failure;
use super::output::shown;

const REDRAW: Duration = Duration::from_millis(120);
const MOVED: &str =
    "{spinner} {msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
const COUNTED: &str = "{spinner} {msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}";

/// One bar for all that a command moves.
#[derive(Debug, Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Counts bytes.
    pub(crate) fn of_bytes(total: u64, json: bool) -> Self {
        Self::new(total, MOVED, json)
    }

    /// Counts things.
    pub(crate) fn of_things(total: u64, json: bool) -> Self {
        Self::new(total, COUNTED, json)
    }

    fn new(total: u64, template: &str, json: bool) -> Self {
        if json || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(REDRAW);
        Self(bar)
    }

    /// What is going on.
    pub(crate) fn says(&self, text: &str) {
        self.0.set_message(shown(text).to_string());
    }

    /// More has been found to do.
    pub(crate) fn expects(&self, more: u64) {
        self.0.inc_length(more);
    }

    /// So much is done, of all.
    pub(crate) fn reached(&self, position: u64) {
        self.0.set_position(position);
    }

    /// A counter for one of the things that move.
    pub(crate) fn counter(&self) -> Counter {
        Counter {
            bar: self.0.clone(),
            counted: Arc::default(),
        }
    }

    /// Prints a line above the bar, on standard error.
    pub(crate) fn warn(&self, text: &str) {
        self.0.suspend(|| eprintln!("bailee: {text}"));
    }

    /// Prints above the bar with this.
    pub(crate) fn aside(&self, print: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        self.0.suspend(print)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Counts one upload or download into the common bar.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    bar: ProgressBar,
    counted: Arc<AtomicU64>,
}

impl Counter {
    /// So many bytes went.
    pub(crate) fn add(&self, bytes: u64) {
        self.counted.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc(bytes);
    }

    /// It begins again: what was counted did not count.
    pub(crate) fn restart(&self) -> Self {
        self.bar.dec(self.counted.swap(0, Ordering::Relaxed));
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_not_counted_twice() {
        let progress = Progress::of_bytes(100, true);
        let (one, other) = (progress.counter(), progress.counter());
        other.add(5);
        one.add(70);
        one.restart().add(40);
        assert_eq!(progress.0.position(), 45);
    }
}
