//! The end of a contract, and of everything that was kept under it.
//!
//! Promises: the end is announced fourteen and three days before, and so is the deletion; between the two nothing is taken in and everything can
//! be taken away; on the day that was signed, thirty days after the end where nothing else was, items go batch by batch, and with the last of
//! them the tenant's key and every wrap of it. What is on hold or locked stays until that ends, and the key with it. A certificate says what
//! was deleted and how; it is an entry of the operator's trail with a receipt, and outlives the tenant. Until the deletion begins, a new
//! version of the contract undoes all of it. Leaves out: letters to anybody.

mod certificate;
mod clock;
mod round;
mod rows;
mod settle;

use kernel::{DeletionCertificateId, EventId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

pub use round::Ended;

/// How many days after the end everything is deleted, where nothing else was signed.
pub const DELETE_AFTER_DAYS: u32 = 30;
const MOST_DAYS: u32 = 3_650;
const LONGEST_REASON: usize = 500;

/// How the end of a contract stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractEnd {
    /// When it ends; open when absent.
    pub ends_at: Option<Timestamp>,
    /// How many days afterwards everything is deleted.
    pub delete_after_days: u32,
    /// Why not after thirty.
    pub reason: Option<String>,
    /// When everything is deleted.
    pub deleted_at: Option<Timestamp>,
    /// Nothing is taken in any more; everything can be taken away.
    pub read_only: bool,
    /// What was announced, oldest first.
    pub notices: Vec<ContractNotice>,
}

/// The end that an owner wants for the contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct NewContractEnd {
    /// When; when absent it goes on without an end.
    pub ends_at: Option<Timestamp>,
    /// How many days afterwards everything is deleted, 0 to 3650; thirty when absent.
    pub delete_after_days: Option<u32>,
    /// Why not after thirty.
    pub reason: Option<String>,
}

/// Something that was announced about the end of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ContractNotice {
    /// What.
    pub kind: NoticeKind,
    /// The moment it is about.
    pub about_at: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
}

/// What is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// The contract ends within fourteen days: take away what you want to keep, or sign a new version.
    EndIn14,
    /// Within three.
    EndIn3,
    /// It has ended: everything can be taken away until the deletion.
    Ended,
    /// Everything is deleted within fourteen days.
    DeletionIn14,
    /// Within three.
    DeletionIn3,
    /// What is on hold stays, and the tenant's key with it; the rest is gone.
    Held,
}

/// What is left of a tenant: proof that nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Its id.
    pub id: DeletionCertificateId,
    /// Whose data was deleted.
    pub tenant: TenantId,
    /// Its short name.
    pub slug: String,
    /// When it was made: at the moment when the key was destroyed.
    pub made_at: Timestamp,
    /// The entry of the operator's trail that says the same; its receipt is the signature.
    pub event: EventId,
    /// What it certifies, for people.
    pub statement: String,
}

impl NoticeKind {
    const ALL: [Self; 6] = [
        Self::EndIn14,
        Self::EndIn3,
        Self::Ended,
        Self::DeletionIn14,
        Self::DeletionIn3,
        Self::Held,
    ];

    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndIn14 => "end-in14",
            Self::EndIn3 => "end-in3",
            Self::Ended => "ended",
            Self::DeletionIn14 => "deletion-in14",
            Self::DeletionIn3 => "deletion-in3",
            Self::Held => "held",
        }
    }
}
