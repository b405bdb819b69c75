//! What a client wrote down: what was acknowledged to it, and what is in doubt.
//!
//! An act is *acknowledged* when its answer has come. When the connection breaks before, or the answer is 503, the act
//! is in *doubt*: it may have happened or not, but wholly. A client has at most one act under way.

use ledger::checkpoint::Checkpoint;

use super::chance::{Chance, bytes};

/// Content is made from its seed when it is needed, so that a diary stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    seed: u64,
    length: u64,
}

impl Content {
    /// Chooses some, of a length in this range.
    pub fn choose(chance: &mut Chance, (from, to): (u64, u64)) -> Self {
        Self {
            seed: chance.next(),
            length: chance.between(from, to),
        }
    }

    /// The bytes.
    pub fn bytes(self) -> Vec<u8> {
        bytes(self.seed, self.length as usize)
    }
}

/// What an item can be found as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Absent,
    Present { versions: Vec<Content>, archived: bool },
}

/// One item as its writer knows it.
#[derive(Debug, Clone)]
pub struct Known {
    pub name: String,
    /// Known once a put of it through REST was acknowledged.
    pub id: Option<String>,
    /// The id of its newest version, when the last act told it.
    pub version: Option<String>,
    pub acknowledged: Found,
    /// What it would be if the act in doubt has happened.
    pub doubted: Option<Found>,
}

impl Known {
    /// An item nobody has made yet.
    pub fn new(name: String) -> Self {
        Self {
            name,
            id: None,
            version: None,
            acknowledged: Found::Absent,
            doubted: None,
        }
    }

    /// Whether it is there, without doubt, and archived or not as wanted.
    pub fn is(&self, wanted_archived: bool) -> bool {
        self.doubted.is_none()
            && matches!(&self.acknowledged, Found::Present { archived, .. } if *archived == wanted_archived)
    }

    /// What it would be with one more version.
    pub fn with_version(&self, content: Content) -> Found {
        match &self.acknowledged {
            Found::Absent => Found::Present {
                versions: vec![content],
                archived: false,
            },
            Found::Present { versions, archived } => Found::Present {
                versions: versions.iter().copied().chain([content]).collect(),
                archived: *archived,
            },
        }
    }

    /// What it would be without its newest version.
    pub fn without_newest(&self) -> Found {
        match &self.acknowledged {
            Found::Present { versions, archived } if versions.len() > 1 => Found::Present {
                versions: versions[..versions.len() - 1].to_vec(),
                archived: *archived,
            },
            _ => Found::Absent,
        }
    }

    /// The content of its newest version.
    pub fn newest(&self) -> Option<Content> {
        match &self.acknowledged {
            Found::Absent => None,
            Found::Present { versions, .. } => versions.last().copied(),
        }
    }

    /// What it would be archived.
    pub fn archived(&self) -> Found {
        match &self.acknowledged {
            Found::Absent => Found::Absent,
            Found::Present { versions, .. } => Found::Present {
                versions: versions.clone(),
                archived: true,
            },
        }
    }
}

/// What one client was told.
#[derive(Debug, Default)]
pub struct Diary {
    pub items: Vec<Known>,
    /// Uploads in parts that are not known to have ended.
    pub uploads: Vec<Upload>,
    /// Events of acknowledged acts.
    pub events: Vec<String>,
    /// The largest checkpoint that was seen.
    pub head: Option<Checkpoint>,
    /// Answers of 503.
    pub unavailable: u32,
}

/// An upload in parts, as its writer knows it.
#[derive(Debug, Clone)]
pub struct Upload {
    pub name: String,
    /// Nothing while the act that begins it is in doubt.
    pub id: Option<String>,
    /// The parts that were acknowledged: number and entity tag.
    pub parts: Vec<(u32, String)>,
    /// Whether it may have ended: its completion or its abandonment is in doubt.
    pub may_have_ended: bool,
}
