//! Reading a profile, and refusing what nobody could be held to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Profile, Said, Words};
use crate::catalogue::{BadCatalogue, Catalogue, Claim, Template};

const LONGEST_NAME: usize = 40;
const LONGEST_HEADING: usize = 80;
const LONGEST_SENTENCE: usize = 300;
/// A page of more could not be read, and would be no small one.
const MOST: usize = 250;

/// Why a profile cannot be used: in which file, in which line, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {fault}", at(*.line))]
pub struct BadProfile {
    /// The file, or the name of a ready one.
    pub file: String,
    /// The line, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no profile.
    #[error("this is no profile: {0}")]
    Text(String),
    /// Its file cannot be read.
    #[error("it cannot be read: {0}")]
    File(String),
    /// A claim of it breaks a rule of the catalogue.
    #[error(transparent)]
    Claim(#[from] BadCatalogue),
    /// Its name is none.
    #[error(
        "`{0}` is no name of a profile: use up to 40 lower-case letters and digits, with hyphens between words"
    )]
    Name(String),
    /// There is one of this name.
    #[error("there is a profile `{0}` already: give this one another name")]
    Taken(String),
    /// It shows nothing.
    #[error("it has no section: add one with a heading and claims")]
    Nothing,
    /// It shows too much.
    #[error("it shows {0} sentences; a page has at most {MOST}: leave some out")]
    TooMany(usize),
    /// A heading with nothing under it.
    #[error("the section “{0}” has no claim: a heading promises something, so say it, or remove the section")]
    Empty(String),
    /// There is no such claim.
    #[error(
        "there is no claim `{0}`: `bailee claims` lists those of the catalogue, and one of your own is a [[claim]] of this file"
    )]
    NoClaim(String),
    /// Something stands there twice.
    #[error("{what} stands there twice: once is enough")]
    Twice {
        /// What.
        what: String,
    },
    /// Something that no section shows.
    #[error("no section shows `{0}`: add it to the claims of one, or remove it")]
    Unshown(String),
    /// A heading says what nobody can be held to.
    #[error("the heading “{heading}” says “{words}”, which {why}")]
    Heading {
        /// The heading.
        heading: String,
        /// The words.
        words: String,
        /// What is wrong with them.
        why: &'static str,
    },
    /// A text is empty, too long, or of several lines.
    #[error("{what} has to be 1 to {most} characters on one line")]
    Length {
        /// Which text.
        what: String,
        /// How many it may have.
        most: usize,
    },
    /// A claim of the operator's says which requirement it meets.
    #[error(
        "the claim `{0}` has `sources`: those name requirements of the catalogue, which its own claims meet; remove the line"
    )]
    Sources(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    section: Vec<Section>,
    #[serde(default)]
    wording: Vec<Wording>,
    #[serde(default)]
    claim: Vec<Claim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    heading: String,
    #[serde(default)]
    claims: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    claim: String,
    statement: Template,
}

impl BadProfile {
    /// Something that is wrong with a whole file.
    pub fn new(file: &str, fault: Fault) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            fault,
        }
    }
}

impl Profile {
    /// Reads one; `file` is what errors name.
    ///
    /// # Errors
    /// [`BadProfile`] says what to mend.
    pub fn read(catalogue: &Catalogue, name: &str, file: &str, text: &str) -> Result<Self, BadProfile> {
        let read = || {
            let parsed: File = toml::from_str(text).map_err(|error| Fault::Text(error.to_string()))?;
            profile(catalogue, name, parsed)
        };
        read().map_err(|fault| BadProfile {
            file: file.to_owned(),
            line: line_of(text, &fault),
            fault,
        })
    }
}

fn profile(catalogue: &Catalogue, name: &str, file: File) -> Result<Profile, Fault> {
    if !is_name(name) {
        return Err(Fault::Name(name.to_owned()));
    }
    if file.section.is_empty() {
        return Err(Fault::Nothing);
    }
    let mut known = sentences(catalogue, file.wording, file.claim)?;
    let mut said = Vec::new();
    let mut headings = BTreeSet::new();
    for section in &file.section {
        let heading = heading(section)?;
        if !headings.insert(heading) {
            return Err(twice(&format!("the heading “{heading}”")));
        }
        for id in &section.claims {
            said.push(shown(catalogue, &mut known, &said, id, heading)?);
        }
    }
    if said.len() > MOST {
        return Err(Fault::TooMany(said.len()));
    }
    match known.into_keys().next() {
        Some(left) => Err(Fault::Unshown(left)),
        None => Ok(Profile {
            name: name.to_owned(),
            said,
        }),
    }
}

/// What the file words or adds, by claim, held to the rules of the catalogue.
fn sentences(
    catalogue: &Catalogue,
    wordings: Vec<Wording>,
    added: Vec<Claim>,
) -> Result<BTreeMap<String, Said>, Fault> {
    let mut known = BTreeMap::new();
    for wording in wordings {
        let id = wording.claim;
        let of_catalogue = catalogue.claim(&id).ok_or_else(|| Fault::NoClaim(id.clone()))?;
        let instead_of = of_catalogue.statement.to_string();
        let claim = Claim {
            statement: wording.statement,
            ..of_catalogue.clone()
        };
        catalogue.check_claim(&claim)?;
        let words = Words::Own { instead_of };
        add(&mut known, Said { claim, words })?;
    }
    for claim in added {
        if !claim.sources.is_empty() {
            return Err(Fault::Sources(claim.id));
        }
        catalogue.check_new(&claim)?;
        let words = Words::Added;
        add(&mut known, Said { claim, words })?;
    }
    Ok(known)
}

fn add(known: &mut BTreeMap<String, Said>, said: Said) -> Result<(), Fault> {
    let id = said.claim.id.clone();
    fits(
        &format!("the statement of `{id}`"),
        &said.claim.statement.to_string(),
        LONGEST_SENTENCE,
    )?;
    match known.insert(id.clone(), said) {
        None => Ok(()),
        Some(_) => Err(twice(&format!("`{id}`"))),
    }
}

/// The sentence that a section names, which it takes from those that are left.
fn shown(
    catalogue: &Catalogue,
    known: &mut BTreeMap<String, Said>,
    before: &[Said],
    id: &str,
    heading: &str,
) -> Result<Said, Fault> {
    if before.iter().any(|said| said.claim.id == id) {
        return Err(twice(&format!("`{id}`")));
    }
    let mut said = match (known.remove(id), catalogue.claim(id)) {
        (Some(said), _) => said,
        (None, Some(claim)) => Said {
            claim: claim.clone(),
            words: Words::Catalogue,
        },
        (None, None) => return Err(Fault::NoClaim(id.to_owned())),
    };
    heading.clone_into(&mut said.claim.theme);
    Ok(said)
}

fn heading(section: &Section) -> Result<&str, Fault> {
    let heading = section.heading.as_str();
    fits(&format!("the heading “{heading}”"), heading, LONGEST_HEADING)?;
    if let Some((words, why)) = crate::catalogue::unbinding(heading) {
        return Err(Fault::Heading {
            heading: heading.to_owned(),
            words,
            why,
        });
    }
    match section.claims.is_empty() {
        true => Err(Fault::Empty(heading.to_owned())),
        false => Ok(heading),
    }
}

fn fits(what: &str, text: &str, most: usize) -> Result<(), Fault> {
    let is_line = !text.trim().is_empty() && !text.chars().any(char::is_control);
    match is_line && text.chars().count() <= most {
        true => Ok(()),
        false => Err(Fault::Length {
            what: what.to_owned(),
            most,
        }),
    }
}

/// A name fits in addresses and in the name under which versions are kept.
fn is_name(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= LONGEST_NAME && name.split('-').all(word)
}

fn twice(what: &str) -> Fault {
    Fault::Twice {
        what: what.to_owned(),
    }
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!(", line {line}")).unwrap_or_default()
}

/// Where what a fault is about is written: where it has its own line, there, or where it is named first.
fn line_of(text: &str, fault: &Fault) -> Option<usize> {
    let (word, twice) = match fault {
        Fault::Claim(bad) => (about(bad)?.to_owned(), false),
        Fault::Empty(word) | Fault::NoClaim(word) | Fault::Unshown(word) | Fault::Sources(word) => {
            (word.clone(), false)
        }
        Fault::Heading { heading, .. } => (heading.clone(), false),
        Fault::Twice { what } | Fault::Length { what, .. } => {
            let inner = what.split(['`', '“', '”']).nth(1)?;
            (inner.to_owned(), matches!(fault, Fault::Twice { .. }))
        }
        _ => return None,
    };
    let quoted = [format!("\"{word}\""), format!("'{word}'")];
    let lines = text.lines().zip(1..);
    let named = lines.filter(|(line, _)| quoted.iter().any(|quoted| line.contains(quoted)));
    let named: Vec<(&str, usize)> = named.collect();
    let own = |(line, _): &&(&str, usize)| {
        let key = line.split('=').next().unwrap_or_default().trim();
        ["id", "claim", "heading"].contains(&key)
    };
    let found = match twice {
        true => named.last(),
        false => named.iter().find(own).or(named.first()),
    };
    found.map(|(_, line)| *line)
}

/// The claim that a rule of the catalogue was broken by.
fn about(bad: &BadCatalogue) -> Option<&str> {
    match bad {
        BadCatalogue::Name(id)
        | BadCatalogue::Twice(id)
        | BadCatalogue::Unbound(id)
        | BadCatalogue::Unattested(id)
        | BadCatalogue::Unknown { claim: id, .. }
        | BadCatalogue::Wording { claim: id, .. } => Some(id),
        _ => None,
    }
}
