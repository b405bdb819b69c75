//! A session policy as a narrowing: actions, datasets and prefixes that come to exactly the same, or a refusal.
//!
//! A key is narrowed to actions on names of datasets: every action, on every prefix, in every dataset. A policy whose
//! statements do not come to such a product cannot be kept to exactly, and is refused with what does not fit.

use std::collections::{BTreeMap, BTreeSet};

use access::{Action, ActionSet};
use custody::key::AddressRange;
use s3s::S3Result;

use super::fault;
use super::statement::{self, Place, Statement, malformed};

/// The most characters of a policy, as STS has it.
const LONGEST: usize = 2_048;

/// What a policy comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Narrowing {
    pub(super) actions: Option<ActionSet>,
    pub(super) datasets: Option<Vec<String>>,
    pub(super) prefixes: Option<Vec<String>>,
    pub(super) addresses: Option<Vec<AddressRange>>,
}

/// What an action of S3 is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Objects,
    Bucket,
    Everything,
}

/// An action of S3: what it is done to, what it is here, and the action without which it is nothing here.
struct Word(&'static str, Of, &'static [Action], Option<&'static str>);

const LIST: &str = "s3:ListBucket";

/// The actions that are understood.
const WORDS: [Word; 12] = [
    Word("s3:GetObject", Of::Objects, &[Action::ItemDownload], None),
    Word(
        "s3:GetObjectVersion",
        Of::Objects,
        &[Action::ItemDownload],
        Some("s3:GetObject"),
    ),
    Word(
        "s3:PutObject",
        Of::Objects,
        &[Action::ItemCreate, Action::ItemChange],
        None,
    ),
    Word(
        "s3:AbortMultipartUpload",
        Of::Objects,
        &[Action::ItemCreate],
        Some("s3:PutObject"),
    ),
    Word(
        "s3:ListMultipartUploadParts",
        Of::Objects,
        &[Action::ItemCreate],
        Some("s3:PutObject"),
    ),
    Word("s3:DeleteObject", Of::Objects, &[Action::ItemArchive], Some(LIST)),
    Word(
        "s3:DeleteObjectVersion",
        Of::Objects,
        &[Action::ItemDelete, Action::ItemRestore],
        Some(LIST),
    ),
    Word(LIST, Of::Bucket, &[Action::ItemBrowse, Action::DatasetView], None),
    Word(
        "s3:ListBucketVersions",
        Of::Bucket,
        &[Action::ItemBrowse],
        Some(LIST),
    ),
    Word(
        "s3:ListBucketMultipartUploads",
        Of::Bucket,
        &[Action::ItemCreate],
        Some("s3:PutObject"),
    ),
    Word("s3:GetBucketLocation", Of::Bucket, &[Action::DatasetView], None),
    Word(
        "s3:ListAllMyBuckets",
        Of::Everything,
        &[Action::DatasetList],
        None,
    ),
];

/// How much of the room for a policy it takes, in percent.
pub(super) fn packed_percent(text: &str) -> usize {
    (text.chars().count() * 100).div_ceil(LONGEST)
}

/// Reads a policy.
pub(super) fn read(text: &str) -> S3Result<Narrowing> {
    if text.chars().count() > LONGEST {
        return Err(fault(
            "PackedPolicyTooLarge",
            format!("a policy has at most {LONGEST} characters"),
        ));
    }
    let statements = statement::read(text)?;
    let mut grants = Grants::default();
    for statement in &statements {
        grants.add(statement)?;
    }
    let addresses = common_addresses(&statements)?;
    Ok(Narrowing {
        actions: Some(grants.actions()?),
        datasets: grants.datasets()?,
        prefixes: grants.prefixes()?,
        addresses,
    })
}

/// All that a policy allows: which actions, where.
#[derive(Default)]
struct Grants {
    /// Actions on the objects of a bucket that begin so; everywhere without a bucket.
    objects: BTreeMap<(Option<String>, String), BTreeSet<&'static str>>,
    /// Actions on buckets.
    buckets: BTreeMap<Option<String>, BTreeSet<&'static str>>,
    /// What may be listed, by bucket; everything when empty.
    listed: BTreeMap<Option<String>, BTreeSet<String>>,
    /// Actions on the account.
    account: BTreeSet<&'static str>,
}

impl Grants {
    fn add(&mut self, statement: &Statement) -> S3Result<()> {
        let mut used = vec![false; statement.places.len()];
        for name in &statement.actions {
            let words: Vec<&Word> = WORDS
                .iter()
                .filter(|word| name == "s3:*" || word.0.eq_ignore_ascii_case(name))
                .collect();
            if words.is_empty() {
                let known: Vec<&str> = WORDS.iter().map(|word| word.0).collect();
                return Err(malformed(format!(
                    "the action {name} is not understood: there are {} and s3:*",
                    known.join(", ")
                )));
            }
            let mut fits_somewhere = false;
            for word in words {
                for (place, used) in statement.places.iter().zip(&mut used) {
                    let fits = self.add_one(word, place, statement)?;
                    *used |= fits;
                    fits_somewhere |= fits;
                }
            }
            if !fits_somewhere {
                return Err(malformed(format!(
                    "{name} is done to none of its statement's resources"
                )));
            }
        }
        match used.iter().zip(&statement.places).find(|(used, _)| !**used) {
            None => Ok(()),
            Some((_, place)) => Err(malformed(format!(
                "none of its statement's actions is done to {place:?}"
            ))),
        }
    }

    /// One action on one resource; false if it is not done to such.
    fn add_one(&mut self, word: &Word, place: &Place, statement: &Statement) -> S3Result<bool> {
        let bucket = match (word.1, place) {
            (Of::Everything, Place::Everything) => {
                self.account.insert(word.0);
                return no_prefix(word, statement).map(|()| true);
            }
            (Of::Objects, Place::Objects(bucket, prefix)) => {
                self.objects
                    .entry((Some(bucket.clone()), prefix.clone()))
                    .or_default()
                    .insert(word.0);
                return no_prefix(word, statement).map(|()| true);
            }
            (Of::Objects, Place::Everything) => {
                self.objects
                    .entry((None, String::new()))
                    .or_default()
                    .insert(word.0);
                return no_prefix(word, statement).map(|()| true);
            }
            (Of::Bucket, Place::Bucket(bucket)) => Some(bucket.clone()),
            (Of::Bucket, Place::Everything) => None,
            _ => return Ok(false),
        };
        self.buckets.entry(bucket.clone()).or_default().insert(word.0);
        if word.0 == LIST {
            let all = vec![String::new()];
            self.listed
                .entry(bucket)
                .or_default()
                .extend(statement.listed.clone().unwrap_or(all));
        } else if word.3 != Some(LIST) {
            no_prefix(word, statement)?;
        }
        Ok(true)
    }

    fn words(&self) -> BTreeSet<&'static str> {
        let places = self
            .objects
            .values()
            .chain(self.buckets.values())
            .chain([&self.account]);
        places.flatten().copied().collect()
    }

    /// What it all is here.
    fn actions(&self) -> S3Result<ActionSet> {
        let words = self.words();
        let known = || WORDS.iter().filter(|word| words.contains(word.0));
        let alone = known().find(|word| word.3.is_some_and(|whole| !words.contains(whole)));
        if let Some(Word(name, _, _, Some(whole))) = alone {
            return Err(malformed(format!(
                "here {name} takes {whole} as well: allow both"
            )));
        }
        Ok(known().flat_map(|word| word.2.iter().copied()).collect())
    }

    /// The buckets, if every action is allowed in each of them; all when there is nothing in it.
    fn datasets(&self) -> S3Result<Option<Vec<String>>> {
        same(
            self.buckets.values().cloned().collect(),
            "every bucket needs the same actions",
        )?;
        let of_objects: Buckets = self.objects.keys().map(|(bucket, _)| bucket.clone()).collect();
        let of_buckets: Buckets = self.buckets.keys().cloned().collect();
        let named = [of_objects, of_buckets]
            .into_iter()
            .filter(|buckets| !buckets.is_empty());
        let says = "actions on buckets and on their objects need the same buckets";
        let buckets = same(named.collect(), says)?.unwrap_or_default();
        if buckets.contains(&None) && buckets.len() > 1 {
            return Err(malformed(
                "one statement is about everything and another about one bucket",
            ));
        }
        let datasets: Vec<String> = buckets.into_iter().flatten().collect();
        Ok((!datasets.is_empty()).then_some(datasets))
    }

    /// The prefixes, if every action is allowed on each of them in every bucket; all names when there is nothing in it.
    fn prefixes(&self) -> S3Result<Option<Vec<String>>> {
        same(
            self.objects.values().cloned().collect(),
            "every prefix needs the same actions",
        )?;
        let mut of_objects: BTreeMap<&Option<String>, Prefixes> = BTreeMap::new();
        for (bucket, prefix) in self.objects.keys() {
            of_objects.entry(bucket).or_default().insert(prefix.clone());
        }
        let says = "every bucket needs the same prefixes";
        let objects = same(of_objects.values().map(shortest).collect(), says)?;
        let says = "listings need the same s3:prefix in every bucket";
        let listed = same(self.listed.values().map(shortest).collect(), says)?;
        if objects.is_some() && listed.is_some() && objects != listed {
            return Err(malformed(
                "s3:ListBucket reaches other names than the actions on objects: give it the condition StringLike on \
                 s3:prefix with the same beginnings and a star",
            ));
        }
        let prefixes: Vec<String> = objects.or(listed).unwrap_or_default().into_iter().collect();
        let whole = prefixes.is_empty() || prefixes.iter().any(String::is_empty);
        Ok((!whole).then_some(prefixes))
    }
}

type Prefixes = BTreeSet<String>;
type Buckets = BTreeSet<Option<String>>;

/// Prefixes without those that begin like another.
fn shortest(prefixes: &Prefixes) -> Prefixes {
    let covered = |prefix: &String| {
        prefixes
            .iter()
            .any(|other| other != prefix && prefix.starts_with(other.as_str()))
    };
    prefixes
        .iter()
        .filter(|prefix| !covered(prefix))
        .cloned()
        .collect()
}

/// What all of them are, if they are alike.
fn same<T: PartialEq>(all: Vec<T>, says: &'static str) -> S3Result<Option<T>> {
    let mut all = all.into_iter();
    let Some(first) = all.next() else { return Ok(None) };
    match all.all(|other| other == first) {
        true => Ok(Some(first)),
        false => Err(malformed(format!(
            "{says}, or the policy cannot be kept to exactly"
        ))),
    }
}

fn no_prefix(word: &Word, statement: &Statement) -> S3Result<()> {
    match statement.listed {
        None => Ok(()),
        Some(_) => Err(malformed(format!(
            "s3:prefix is a condition of {LIST} alone, and {} stands with it",
            word.0
        ))),
    }
}

fn common_addresses(statements: &[Statement]) -> S3Result<Option<Vec<AddressRange>>> {
    let all = statements
        .iter()
        .map(|statement| statement.addresses.clone())
        .collect();
    Ok(same(all, "every statement needs the same aws:SourceIp")?.flatten())
}

#[cfg(test)]
mod tests;
