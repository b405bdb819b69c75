//! What is settled for a dataset on every level, and which of it counts.

use kernel::DatasetId;
use operation::acts::ViewDataset;
use operation::{Permit, Request};
use serde_json::json;
use store::params;

use super::book::{Book, Counts};
use super::change::read;
use super::preview::notice;
use super::{Because, CountsFrom, Notice, Retention, rows};
use crate::dataset::{DatasetRef, permitted};
use crate::error::Result;
use crate::item::Kind;
use crate::{Credential, Custody};

/// How many of a dataset's notices are told.
const NOTICES: u32 = 10;

/// What is settled for a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What the dataset settles itself.
    pub own: Retention,
    /// What is settled for files: the dataset's, the tenant's, the contract's, as far as there are. The first counts.
    pub files: Vec<InForce>,
    /// The same for records.
    pub records: Vec<InForce>,
    /// For how long what is archived can be brought back.
    pub window: ArchiveWindow,
    /// What was announced of it, newest first, the last ten.
    pub notices: Vec<Notice>,
}

/// A rule, without its ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// Whose it is.
    pub because: Because,
    /// For how many days.
    pub days: u32,
    /// From when on.
    pub counts_from: CountsFrom,
    /// How many days before it is announced.
    pub notice_days: u32,
}

/// For how long what is archived can be brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveWindow {
    /// For how many days.
    pub days: u32,
    /// Whether somebody settled it. Else it counts only for what rules archive, and what people archive stays.
    pub settled: bool,
}

impl Custody {
    /// What is settled for a dataset by itself and above it, which of it counts, and what was announced.
    pub async fn retention_standing(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<Standing> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, access::Action::DatasetView)?;
                let (row, permit): (_, Permit<ViewDataset>) = permitted(op, &session, &dataset)?;
                let own = read(op, &permit, &session, row.id.as_bytes())?;
                let book = Book::of(op.housekeeping(), session.tenant)?;
                let wanted = params![session.tenant, row.id, i64::from(NOTICES)];
                let notices = op.list(&permit, rows::NOTICES_OF, wanted)?;
                let notices = notices.iter().map(notice).collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "retention": true, "count": notices.len() }))?;
                let window = book.window(row.id);
                Ok(Standing {
                    own,
                    files: levels(&book, row.id, Kind::File),
                    records: levels(&book, row.id, Kind::Record),
                    window: ArchiveWindow {
                        days: window.days,
                        settled: window.since.is_some(),
                    },
                    notices,
                })
            })
            .await
    }
}

fn levels(book: &Book, dataset: DatasetId, kind: Kind) -> Vec<InForce> {
    let all = [
        book.of_dataset(dataset, kind),
        book.of_tenant(kind),
        book.contract_rule(),
    ];
    all.into_iter().flatten().map(InForce::from).collect()
}

impl From<Counts> for InForce {
    fn from(counts: Counts) -> Self {
        Self {
            because: counts.because,
            days: counts.days,
            counts_from: counts.from,
            notice_days: counts.notice_days,
        }
    }
}
