//! What happens to an item about several people when one of them is erased: somebody decides.

use access::Action;
use custody::item::about::{self, AboutItem};
use custody::{Credential, Error, Result, Session};
use kernel::{ErasureId, ItemId};
use operation::acts::EraseSubject;
use operation::{Act, Op, Permit, Request, Resource};
use sealing::Context;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::rows::{self, ErasureRow};
use super::run::Step;
use super::{Cause, Erasure, ErasureState};
use crate::Rights;

/// The most items that one is said to have been split into.
const MOST_PARTS: usize = 100;

/// What is done about an item that others share with a person who is erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "decision", deny_unknown_fields)]
pub enum Decision {
    /// It goes, for everybody; when it is on hold, as soon as it is not.
    Delete,
    /// It stays as it is, on this ground.
    Keep {
        /// Why, in 1 to 500 bytes.
        ground: String,
    },
    /// The newest version, put in since the erasure began, has the person no more: the older ones go.
    Redact,
    /// Others were made of it since the erasure began, without the person: it goes.
    Split {
        /// What was made of it, in the same dataset.
        into: Vec<ItemId>,
    },
}

impl Decision {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Keep { .. } => "keep",
            Self::Redact => "redact",
            Self::Split { .. } => "split",
        }
    }

    fn check(&self) -> Result<()> {
        let problem = match self {
            Self::Keep { ground } if ground.trim().is_empty() || ground.len() > 500 => {
                "say on which ground in 1 to 500 bytes"
            }
            Self::Split { into } if into.is_empty() || into.len() > MOST_PARTS => {
                "name 1 to 100 items that were made of it"
            }
            _ => return Ok(()),
        };
        Err(Error::Invalid {
            field: "decision",
            problem: problem.into(),
        })
    }
}

impl Rights {
    /// Decides about an item that an erasure had to leave because it is about others as well.
    pub async fn decide(
        &self,
        credential: &Credential,
        request: Request,
        erasure: ErasureId,
        item: ItemId,
        decision: Decision,
    ) -> Result<Erasure> {
        decision.check()?;
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let decided = self.custody.desk().act(request, move |op| {
            let session = custody.enter(op, &credential, Action::SubjectErase)?;
            let row = rows::found(op, &session, erasure, Action::SubjectErase)?;
            decide(op, &session, row, item, &decision)
        });
        let (erasure, let_go) = decided.await?;
        self.custody.let_go(let_go).await;
        Ok(erasure)
    }
}

fn decide(
    op: &mut Op<'_>,
    session: &Session,
    row: ErasureRow,
    item: ItemId,
    decision: &Decision,
) -> Result<(Erasure, custody::item::LetGo)> {
    let permit: Permit<EraseSubject> = op.permit(Resource::subject(), &session.facts())?;
    check_open(op, &row, item)?;
    let (id, shared) = (row.erasure.id, row.shared);
    let found = about::find(op, session, item, Action::SubjectErase)?;
    let ground = match decision {
        Decision::Keep { ground } => Some(sealed(op, session, id, item, ground)),
        _ => None,
    };
    let said = params![session.tenant(), id, item, decision.as_str(), ground];
    op.change(&permit, rows::DECIDE, said)?;
    let mut step = Step::<EraseSubject>::new(session, row);
    let settled = match decision {
        Decision::Keep { .. } => true,
        Decision::Redact => {
            step.redact(op, &found)?;
            true
        }
        Decision::Split { into } => {
            step.check_parts(op, &found, into)?;
            step.destroy_unless_held(op, &found)?
        }
        Decision::Delete => step.destroy_unless_held(op, &found)?,
    };
    if settled {
        if let (Some(shared), Decision::Keep { .. } | Decision::Redact) = (shared, decision) {
            about::relink(op, &permit, session, item, shared, None)?;
        }
        step.settle(op, &permit, item)?;
    }
    step.finish(
        op,
        permit,
        json!({ "erasure": id, "item": item, "decision": decision.as_str() }),
    )
}

fn check_open(op: &mut Op<'_>, row: &ErasureRow, item: ItemId) -> Result<()> {
    if matches!(row.erasure.state, ErasureState::Held | ErasureState::Running) {
        return Err(Error::Conflict(
            "the erasure is not through yet: resume it first".into(),
        ));
    }
    let left = row
        .erasure
        .left
        .iter()
        .find(|left| left.item == item && left.cause == Cause::Shared);
    match left {
        Some(left) if !left.settled => Ok(()),
        Some(_) => Err(Error::Conflict("this was decided already".into())),
        None => {
            let details = json!({ "reasons": ["unknown"], "asked": item });
            op.refuse(Action::SubjectErase, Resource::subject(), details)?;
            Err(Error::NotFound("item"))
        }
    }
}

impl<A: Act> Step<'_, A> {
    /// False when it is on hold: then it goes when that ends.
    fn destroy_unless_held(&mut self, op: &mut Op<'_>, item: &AboutItem) -> Result<bool> {
        if item.hold(op, self.session)?.is_some() {
            return Ok(false);
        }
        self.destroy(op, item)?;
        Ok(true)
    }

    fn redact(&mut self, op: &mut Op<'_>, item: &AboutItem) -> Result<()> {
        let newest = item.described(self.session)?.map(|item| item.version.made_at);
        if newest.is_none_or(|made_at| made_at < self.row.erasure.begun_at) {
            return Err(Error::Conflict(
                "put in a version without the person first: the newest is older than the erasure".into(),
            ));
        }
        if item.hold(op, self.session)?.is_some() {
            return Err(Error::Conflict(
                "the item is on hold: its older versions have to stay".into(),
            ));
        }
        let permit = self.permit(op, item.resource())?;
        let (versions, let_go) = about::drop_older(op, &permit, self.session, item)?;
        self.let_go.extend(let_go);
        op.record(
            permit,
            json!({ "erasure": self.row.erasure.id, "versions": versions, "keys": "destroyed" }),
        )?;
        Ok(())
    }

    fn check_parts(&self, op: &mut Op<'_>, item: &AboutItem, into: &[ItemId]) -> Result<()> {
        for part in into {
            let found = about::find(op, self.session, *part, A::ACTION)?;
            let described = found.described(self.session)?;
            let new = described.is_some_and(|part| part.made_at >= self.row.erasure.begun_at);
            let people = about::people_of(op, self.session, *part)?;
            let without = self.row.shared.is_none_or(|shared| !people.contains(&shared));
            if *part == item.id() || found.dataset() != item.dataset() || !new || !without {
                return Err(Error::Invalid {
                    field: "into",
                    problem: format!(
                        "{part} is not an item of the same dataset, newer than the erasure and without the person"
                    ),
                });
            }
        }
        Ok(())
    }
}

fn sealed(op: &Op<'_>, session: &Session, erasure: ErasureId, item: ItemId, ground: &str) -> Vec<u8> {
    let key = session.derive("rights erasure", &[]);
    let context = Context::new("rights erasure ground")
        .with(session.tenant().as_bytes())
        .with(erasure.as_bytes())
        .with(item.as_bytes());
    sealing::seal(&key, &context, ground.as_bytes(), op.random())
}
