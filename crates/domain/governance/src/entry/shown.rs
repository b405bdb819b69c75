//! What a register shows today, for those who say something in public because of it.
//!
//! Promises: the answer follows from approvals, dates and the clock; entries that nobody approved show nothing and spoil nothing; of
//! what is about people, vendors or things, one entry that is past its end is enough to make the whole late. Leaves out: what entries
//! say, which stays sealed; only the word that a register is sorted by is read, from a closed list.

use kernel::{TenantId, Timestamp};
use store::{Row, StoreError, Tx, params};

use super::standing::{Dates, Standing};
use crate::register::{self, About};
use crate::{Error, Governance, Result};

/// What the approved entries of one register that have the same word show together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The register.
    pub register: String,
    /// The word that its entries are sorted by, where the register has a field for that.
    pub sort: Option<String>,
    /// How they stand: of what is about the company as a whole the best, of all else the worst.
    pub standing: Standing,
    /// How many entries were approved and are not ended.
    pub entries: u64,
    /// How many of them are past their end.
    pub past: u64,
    /// The first moment at which they do not show it any more; never by itself, when absent.
    pub until: Option<Timestamp>,
    /// When the last of them was approved.
    pub approved_at: Timestamp,
}

/// One approved entry.
struct Approved {
    register: &'static register::Register,
    sort: Option<String>,
    standing: Standing,
    until: Option<Timestamp>,
    approved_at: Timestamp,
}

const ROWS: &str = "SELECT e.register, e.sort, e.valid_until, v.approved_at FROM register_entry e \
     JOIN register_version v ON v.entry_id = e.entry_id AND v.number = e.approved \
     WHERE e.tenant_id = $1 AND e.ended_at IS NULL ORDER BY e.register, e.sort";

impl Governance {
    /// What the registers of a tenant show, of those that have approved entries. It says nothing but states, counts and days, so the
    /// server may ask it for itself.
    pub async fn shown(&self, tenant: TenantId) -> Result<Vec<Shown>> {
        let desk = self.custody.desk();
        let now = desk.clock.now();
        let read = desk.db.read(move |tx| shown(tx, tenant, now));
        read.await.map_err(Error::from)
    }
}

/// The same within a transaction, for checks that plant something and take it back.
pub fn shown(tx: &mut Tx, tenant: TenantId, now: Timestamp) -> std::result::Result<Vec<Shown>, StoreError> {
    let mut shown: Vec<Shown> = Vec::new();
    for row in &tx.all(ROWS, params![tenant])? {
        // A register that this version does not know any more shows nothing.
        if let Some(entry) = Approved::read(row, now)? {
            entry.add_to(&mut shown);
        }
    }
    Ok(shown)
}

impl Approved {
    fn read(row: &Row, now: Timestamp) -> std::result::Result<Option<Self>, StoreError> {
        let Some(register) = register::find(&row.get::<String>(0)?) else {
            return Ok(None);
        };
        let until = row.get(2)?;
        let dates = Dates {
            is_approved: true,
            valid_until: until,
            is_ended: false,
        };
        Ok(Some(Self {
            register,
            sort: row.get(1)?,
            standing: Standing::of(register, dates, now),
            until,
            approved_at: row.get(3)?,
        }))
    }

    fn add_to(self, shown: &mut Vec<Shown>) {
        let past = u64::from(!self.standing.is_good());
        let same = shown
            .last_mut()
            .filter(|last| last.register == self.register.id && last.sort == self.sort);
        let Some(last) = same else {
            shown.push(Shown {
                register: self.register.id.clone(),
                sort: self.sort,
                standing: self.standing,
                entries: 1,
                past,
                until: self.until,
                approved_at: self.approved_at,
            });
            return;
        };
        last.entries += 1;
        last.past += past;
        last.approved_at = last.approved_at.max(self.approved_at);
        // No end at all is later than any.
        let end = |until: Option<Timestamp>| until.unwrap_or(Timestamp::from_micros(i64::MAX));
        let decides = match self.register.about {
            About::Company => end(self.until) > end(last.until),
            About::Person | About::Vendor | About::Thing => end(self.until) < end(last.until),
        };
        if decides {
            (last.standing, last.until) = (self.standing, self.until);
        }
    }
}
