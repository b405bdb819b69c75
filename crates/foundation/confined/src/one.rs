//! The process of one page: it gives up its rights, reads what is asked and the document, answers, and ends.
//!
//! Promises: nothing is read before the rights are gone; nothing is written but the answer. Leaves out: what it gives up (`confine`).

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::ExitCode;

use crate::answer::{Answer, LINE, Question, SIZES, Wanted};
use crate::pdf::{Document, Drawn, Trouble};
use crate::{COMMAND, confine};

/// How the process ends that could not give up its rights (`EX_OSERR`).
pub(crate) const NOT_CONFINED: u8 = 71;
/// How the process ends that was not asked what it understands (`EX_PROTOCOL`).
const NOT_UNDERSTOOD: u8 = 76;

/// Whether this program was started to draw one page. A program whose pages are drawn by itself asks this first of all, while it
/// has one thread and has opened nothing.
pub fn is_one(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.nth(1).as_deref() == Some(OsStr::new(COMMAND))
}

/// Draws one page: the question and the document come by standard input, the answer goes to standard output.
pub fn one() -> ExitCode {
    if confine::give_up().is_err() {
        return NOT_CONFINED.into();
    }
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => NOT_UNDERSTOOD.into(),
    }
}

fn answer() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut line = Vec::new();
    input.by_ref().take(LINE).read_until(b'\n', &mut line)?;
    let question: Question = serde_json::from_slice(&line)?;
    let mut document = Vec::with_capacity(usize::try_from(question.length).unwrap_or_default());
    input.take(question.length).read_to_end(&mut document)?;
    let (answer, pixels) =
        answered(&question.wanted, document).unwrap_or_else(|trouble| (told(trouble), Vec::new()));
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &answer)?;
    output.write_all(b"\n")?;
    output.write_all(&pixels)?;
    output.flush()
}

fn answered(wanted: &Wanted, document: Vec<u8>) -> Result<(Answer, Vec<u8>), Trouble> {
    let document = Document::open(document)?;
    let Some((view, limits)) = wanted.view() else {
        let sizes = document.sizes(SIZES)?;
        let answer = Answer::Pages {
            count: document.count(),
            sizes: sizes.iter().map(|size| (size.width, size.height)).collect(),
        };
        return Ok((answer, Vec::new()));
    };
    let Drawn { size, pixels } = document.draw(&view, &limits)?;
    let answer = Answer::Drawn {
        width: size.width,
        height: size.height,
    };
    Ok((answer, pixels))
}

fn told(trouble: Trouble) -> Answer {
    match trouble {
        Trouble::Broken => Answer::Broken,
        Trouble::Encrypted => Answer::Encrypted,
        Trouble::NoPage(count) => Answer::NoPage { count },
        Trouble::NoPart(size) => Answer::NoPart {
            width: size.width,
            height: size.height,
        },
    }
}
