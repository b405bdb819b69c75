//! What will happen to one item, and when.

use kernel::{ItemId, Timestamp};
use store::Row;

use super::book::{Book, Counts, Window};
use super::{Because, CountsFrom, Due, KeptBy, days};
use crate::error::Result;
use crate::item::{Kind, State};

/// An item with what rules look at.
pub(super) struct Candidate {
    pub(super) id: ItemId,
    kind: Kind,
    state: State,
    made_at: Timestamp,
    version_at: Timestamp,
    archived_at: Option<Timestamp>,
    held: bool,
    restricted: bool,
}

impl Candidate {
    /// A row of [`super::rows::page`].
    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: Kind::from_row(&row.get::<String>(1)?)?,
            state: State::from_row(&row.get::<String>(2)?)?,
            made_at: row.get(3)?,
            version_at: row.get(4)?,
            archived_at: row.get(5)?,
            held: row.get::<i64>(6)? != 0,
            restricted: row.get::<i64>(7)? != 0,
        })
    }

    /// Of the rule and the archive window the one that ends it first.
    pub(super) fn due(&self, book: &Book, dataset: kernel::DatasetId) -> Option<Due> {
        let window = book.window(dataset);
        let by_rule = book
            .rule(dataset, self.kind)
            .and_then(|rule| self.by_rule(&rule, &window));
        let by_window = self.by_window(&window);
        let (because, due_at, deleted_at) = by_rule
            .into_iter()
            .chain(by_window)
            .min_by_key(|(_, _, deleted_at)| *deleted_at)?;
        let restriction = self.restricted.then_some(KeptBy::Restriction);
        Some(Due {
            item: self.id,
            kind: self.kind,
            state: self.state,
            because,
            due_at,
            deleted_at,
            kept_by: self.held.then_some(KeptBy::Hold).or(restriction),
        })
    }

    fn by_rule(&self, rule: &Counts, window: &Window) -> Option<(Because, Timestamp, Timestamp)> {
        let begins = match rule.from {
            CountsFrom::Put => self.made_at,
            CountsFrom::LastVersion => self.version_at,
            CountsFrom::Archive => self.archived_at?,
        };
        let due_at = begins.plus(days(rule.days));
        let archived = self.archived_at.unwrap_or(due_at);
        Some((rule.because, due_at, due_at.max(archived.plus(days(window.days)))))
    }

    fn by_window(&self, window: &Window) -> Option<(Because, Timestamp, Timestamp)> {
        let begins = self.archived_at?.max(window.since?);
        let end = begins.plus(days(window.days));
        Some((Because::ArchiveWindow, end, end))
    }
}
