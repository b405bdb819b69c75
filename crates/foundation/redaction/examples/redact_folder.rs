//! Cleans every file of a folder into another one, and says how many files a second that was.
//!
//! `cargo run --example redact_folder -- FROM TO [cleaned-pixels|full-dates|modified-dates|structured|descriptors|graphics|private]...`
//!
//! Promises: one thread; the time counts reading, cleaning, searching again and writing. Leaves out: new names for
//! the files, which a release would need.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people that measures time"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use redaction::dicom::{Dates, Pixels, Profile, ProjectKey};
use redaction::{Claim, Outcome, Settings, redact};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, options @ ..] = arguments.as_slice() else {
        return Err("name two folders: FROM TO [OPTION]...".into());
    };
    let key = ProjectKey::new(&std::array::from_fn(|at| u8::try_from(at).unwrap_or_default()));
    let settings = Settings {
        profile: profile(options)?,
        ..Settings::new(key)
    };
    let mut files = Vec::new();
    list(Path::new(from), &mut files)?;
    files.sort();
    let mut tally = Tally::default();
    let start = Instant::now();
    for file in &files {
        let target = Path::new(to).join(file.strip_prefix(from)?);
        tally.file(file, &target, &settings)?;
    }
    tally.print(start.elapsed().as_secs_f64());
    Ok(())
}

fn profile(options: &[String]) -> Result<Profile, Box<dyn Error>> {
    let mut profile = Profile::default();
    for option in options {
        match option.as_str() {
            "cleaned-pixels" => profile.pixels = Pixels::Cleaned,
            "full-dates" => profile.dates = Dates::Full,
            "modified-dates" => profile.dates = Dates::Modified,
            "structured" => profile.clean_structured_content = true,
            "descriptors" => profile.clean_descriptors = true,
            "graphics" => profile.clean_graphics = true,
            "private" => profile.retain_safe_private = true,
            other => return Err(format!("no option is called {other}").into()),
        }
    }
    Ok(profile)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?
        } else {
            files.push(path)
        }
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    clean: usize,
    findings: usize,
    bytes: usize,
    held: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn file(&mut self, from: &Path, to: &Path, settings: &Settings) -> std::io::Result<()> {
        let bytes = fs::read(from)?;
        self.bytes += bytes.len();
        let claim = Claim::of_name(&from.to_string_lossy());
        match redact(&bytes, claim, settings) {
            Outcome::Clean(clean, findings) => {
                self.clean += 1;
                self.findings += findings.len();
                if let Some(folder) = to.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::write(to, clean)
            }
            Outcome::Quarantine(reason, findings) => {
                let places: Vec<String> = findings
                    .iter()
                    .take(3)
                    .map(|it| format!("{} {} {:?}", it.place, it.name, it.what))
                    .collect();
                let name = format!("{} {}", from.display(), places.join(", "));
                self.held.entry(reason.to_string()).or_default().push(name);
                Ok(())
            }
        }
    }

    fn print(&self, seconds: f64) {
        let held: usize = self.held.values().map(Vec::len).sum();
        for (reason, files) in &self.held {
            println!("{:4} {reason}", files.len());
            files.iter().for_each(|file| println!("       {file}"));
        }
        let files = u32::try_from(self.clean + held).unwrap_or(u32::MAX);
        let megabytes = f64::from(u32::try_from(self.bytes / 1000).unwrap_or(u32::MAX)) / 1000.0;
        println!(
            "{} clean with {} findings, {held} held back",
            self.clean, self.findings
        );
        println!(
            "{seconds:.3} s, {:.0} files/s, {:.0} MB/s",
            f64::from(files) / seconds,
            megabytes / seconds
        );
    }
}
