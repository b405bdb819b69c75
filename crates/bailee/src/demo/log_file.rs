//! The server's log lines in a file, so that they do not mix with the story.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::failure::Failure;
use crate::files::{self, failed};
use crate::logging::Heard;

/// Logs into `log/bailee.log` of the data folder, one JSON object on each line: values cannot forge lines.
pub(super) fn start(data: &Path) -> Result<(), Failure> {
    let folder = data.join("log");
    files::private_folder(&folder)?;
    let path = folder.join("bailee.log");
    let opened = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&path);
    let file = Arc::new(opened.map_err(failed("open", &path))?);
    let lines = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    // Somebody who has started logging before, such as a test, keeps it.
    let _ = lines
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || Heard(Arc::clone(&file)))
        .try_init();
    // The text of a panic may hold data; its place does not.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "a part of the program broke off");
    }));
    Ok(())
}
