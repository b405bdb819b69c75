//! Asking the policies about somebody else, with the facts that their own acts would find.

use access::{Action, Class, Policies, Resource, Subject};
use kernel::{ItemId, MemberId};
use operation::Op;
use store::params;

use super::Leased;
use crate::dataset::State;
use crate::dataset::rows::DatasetRow;
use crate::error::Result;
use crate::item::rows::{self, ItemRow, Which};
use crate::item::{check_active, hold};
use crate::operator_access::LetIn;
use crate::session::Session;

/// What is asked about: what can be done with an item or a dataset that is there.
pub const ASKED: [Action; 13] = [
    Action::DatasetView,
    Action::DatasetChange,
    Action::DatasetArchive,
    Action::DatasetRestore,
    Action::DatasetDelete,
    Action::ItemBrowse,
    Action::ItemView,
    Action::ItemDownload,
    Action::ItemAnnotate,
    Action::ItemChange,
    Action::ItemArchive,
    Action::ItemRestore,
    Action::ItemDelete,
];

const LEASED: &str = "SELECT l.item_id FROM task_item l JOIN task t ON t.task_id = l.task_id \
     WHERE t.tenant_id = $1 AND t.member_id = $2 AND t.dataset_id = $3 AND t.state = 'live' AND t.ends_at > $4 \
     AND l.state = 'leased' ORDER BY l.item_id";

/// Somebody whose rights are asked for.
pub(super) struct Somebody<'a> {
    pub(super) policies: &'a Policies,
    pub(super) session: Session,
}

impl<'a> Somebody<'a> {
    pub(super) fn new(policies: &'a Policies, asker: &Session, member: MemberId, class: Class) -> Self {
        let session = asker.seen_by(member, class);
        Self { policies, session }
    }

    /// The operator, by an access that runs.
    pub(super) fn operator(policies: &'a Policies, asker: &Session, member: MemberId, access: LetIn) -> Self {
        let session = asker.seen_by_access(member, access);
        Self { policies, session }
    }

    fn may(&self, kind: Resource, facts: &access::Facts) -> Vec<Action> {
        let subject = Subject::of(self.session.class);
        ASKED
            .into_iter()
            .filter(|action| action.resource() == kind && self.policies.would_allow(&subject, *action, facts))
            .collect()
    }

    /// What they may do with the dataset.
    pub(super) fn dataset(&self, row: &DatasetRow) -> Vec<Action> {
        let facts = access::Facts {
            state: row.state.into(),
            ..self.session.dataset_facts(row.id, row.granted)
        };
        self.may(Resource::Dataset, &facts)
    }

    /// What they may do with an active item of the dataset that they hold no lease of.
    pub(super) fn every_item(&self, row: &DatasetRow) -> Vec<Action> {
        let facts = self.session.named_facts(row.id, row.granted, "");
        let mut may = self.may(Resource::Item, &facts);
        if row.state == State::Archived {
            may.retain(|action| !SHOWS.contains(action));
        }
        may
    }

    /// What they may do with this item, as found for them.
    fn item(&self, op: &mut Op<'_>, row: &ItemRow) -> Result<Vec<Action>> {
        let facts = access::Facts {
            on_hold: hold::holds_item(op, &self.session, row.id)?,
            ..row.facts(&self.session)
        };
        let mut may = self.may(Resource::Item, &facts);
        if check_active(row, false).is_err() {
            may.retain(|action| !SHOWS.contains(action));
        }
        Ok(may)
    }

    /// As [`Somebody::item`], of an item by its id; nothing when it is not there.
    pub(super) fn item_of(&self, op: &mut Op<'_>, item: ItemId) -> Result<Vec<Action>> {
        match rows::find(op, &self.session, item, Which::Newest)? {
            Some(row) => self.item(op, &row),
            None => Ok(Vec::new()),
        }
    }

    /// The items of the dataset that they hold a lease of, where that gives something else than they have of every item.
    pub(super) fn leased(&self, op: &mut Op<'_>, row: &DatasetRow, every: &[Action]) -> Result<Vec<Leased>> {
        let now = op.now();
        let held = params![self.session.tenant, self.session.member, row.id, now];
        let mut leased = Vec::new();
        for found in op.find_all(LEASED, held)? {
            let item: ItemId = found.get(0)?;
            let actions = self.item_of(op, item)?;
            if actions != every {
                leased.push(Leased { item, actions });
            }
        }
        Ok(leased)
    }
}

/// What acts refuse of what is archived, before anybody asks who it is.
const SHOWS: [Action; 3] = [Action::ItemView, Action::ItemDownload, Action::ItemAnnotate];
