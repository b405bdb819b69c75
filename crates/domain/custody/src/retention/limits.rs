//! For how long what a dataset holds is kept, for who has to write it down.
//!
//! Promises: it is read out of the same book by which the round archives and deletes. Leaves out: what keeps single items longer.

use kernel::{DatasetId, TenantId};
use operation::Op;
use serde::Serialize;

use super::book::Book;
use super::{Because, CountsFrom};
use crate::error::Result;
use crate::item::Kind;

/// For how long files, or records, of a dataset are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// Files or records.
    pub kind: Kind,
    /// For so many days they are in use.
    pub days: u32,
    /// From when on.
    pub counts_from: CountsFrom,
    /// Which rule says so.
    pub because: Because,
    /// For so many days more they can be brought back; then their keys are destroyed.
    pub archive_days: u32,
}

/// The limits of one tenant.
pub(crate) struct Limits(Book);

/// What holds at this moment.
pub(crate) fn limits(op: &mut Op<'_>, tenant: TenantId) -> Result<Limits> {
    Ok(Limits(Book::of(op.housekeeping(), tenant)?))
}

impl Limits {
    /// For files or records of a dataset; nothing where no rule says.
    pub(crate) fn of(&self, dataset: DatasetId, kind: Kind) -> Option<Limit> {
        let rule = self.0.rule(dataset, kind)?;
        Some(Limit {
            kind,
            days: rule.days,
            counts_from: rule.from,
            because: rule.because,
            archive_days: self.0.window(dataset).days,
        })
    }
}
