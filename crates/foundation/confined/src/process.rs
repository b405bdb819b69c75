//! The side of the server: a process for one view, from its start to its end.
//!
//! Promises: it gets the file and nothing else, by a pipe; it is dead when the answer is given, whatever it does; what it
//! answers is held against what was asked. Leaves out: how many run at once, and who waits.

use std::io::{self, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use rendering::{Elsewhere, Film, Limits, Pages, Pixels, Refused, Size, View};

use crate::answer::{Answer, LINE, Part, Question, SIZES, Wanted};
use crate::one::NOT_CONFINED;
use crate::{COMMAND, MEMORY, PATIENCE};

/// This program, also when its file has been replaced by a newer one.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// How a program ends that panicked.
const PANICKED: i32 = 101;

/// Draws pages of documents and frames of films, each in a process of its own.
#[derive(Debug, Clone)]
pub struct Process {
    program: PathBuf,
    folder: PathBuf,
    patience: Duration,
}

impl Process {
    /// This program once more; it has to begin with [`crate::is_one`]. The folder is where the processes work: it should be empty.
    pub fn of_this_program(folder: &Path) -> Self {
        Self::new(Path::new(THIS_PROGRAM), folder, PATIENCE)
    }

    /// Another program, with other patience.
    pub fn new(program: &Path, folder: &Path, patience: Duration) -> Self {
        Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            patience,
        }
    }

    /// Asks a new process. The answer has at most so many bytes behind its line.
    fn ask(&self, wanted: Wanted, file: &[u8], most: u64) -> Result<(Answer, Vec<u8>), Refused> {
        let broken = wanted.broken();
        let question = Question {
            wanted,
            length: file.len() as u64,
        };
        let mut line = serde_json::to_vec(&question).map_err(failed)?;
        line.push(b'\n');
        let child = self.start().map_err(failed)?;
        let most = LINE + most;
        let ended = self.converse(child, &[&line, file], most).map_err(failed)?;
        answered(self.outcome(ended, most, &broken)?).ok_or(broken)
    }

    /// Asks for pixels.
    fn draw(&self, wanted: Wanted, file: &[u8], view: &View, limits: &Limits) -> Result<Pixels, Refused> {
        let broken = wanted.broken();
        let most = u64::from(limits.side) * u64::from(limits.side) * 3;
        match self.ask(wanted, file, most)? {
            (Answer::Drawn { width, height }, pixels) if width.max(height) <= limits.side => {
                Pixels::new(Size { width, height }, pixels).ok_or(broken)
            }
            (answer, _) => Err(refused(&answer, &broken, view, limits)),
        }
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .arg0("bailee")
            .arg(COMMAND)
            .env_clear()
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }

    /// Says this, takes what is answered, and ends it.
    fn converse(&self, mut child: Child, say: &[&[u8]], most: u64) -> io::Result<Ended> {
        let (input, output) = (child.stdin.take(), child.stdout.take());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // It may end before it has read everything; what it answered says why.
                let mut input = input;
                say.iter()
                    .try_for_each(|part| input.iter_mut().try_for_each(|input| input.write_all(part)))
            });
            let (answered, answer) = sync_channel(1);
            scope.spawn(move || answered.send(read(output, most)));
            let answer = answer.recv_timeout(self.patience);
            // Both threads end with it, and it has nothing to do any more, whatever it still does.
            let killed = child.kill();
            let status = child.wait()?;
            killed?;
            match answer {
                Ok(answer) => Ok(Ended::Itself(status, answer?)),
                Err(RecvTimeoutError::Timeout) => Ok(Ended::Late),
                Err(error @ RecvTimeoutError::Disconnected) => Err(io::Error::other(error)),
            }
        })
    }

    /// What it said, if it ended well.
    fn outcome(&self, ended: Ended, most: u64, broken: &Refused) -> Result<Vec<u8>, Refused> {
        let late = Refused::TookTooLong {
            seconds: self.patience.as_secs(),
        };
        let (status, answer) = match ended {
            Ended::Late => return Err(late),
            // It would have gone on talking.
            Ended::Itself(_, answer) if answer.len() as u64 > most => return Err(broken.clone()),
            Ended::Itself(status, answer) => (status, answer),
        };
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(answer),
            (Some(PANICKED), _) => Err(broken.clone()),
            (Some(code), _) if code == i32::from(NOT_CONFINED) => {
                Err(failed("this system does not let a process give up its rights"))
            }
            (Some(code), _) => Err(failed(format!("the process of a view ended with {code}"))),
            (None, Some(SIGXCPU)) => Err(late),
            // It gives up when it gets no memory, and so does the system when it has none.
            (None, _) => Err(Refused::TookTooMuch {
                mebibytes: MEMORY >> 20,
            }),
        }
    }
}

/// The signal for who has used their processor time up.
const SIGXCPU: i32 = 24;

/// How a process came to its end.
enum Ended {
    /// It was killed when its time was up.
    Late,
    Itself(ExitStatus, Vec<u8>),
}

impl Elsewhere for Process {
    fn pages(&self, document: &[u8]) -> Result<Pages, Refused> {
        match self.ask(Wanted::Pages, document, 0)? {
            (Answer::Pages { count, sizes }, _) if count > 0 && (1..=SIZES).contains(&sizes.len()) => {
                Ok(Pages {
                    count,
                    sizes: sizes
                        .into_iter()
                        .map(|(width, height)| Size { width, height })
                        .collect(),
                })
            }
            (answer, _) => {
                let broken = Wanted::Pages.broken();
                Err(refused(&answer, &broken, &View::default(), &Limits::default()))
            }
        }
    }

    fn page(&self, document: &[u8], view: &View, limits: &Limits) -> Result<Pixels, Refused> {
        self.draw(Wanted::Page(Part::of(view, limits)), document, view, limits)
    }

    fn film(&self, film: &[u8]) -> Result<Film, Refused> {
        match self.ask(Wanted::Film, film, 0)?.0 {
            Answer::Film {
                count: frames @ 1..,
                width: width @ 1..,
                height: height @ 1..,
                microseconds,
            } => Ok(Film {
                frames,
                size: Size { width, height },
                duration: Duration::from_micros(microseconds),
            }),
            answer => {
                let broken = Wanted::Film.broken();
                Err(refused(&answer, &broken, &View::default(), &Limits::default()))
            }
        }
    }

    fn frame(&self, film: &[u8], view: &View, limits: &Limits) -> Result<Pixels, Refused> {
        self.draw(Wanted::Frame(Part::of(view, limits)), film, view, limits)
    }
}

fn read(output: Option<impl Read>, most: u64) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    if let Some(output) = output {
        // One more tells that it is too much.
        output.take(most + 1).read_to_end(&mut answer)?;
    }
    Ok(answer)
}

/// Takes the line off what came.
fn answered(mut came: Vec<u8>) -> Option<(Answer, Vec<u8>)> {
    let line = came.iter().position(|byte| *byte == b'\n')?;
    let answer = serde_json::from_slice(&came[..line]).ok()?;
    came.drain(..=line);
    Some((answer, came))
}

fn refused(answer: &Answer, broken: &Refused, view: &View, limits: &Limits) -> Refused {
    let outside = |field, problem| Refused::Outside { field, problem };
    match *answer {
        Answer::Encrypted => Refused::Encrypted,
        Answer::NoSuch { count } => outside("frame", format!("there are {count}, numbered from 0")),
        Answer::NoTime { microseconds } => {
            let seconds = Duration::from_micros(microseconds).as_secs_f64();
            outside(
                "at",
                format!("the film takes {seconds} seconds; ask for an earlier time"),
            )
        }
        // It is asked again here, so that the words are ours.
        Answer::NoPart { width, height } => view
            .on(Size { width, height }, limits)
            .err()
            .unwrap_or_else(|| broken.clone()),
        Answer::TooLarge => Refused::TooLarge {
            what: "pixels",
            limit: limits.pixels,
        },
        Answer::NotDrawn(kind) => Refused::Unsupported { what: kind.what() },
        _ => broken.clone(),
    }
}

fn failed(error: impl std::fmt::Display) -> Refused {
    Refused::Failed {
        reason: error.to_string(),
    }
}
