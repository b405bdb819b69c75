//! Log lines on standard error, or in a file.
//!
//! Promises: one event is one line, whatever its values hold: control characters are written as escapes, so that
//! nothing from outside can forge a line or steer a terminal. A panic leaves its place in the log and not its
//! text, which may hold data.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use assurance::Ear;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use crate::failure::Failure;
use crate::files::failed;

/// Starts logging on standard error for this process. A second call changes nothing.
///
/// # Errors
/// [`Failure::Said`] when the level is no filter.
pub fn start(level: &str, format: LogFormat) -> Result<(), Failure> {
    start_with(level, format, || Clean(Heard(io::stderr())))
}

/// The same into a file of its owner's alone, at its end; for a program whose terminal says other things.
///
/// # Errors
/// [`Failure::File`] when the file cannot be opened, [`Failure::Said`] when the level is no filter.
pub fn start_into(path: &Path, level: &str, format: LogFormat) -> Result<(), Failure> {
    let opened = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path);
    let file = Arc::new(opened.map_err(failed("open", path))?);
    start_with(level, format, move || Clean(Heard(Arc::clone(&file))))
}

fn no_filter() -> Failure {
    Failure::Said(
        "`log.level` is no filter: give error, warn, info, debug or trace, or parts as in info,web=debug"
            .to_owned(),
    )
}

fn start_with<W, M>(level: &str, format: LogFormat, writer: M) -> Result<(), Failure>
where
    W: Write + 'static,
    M: Fn() -> Clean<W> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(level).map_err(|_| no_filter())?;
    // It writes refused requests out with the names of keys, which are sealed everywhere else.
    let filter = filter.add_directive("s3s=off".parse().map_err(|_| no_filter())?);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer);
    // Somebody who has started logging before, a test or a program around this one, keeps it.
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "a part of the program broke off");
    }));
    Ok(())
}

/// Where the lines of this process's log come by, for the check that listens to them.
pub fn ear() -> Ear {
    static EAR: LazyLock<Ear> = LazyLock::new(Ear::default);
    EAR.clone()
}

/// Writes a line, and lets who listens hear it.
pub(crate) struct Heard<W>(pub(crate) W);

impl<W: Write> Write for Heard<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        ear().hear(line);
        self.0.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Escapes control characters. INVARIANT: one call of `write` is one event, as `tracing-subscriber` does it.
struct Clean<W>(W);

impl<W: Write> Write for Clean<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut clean = String::with_capacity(line.len() + 1);
        for letter in line.chars() {
            // Also U+2028 and the marks that turn the direction of text around.
            let steers =
                letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if steers {
                clean.extend(letter.escape_unicode())
            } else {
                clean.push(letter)
            }
        }
        clean.push('\n');
        self.0.write_all(clean.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn values_cannot_forge_lines_or_steer_terminals() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || Clean(writer.clone()))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(name = %"x\n2026 ERROR forged \u{1b}[31m\u{202e}", "said");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(text.ends_with('\n') && text.contains("x\\u{a}2026"), "{text}");
        assert!(!text.trim_end().contains(char::is_control), "{text}");
    }
}
