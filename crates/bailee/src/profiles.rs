//! `bailee trust`, and the profiles that an installation is configured with.
//!
//! Promises: a profile that cannot be used ends the start, and the command that asked, with the file, the line and what to do; looking at one
//! publishes nothing. Leaves out: what a profile has to be (`assurance`), and the page (`trust`).

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use assurance::profile::{BadProfile, Fault, READY, Words, ready};
use assurance::{Assurance, Catalogue, Profile, Profiles};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::config::{ConfigFlags, TrustSettings};
use crate::failure::Failure;
use crate::out;
use crate::server::{Wiring, beside, trust_settings};

/// More is no profile.
const LARGEST: u64 = 1 << 20;

/// What to do with profiles of the public page.
#[derive(Debug, Subcommand)]
pub enum TrustCommand {
    /// List the profiles that there are, and which one the public page keeps to.
    Profiles(Common),
    /// Print a ready profile, as a beginning for one of your own.
    Show {
        /// Its name.
        #[arg(value_parser = READY.map(|(name, _)| name))]
        name: String,
    },
    /// Look whether a profile could be used, by the rules of the catalogue. Needs no installation.
    Check(CheckArgs),
    /// Print the public page as it would be with a profile, and publish nothing. The server may be running.
    Preview(PreviewArgs),
}

/// Which file to look at.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// Which page to make.
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// The name of a profile, or a file; the one that is configured when left out.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    #[command(flatten)]
    config: ConfigFlags,
}

/// What each takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// The profiles of this configuration.
///
/// # Errors
/// [`Failure::Said`], which names the file, the line and what to do.
pub fn of(settings: &TrustSettings) -> Result<Profiles, Failure> {
    let catalogue = catalogue()?;
    let mut profiles = Profiles::ready(&catalogue).map_err(said)?;
    if let Some(folder) = &settings.profiles {
        for file in files(folder)? {
            profiles
                .add(read(&catalogue, &file).map_err(said)?)
                .map_err(said)?;
        }
    }
    chosen(profiles, &catalogue, &settings.profile)
}

/// The same with this one on the public page.
fn chosen(mut profiles: Profiles, catalogue: &Catalogue, wanted: &str) -> Result<Profiles, Failure> {
    let mut name = wanted.to_owned();
    if is_file(wanted) {
        let profile = read(catalogue, Path::new(wanted)).map_err(said)?;
        profile.name().clone_into(&mut name);
        profiles.add(profile).map_err(said)?;
    }
    let names: Vec<String> = profiles.all().map(|profile| profile.name().to_owned()).collect();
    profiles.with_front(&name).ok_or_else(|| {
        Failure::Said(format!(
            "there is no profile `{name}`: `trust.profile` is the path of a file that ends with .toml, or one of {}",
            names.join(", ")
        ))
    })
}

/// A path, and no name.
fn is_file(wanted: &str) -> bool {
    wanted.contains('/') || wanted.ends_with(".toml")
}

/// The profiles of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: io::Error| {
        Failure::Said(format!(
            "`trust.profiles`: {} cannot be read: {error}",
            folder.display()
        ))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The profile of a file, which is named as the file is.
fn read(catalogue: &Catalogue, file: &Path) -> Result<Profile, BadProfile> {
    let shown = file.display().to_string();
    let bad = |error: io::Error| BadProfile::new(&shown, Fault::File(error.to_string()));
    if fs::metadata(file).map_err(bad)?.len() > LARGEST {
        return Err(bad(io::Error::other("it is larger than a profile can be")));
    }
    let text = fs::read_to_string(file).map_err(bad)?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    Profile::read(catalogue, &name, &shown, &text)
}

fn catalogue() -> Result<Catalogue, Failure> {
    Catalogue::load().map_err(|error| Failure::Said(error.to_string()))
}

fn said(bad: BadProfile) -> Failure {
    Failure::Said(bad.to_string())
}

/// Carries out what was asked for.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn run(command: &TrustCommand) -> Result<ExitCode, Failure> {
    match command {
        TrustCommand::Profiles(common) => list(common)?,
        TrustCommand::Show { name } => out::line(ready(name).unwrap_or_default().trim_end()),
        TrustCommand::Check(args) => check(args)?,
        TrustCommand::Preview(args) => preview(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(common: &Common) -> Result<(), Failure> {
    let settings = crate::settings(&common.config)?;
    let profiles = of(&settings.trust)?;
    let front = profiles.front().name();
    let listed: Vec<&Profile> = profiles.all().map(AsRef::as_ref).collect();
    if common.json {
        let listed: Vec<Value> = listed.into_iter().map(about).collect();
        out::line(json!({ "profile": front, "profiles": listed }));
        return Ok(());
    }
    for profile in listed {
        let mark = if profile.name() == front {
            "  the public page"
        } else {
            ""
        };
        let count = profile.said().len();
        out::line(format_args!("{:<20} {count:>4} sentences{mark}", profile.name()));
    }
    Ok(())
}

fn check(args: &CheckArgs) -> Result<(), Failure> {
    let profile = read(&catalogue()?, &args.file).map_err(said)?;
    if args.json {
        out::line(about(&profile));
        return Ok(());
    }
    let (sentences, headings) = (profile.said().len(), profile.headings().len());
    let (worded, added) = counts(&profile);
    out::line(format_args!(
        "{} can be used: {sentences} sentences under {headings} headings, {worded} in your own words, {added} of your own",
        args.file.display()
    ));
    Ok(())
}

fn about(profile: &Profile) -> Value {
    let (worded, added) = counts(profile);
    json!({ "name": profile.name(), "sentences": profile.said().len(), "headings": profile.headings(), "worded": worded, "added": added })
}

/// How many sentences are in the operator's words, and how many are its own.
fn counts(profile: &Profile) -> (usize, usize) {
    let count = |is: fn(&Words) -> bool| profile.said().iter().filter(|said| is(&said.words)).count();
    (
        count(|words| matches!(words, Words::Own { .. })),
        count(|words| *words == Words::Added),
    )
}

async fn preview(args: &PreviewArgs) -> Result<(), Failure> {
    let settings = crate::settings(&args.config)?;
    let mut profiles = of(&settings.trust)?;
    if let Some(wanted) = &args.profile {
        // A file that is configured already may be looked at as it is now.
        let fresh = if is_file(wanted) {
            Profiles::ready(&catalogue()?).map_err(said)?
        } else {
            profiles
        };
        profiles = chosen(fresh, &catalogue()?, wanted)?;
    }
    let custody = beside::custody_with_places(&settings, Wiring::system()).await?;
    let made = Assurance::new(custody, vec![settings.data.clone()], "command")?;
    let at = made.now();
    let known = made.known_at(at).await?;
    let says = trust_settings(&settings, &settings.public_url.clone().unwrap_or_default());
    let profile = profiles.front();
    let seen = trust::Seen {
        at,
        claims: known.of(made.catalogue(), profile),
        results: known.results,
    };
    out::line(trust::page(&trust::Voice::front(profile, &says), &seen).into_string());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(profile: &str, folder: Option<&Path>) -> TrustSettings {
        TrustSettings {
            name: "Ours".into(),
            contact: Vec::new(),
            policy: None,
            profile: profile.into(),
            profiles: folder.map(Path::to_owned),
        }
    }

    const OURS: &str = "[[section]]\nheading = \"Keys\"\nclaims = [\"second-factor\"]\n";

    #[test]
    fn the_page_keeps_to_the_profile_that_is_named_or_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ours.toml"), OURS).unwrap();
        fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
        let front = |settings: TrustSettings| of(&settings).unwrap().front().name().to_owned();
        assert_eq!(front(settings("everything", None)), "everything");
        assert_eq!(front(settings("crm", None)), "crm");
        assert_eq!(front(settings("ours", Some(folder.path()))), "ours");
        let file = folder.path().join("ours.toml").display().to_string();
        assert_eq!(front(settings(&file, None)), "ours");
        assert_eq!(
            of(&settings("crm", Some(folder.path()))).unwrap().all().count(),
            6
        );
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_place_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let told = |settings: TrustSettings| of(&settings).unwrap_err().to_string();
        let said = told(settings("ours", None));
        assert!(
            said.contains("`ours`") && said.contains("training-data"),
            "{said}"
        );
        let file = folder.path().join("ours.toml");
        let absent = told(settings(&file.display().to_string(), None));
        assert!(absent.contains("ours.toml: it cannot be read"), "{absent}");
        fs::write(&file, OURS.replace("Keys", "Industry standard")).unwrap();
        for settings in [
            settings(&file.display().to_string(), None),
            settings("crm", Some(folder.path())),
        ] {
            let said = told(settings);
            assert!(
                said.contains("ours.toml, line 2: ") && said.contains("industry standard"),
                "{said}"
            );
        }
        fs::rename(&file, folder.path().join("crm.toml")).unwrap();
        fs::write(folder.path().join("crm.toml"), OURS).unwrap();
        let taken = told(settings("crm", Some(folder.path())));
        assert!(taken.contains("already"), "{taken}");
        assert!(told(settings("crm", Some(&folder.path().join("gone")))).contains("trust.profiles"));
    }
}
