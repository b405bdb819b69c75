//! A yes, from a person at a terminal or by `--yes`, before something that cannot be taken back.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use super::failure::Failure;

/// Who says yes.
pub(super) struct Asks {
    yes: bool,
    /// None if nobody is at a terminal.
    person: Option<Box<dyn BufRead + Send>>,
}

impl Asks {
    pub(super) fn of_terminal(yes: bool) -> Self {
        let present = io::stdin().is_terminal() && io::stderr().is_terminal();
        let person: Option<Box<dyn BufRead + Send>> = if present {
            Some(Box::new(io::BufReader::new(io::stdin())))
        } else {
            None
        };
        Self { yes, person }
    }

    /// Goes on after a yes; otherwise says what was not done.
    pub(super) fn confirm(self, question: &str, not_done: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let Some(mut person) = self.person else {
            return Err(Failure::usage("nobody is at a terminal to be asked: add --yes"));
        };
        eprint!("{question} [y/N] ");
        let mut answer = String::new();
        let read = io::stderr().flush().and_then(|()| person.read_line(&mut answer));
        read.map_err(Failure::file("read", "standard input".as_ref()))?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Failure::Missing(not_done.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(yes: bool, answer: Option<&'static str>) -> bool {
        let person: Option<Box<dyn BufRead + Send>> = match answer {
            Some(answer) => Some(Box::new(answer.as_bytes())),
            None => None,
        };
        Asks { yes, person }.confirm("?", "nothing was done").is_ok()
    }

    #[test]
    fn nothing_is_done_without_a_yes() {
        assert!(asks(true, None) && asks(false, Some("y\n")) && asks(false, Some("Yes\n")));
        assert!(!asks(false, None), "nobody is there");
        for answer in ["", "\n", "n\n", "yess\n", "ja\n"] {
            assert!(!asks(false, Some(answer)), "{answer:?}");
        }
    }
}
