//! The process of one view: it gives up its rights, reads what is asked and the file, answers, and ends.
//!
//! Promises: nothing is read before the rights are gone; nothing is written but the answer. Leaves out: what it gives up (`confine`).

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::ExitCode;

use rendering::Size;

use crate::answer::{Answer, LINE, Question, SIZES, Wanted};
use crate::film::Film;
use crate::pdf::{Document, Drawn};
use crate::trouble::{Trouble, microseconds};
use crate::{COMMAND, confine};

/// How the process ends that could not give up its rights (`EX_OSERR`).
pub(crate) const NOT_CONFINED: u8 = 71;
/// How the process ends that was not asked what it understands (`EX_PROTOCOL`).
const NOT_UNDERSTOOD: u8 = 76;

/// Whether this program was started to draw one view. A program whose views are drawn by itself asks this first of all, while it
/// has one thread and has opened nothing.
pub fn is_one(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.nth(1).as_deref() == Some(OsStr::new(COMMAND))
}

/// Draws one view: the question and the file come by standard input, the answer goes to standard output.
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
    let mut file = Vec::with_capacity(usize::try_from(question.length).unwrap_or_default());
    input.take(question.length).read_to_end(&mut file)?;
    let (answer, pixels) =
        answered(&question.wanted, file).unwrap_or_else(|trouble| (trouble.told(), Vec::new()));
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &answer)?;
    output.write_all(b"\n")?;
    output.write_all(&pixels)?;
    output.flush()
}

fn answered(wanted: &Wanted, file: Vec<u8>) -> Result<(Answer, Vec<u8>), Trouble> {
    match wanted {
        Wanted::Pages => {
            let document = Document::open(file)?;
            let sizes = document.sizes(SIZES)?;
            let answer = Answer::Pages {
                count: document.count(),
                sizes: sizes.iter().map(|size| (size.width, size.height)).collect(),
            };
            Ok((answer, Vec::new()))
        }
        Wanted::Page(part) => {
            let (view, limits) = part.view();
            let Drawn { size, pixels } = Document::open(file)?.draw(&view, &limits)?;
            Ok((drawn(size), pixels))
        }
        Wanted::Film => {
            let film = Film::open(&file)?;
            let Size { width, height } = film.size();
            let answer = Answer::Film {
                count: film.count(),
                width,
                height,
                microseconds: microseconds(film.duration()),
            };
            Ok((answer, Vec::new()))
        }
        Wanted::Frame(part) => {
            let (view, limits) = part.view();
            let pixels = Film::open(&file)?.draw(&view, &limits)?;
            Ok((drawn(pixels.size()), pixels.into_bytes()))
        }
    }
}

const fn drawn(Size { width, height }: Size) -> Answer {
    Answer::Drawn { width, height }
}
