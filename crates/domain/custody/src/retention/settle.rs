//! Changing one thing of what a dataset settles itself, and leaving the rest as it stands.
//!
//! Two people who change different rules at the same time both have what they wanted; what a rule announced is announced anew
//! only where that rule was changed.

use kernel::{DatasetId, Timestamp};
use operation::acts::ChangeDataset;
use operation::{Op, Permit, Request};
use store::params;

use super::book::Book;
use super::change::{check_grounds, insert_rule, insert_window, read, told};
use super::{Retention, Rule, Settled, rows};
use crate::dataset::{DatasetRef, permitted};
use crate::error::Result;
use crate::item::Kind;
use crate::session::Session;
use crate::{Credential, Custody};

/// One change of what a dataset settles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetentionChange {
    /// This rule takes the place of the dataset's rule for the same kind, if there is one.
    Rule(Rule),
    /// The dataset says nothing of its own for this kind any more; for both where there is no kind.
    Forget(Option<Kind>),
    /// For how many days what is archived can be brought back; nothing for as long as is settled above.
    Window(Option<u32>),
}

impl RetentionChange {
    /// What it brings, as if it were all that is settled.
    fn brings(&self) -> Retention {
        match self {
            Self::Rule(rule) => Retention {
                rules: vec![rule.clone()],
                archive_days: None,
            },
            Self::Forget(_) => Retention::default(),
            Self::Window(days) => Retention {
                rules: Vec::new(),
                archive_days: *days,
            },
        }
    }

    /// Whether a dataset may settle it.
    pub(super) fn check(&self) -> Result<()> {
        self.brings().check()
    }

    /// Whether it says on which ground, where it keeps longer than what is above.
    pub(super) fn check_ground(&self, op: &mut Op<'_>, session: &Session, dataset: DatasetId) -> Result<()> {
        check_grounds(op, session, Some(dataset), &self.brings())
    }

    /// The rules as if it were made now.
    pub(super) fn applied(&self, book: Book, dataset: DatasetId, now: Timestamp) -> Book {
        match self {
            Self::Rule(rule) => book.with_rule(dataset, rule, now),
            Self::Forget(kind) => book.without_rule(dataset, *kind),
            Self::Window(days) => book.with_window(dataset, *days, now),
        }
    }
}

impl Custody {
    /// Changes one thing of what a dataset settles, and gives all that it settles then. Longer than the tenant or the contract
    /// says takes a ground.
    pub async fn change_dataset_retention(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        change: RetentionChange,
    ) -> Result<Retention> {
        change.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, access::Action::DatasetChange)?;
                let (row, permit) = permitted::<ChangeDataset>(op, &session, &dataset)?;
                change.check_ground(op, &session, row.id)?;
                make(op, &permit, &session, row.id.as_bytes(), &change)?;
                let retention = read(op, &permit, &session, row.id.as_bytes())?;
                op.record(permit, told(&retention))?;
                Ok(retention)
            })
            .await
    }
}

fn make(
    op: &mut Op<'_>,
    permit: &Permit<ChangeDataset>,
    session: &Session,
    scope: &[u8; 16],
    change: &RetentionChange,
) -> Result<()> {
    let settled = Settled {
        by: session.member,
        at: op.now(),
    };
    let (tenant, window) = (session.tenant, rows::FORGET_WINDOW);
    match change {
        RetentionChange::Rule(rule) => {
            let word = rows::kind_word(rule.kind);
            op.change(permit, rows::FORGET_RULE, params![tenant, scope, word])?;
            insert_rule(op, permit, session, scope, rule, settled)?;
        }
        RetentionChange::Forget(kind) => {
            let word = rows::kind_word(*kind);
            op.change(permit, rows::FORGET_RULE, params![tenant, scope, word])?;
        }
        RetentionChange::Window(days) => {
            op.change(permit, window, params![tenant, scope])?;
            if let Some(days) = days {
                insert_window(op, permit, session, scope, *days, settled)?;
            }
        }
    }
    Ok(())
}
