//! `bailee redact`: files without what identifies people, on this machine alone.
//!
//! Promises: nothing is sent anywhere; sources stay as they are, and nothing that is there already is written over; only what
//! came out clean is written, and everything else is told with its reason. Exit codes: 0 all came out clean, 1 some did
//! not, 2 the command line or an input cannot be used. Leaves out: new names for files; a name may be of somebody.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kernel::{Random, SystemRandom};
use redaction::dicom::{Dates, Pixels, Profile, ProjectKey};
use redaction::text::{Detector, Mask};
use redaction::{Claim, Contents, Finding, Limits, Outcome, Settings, What};
use serde_json::{Value, json};

use crate::client::Failure;
use crate::client::output::{Output, shown};
use crate::client::walk::{Found, walk};
use crate::files;

/// Take what identifies people out of files: DICOM, pictures, text, JSON and CSV.
#[derive(Debug, clap::Args)]
pub struct RedactArgs {
    /// Files and folders. Of a folder everything is taken, folders inside of it too.
    #[arg(value_name = "FILE|FOLDER", required = true)]
    from: Vec<PathBuf>,
    /// The folder for what came out clean. It is made where it is missing; nothing in it is written over.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// What stands in the place of personal data in texts and records.
    #[arg(long, value_enum, default_value = "label")]
    mask: Masks,
    /// A file of 32 bytes from which new identifiers and pseudonyms follow, so that they are the same in the next run. It is
    /// made where it is missing. Without one, each run has a key that nobody keeps.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// What becomes of dates in DICOM files.
    #[arg(long, value_enum, default_value = "removed")]
    dates: Days,
    /// Somebody has looked: no names are in the pixels of these DICOM files.
    #[arg(long)]
    pixels_are_clean: bool,
    /// The largest file that is read, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
    max_bytes: u64,
    /// One JSON object per file and line.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Masks {
    /// The kind: `[EMAIL]`.
    Label,
    /// As many asterisks as there were characters.
    Stars,
    /// The kind and a name that follows from the value.
    Pseudonym,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Days {
    /// Taken out.
    Removed,
    /// Moved, by the same number of days for everything of one patient.
    Moved,
    /// Kept.
    Kept,
}

/// Runs `bailee redact` and gives the exit code.
pub fn run(args: &RedactArgs) -> ExitCode {
    let output = Output::standard(args.json);
    redact(args, &SystemRandom, &output)
        .map_or_else(|failure| failure.report(args.json), |()| ExitCode::SUCCESS)
}

fn redact(args: &RedactArgs, random: &dyn Random, output: &Output) -> Result<(), Failure> {
    let walk = walk(&args.from, None, true)?;
    outside_of_sources(args)?;
    let settings = settings(args, random)?;
    files::private_folder(&args.to).map_err(|error| Failure::usage(error.to_string()))?;
    let mut held = 0;
    for path in &walk.passed_over {
        held += 1;
        told(
            output,
            &path.to_string_lossy(),
            &Done::held("a link or no plain file: name the file itself"),
        )?;
    }
    for file in &walk.found {
        let done = one(file, args, &settings);
        held += usize::from(done.reason.is_some());
        told(output, &file.path.to_string_lossy(), &done)?;
    }
    match held {
        0 => Ok(()),
        failed => Err(Failure::Partly {
            failed,
            all: walk.found.len() + walk.passed_over.len(),
        }),
    }
}

/// A folder inside of a source would be a source of the next run.
fn outside_of_sources(args: &RedactArgs) -> Result<(), Failure> {
    let Ok(to) = args.to.canonicalize() else {
        return Ok(());
    };
    let is_inside =
        |from: &&PathBuf| from.is_dir() && from.canonicalize().is_ok_and(|from| to.starts_with(from));
    match args.from.iter().find(is_inside) {
        Some(from) => {
            let (to, from) = (args.to.display(), from.display());
            Err(Failure::usage(format!(
                "{to} lies in {from}, which is cleaned: name another folder with --to"
            )))
        }
        None => Ok(()),
    }
}

fn settings(args: &RedactArgs, random: &dyn Random) -> Result<Settings, Failure> {
    let key = key(args.key_file.as_deref(), random)?;
    let profile = Profile {
        dates: match args.dates {
            Days::Removed => Dates::Removed,
            Days::Moved => Dates::Modified,
            Days::Kept => Dates::Full,
        },
        pixels: if args.pixels_are_clean {
            Pixels::Cleaned
        } else {
            Pixels::HoldSuspect
        },
        ..Profile::default()
    };
    Ok(Settings {
        profile,
        key: ProjectKey::new(&key),
        detector: Detector::new(),
        mask: match args.mask {
            Masks::Label => Mask::Label,
            Masks::Stars => Mask::SameLength,
            Masks::Pseudonym => Mask::Pseudonym(Box::new(ProjectKey::new(&key))),
        },
        limits: Limits::default(),
    })
}

/// The key of a file, made where the file is missing, or one for this run.
fn key(file: Option<&Path>, random: &dyn Random) -> Result<[u8; 32], Failure> {
    let mut new = [0; 32];
    random.fill(&mut new);
    let Some(path) = file else { return Ok(new) };
    let unusable = |error: files::FileError| Failure::usage(error.to_string());
    match files::read(path, 32).map_err(unusable)? {
        Some(bytes) => bytes.try_into().map_err(|_| Failure::Place {
            path: path.to_owned(),
            why: "a key is 32 bytes: name another file, or one that is not there yet",
        }),
        None => files::create(path, &new).map(|()| new).map_err(unusable),
    }
}

/// What became of a file.
struct Done {
    kind: Option<&'static str>,
    findings: Vec<Finding>,
    /// Why it is held back, if it is.
    reason: Option<String>,
}

impl Done {
    fn held(reason: impl Into<String>) -> Self {
        Self {
            kind: None,
            findings: Vec::new(),
            reason: Some(reason.into()),
        }
    }
}

fn one(file: &Found, args: &RedactArgs, settings: &Settings) -> Done {
    let bytes = match files::read(&file.path, args.max_bytes) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Done::held("it is not there any more"),
        Err(error) => return Done::held(error.to_string()),
    };
    let claim = Claim::of_name(&file.name);
    let kind = Contents::of(&bytes, claim).ok().map(Contents::name);
    let (findings, reason) = match redaction::redact(&bytes, claim, settings) {
        Outcome::Clean(clean, findings) => (findings, write(&args.to.join(&file.name), &clean).err()),
        Outcome::Quarantine(reason, findings) => (findings, Some(reason.to_string())),
    };
    Done {
        kind,
        findings,
        reason,
    }
}

/// Writes what is clean, unless something is there.
fn write(path: &Path, clean: &[u8]) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), files::private_folder);
    folder
        .and_then(|()| files::create(path, clean))
        .map_err(|error| match error.source.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!("{} is there already: it is not written over", path.display())
            }
            _ => error.to_string(),
        })
}

fn told(output: &Output, path: &str, done: &Done) -> Result<(), Failure> {
    let outcome = if done.reason.is_none() {
        "clean"
    } else {
        "quarantined"
    };
    let value = json!({
        "path": path,
        "outcome": outcome,
        "kind": done.kind,
        "reason": done.reason,
        "findings": done.findings.iter().map(finding).collect::<Vec<Value>>(),
    });
    output.result(&value, || {
        let kind = done.kind.unwrap_or("unknown kind");
        let about = match &done.reason {
            None => format!("{kind}, {} taken out", done.findings.len()),
            Some(reason) => format!("{kind}: {reason}"),
        };
        format!("{outcome:11}  {}  ({})", shown(path), shown(&about))
    })
}

fn finding(finding: &Finding) -> Value {
    let what = match finding.what {
        What::Removed => "removed",
        What::Emptied => "emptied",
        What::Replaced => "replaced",
        What::Mapped => "mapped",
        What::Shifted => "shifted",
        What::Cleaned => "cleaned",
        What::Remains => "remains",
        What::Trace => "trace",
        What::More => "more",
    };
    json!({ "place": finding.place, "name": finding.name, "what": what })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RedactArgs,
    }

    fn run_in(folder: &Path, more: &[&str]) -> Result<(), Failure> {
        let (from, to) = (folder.join("from"), folder.join("to"));
        let line = ["redact", from.to_str().unwrap(), "--to", to.to_str().unwrap()];
        let args = Line::parse_from(line.iter().chain(more)).args;
        redact(&args, &SystemRandom, &Output::to(true, Box::new(std::io::sink())))
    }

    fn sources() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("from/sub")).unwrap();
        fs::write(folder.path().join("from/a.txt"), "ask jane@example.com").unwrap();
        fs::write(folder.path().join("from/sub/b.csv"), "email,n\nx,1\n").unwrap();
        folder
    }

    #[test]
    fn what_is_clean_is_written_beside_its_source() {
        let folder = sources();
        run_in(folder.path(), &[]).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("to/a.txt"), "ask [EMAIL]");
        assert_eq!(read("to/sub/b.csv"), "email,n\n[EMAIL],1\n");
        assert_eq!(read("from/a.txt"), "ask jane@example.com");
    }

    #[test]
    fn what_is_held_back_or_would_be_written_over_is_told_by_the_exit_code() {
        let folder = sources();
        fs::write(folder.path().join("from/c.png"), "no picture").unwrap();
        let held = run_in(folder.path(), &[]).unwrap_err();
        assert!(matches!(held, Failure::Partly { failed: 1, all: 3 }));
        assert!(!folder.path().join("to/c.png").exists());
        fs::write(folder.path().join("to/a.txt"), "mine").unwrap();
        assert!(matches!(
            run_in(folder.path(), &[]),
            Err(Failure::Partly { failed: 3, .. })
        ));
        assert_eq!(
            fs::read_to_string(folder.path().join("to/a.txt")).unwrap(),
            "mine"
        );
    }

    #[test]
    fn a_key_file_makes_pseudonyms_last() {
        let folder = sources();
        let key = folder.path().join("key");
        let options = ["--mask", "pseudonym", "--key-file", key.to_str().unwrap()];
        run_in(folder.path(), &options).unwrap();
        let first = fs::read_to_string(folder.path().join("to/a.txt")).unwrap();
        fs::remove_dir_all(folder.path().join("to")).unwrap();
        run_in(folder.path(), &options).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("to/a.txt")).unwrap(), first);
        assert!(first.starts_with("ask [EMAIL ") && !first.contains("jane"));
        fs::write(&key, "short").unwrap();
        assert!(run_in(folder.path(), &options).is_err());
    }

    #[test]
    fn a_target_inside_of_a_source_is_refused() {
        let folder = sources();
        let (from, to) = (folder.path().join("from"), folder.path().join("from/sub"));
        let args = Line::parse_from(["redact", from.to_str().unwrap(), "--to", to.to_str().unwrap()]).args;
        let refused = redact(&args, &SystemRandom, &Output::to(true, Box::new(std::io::sink()))).unwrap_err();
        assert_eq!(refused.code(), 2);
    }
}
