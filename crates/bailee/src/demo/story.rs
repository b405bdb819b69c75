//! What the demo tells, in a terminal, a pipe, or nowhere.
//!
//! Promises: a line is printed after what it says has happened, never before; escapes for colour go to terminals
//! alone; the step that is under way is known, so that a failure can name it.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};

use super::visitor::Trouble;

/// Columns of a line; longer sentences go on below their own beginning.
const WIDTH: usize = 100;

/// Where the story goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sink {
    Stdout,
    Stderr,
    Nowhere,
}

/// A story that is being told.
pub(super) struct Story {
    out: Box<dyn Write + Send>,
    colour: bool,
    chapters: u32,
    chapter: String,
    step: String,
    done: u32,
    refused: u32,
}

impl Story {
    /// A story that goes there.
    pub(super) fn to(sink: Sink) -> Self {
        let plain =
            std::env::var_os("NO_COLOR").is_some() || std::env::var("TERM").is_ok_and(|term| term == "dumb");
        match sink {
            Sink::Stdout => Self::new(Box::new(io::stdout()), !plain && io::stdout().is_terminal()),
            Sink::Stderr => Self::new(Box::new(io::stderr()), !plain && io::stderr().is_terminal()),
            Sink::Nowhere => Self::new(Box::new(io::sink()), false),
        }
    }

    fn new(out: Box<dyn Write + Send>, colour: bool) -> Self {
        let (chapter, step) = ("the beginning".to_owned(), "starting".to_owned());
        Self {
            out,
            colour,
            chapters: 0,
            chapter,
            step,
            done: 0,
            refused: 0,
        }
    }

    /// The title of the whole.
    pub(super) fn title(&mut self, title: &str, below: &str) {
        let title = self.painted("1", title);
        self.print(&format!("\n{title}\n{below}\n"));
    }

    /// A new chapter begins.
    pub(super) fn chapter(&mut self, title: &str) {
        self.chapters += 1;
        title.clone_into(&mut self.chapter);
        let heading = self.painted("1", &format!("{}  {title}", self.chapters));
        self.print(&format!("\n{heading}\n"));
    }

    /// What is tried now. It is printed only when it goes wrong.
    pub(super) fn trying(&mut self, step: impl Display) {
        self.step = step.to_string();
    }

    /// Something was done as it should be.
    pub(super) fn done(&mut self, sentence: impl Display) {
        self.done += 1;
        let mark = self.painted("32", "✓");
        self.item(&mark, &sentence.to_string());
    }

    /// Something was refused, and rightly so.
    pub(super) fn refused(&mut self, sentence: impl Display) {
        self.refused += 1;
        let mark = self.painted("33", "✗");
        self.item(&mark, &sentence.to_string());
    }

    /// A remark.
    pub(super) fn remark(&mut self, sentence: impl Display) {
        self.item(" ", &sentence.to_string());
    }

    /// A line as it is, such as a command to be copied.
    pub(super) fn line(&mut self, line: impl Display) {
        self.print(&format!("   {line}\n"));
    }

    /// A command to be copied.
    pub(super) fn command(&mut self, command: impl Display) {
        let command = self.painted("36", &command.to_string());
        self.print(&format!("   {command}\n"));
    }

    /// An empty line.
    pub(super) fn pause(&mut self) {
        self.print("\n");
    }

    /// How many things were done, and how many refused.
    pub(super) const fn counts(&self) -> (u32, u32) {
        (self.done, self.refused)
    }

    /// Where the story stands when it breaks off.
    pub(super) fn broken(&self, trouble: &Trouble) -> String {
        format!(
            "the demo went otherwise than it must.\n  chapter  {}\n  step     {}\n  why      {trouble}",
            self.chapter, self.step
        )
    }

    fn item(&mut self, mark: &str, sentence: &str) {
        let lines = wrapped(sentence, WIDTH - 5);
        let text: String = lines
            .iter()
            .enumerate()
            .map(|(at, line)| {
                if at == 0 {
                    format!("   {mark} {line}\n")
                } else {
                    format!("     {line}\n")
                }
            })
            .collect();
        self.print(&text);
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Whoever closed the pipe does not want to know more; the demo goes on.
    fn print(&mut self, text: &str) {
        let _ = self
            .out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush());
    }
}

/// The words in lines of at most so many characters. A longer word has its own line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_set_in_lines_and_lose_no_word() {
        let text = "one two three four five six seven eight nine ten";
        let lines = wrapped(text, 12);
        assert!(lines.iter().all(|line| line.chars().count() <= 12), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrapped("incomprehensibilities", 5), ["incomprehensibilities"]);
    }

    #[test]
    fn a_break_names_the_chapter_and_the_step() {
        let mut story = Story::to(Sink::Nowhere);
        story.chapter("Refused");
        story.trying("a worker reads");
        let told = story.broken(&Trouble::unusable("200 instead of 404"));
        for part in ["Refused", "a worker reads", "200 instead of 404"] {
            assert!(told.contains(part), "{told}");
        }
    }
}
