//! What commands say on standard output. A closed pipe ends the output, not the program.

use std::io::{self, Write as _};

/// One line for people or programs.
pub fn line(text: impl std::fmt::Display) {
    // Whoever closed the pipe does not want to know more.
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// One line for people on standard error, where it does not disturb programs.
pub fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
