//! Temporary credentials: a key taken of another key, for a while and for no more than that key is good for.
//!
//! Promises: a temporary credential reaches what its parent reaches, or less, and takes its class from the same member;
//! it lives for hours and never longer than its parent; it gives no others; when the parent or the member is ended,
//! so is it, from the next request on. Its secret is kept nowhere, in no custody: S3 clients send its text along as their
//! session token. Leaves out: STS and REST (surfaces).

use std::time::Duration;

use access::{Action, ActionSet, Class, Facts};
use kernel::{DatasetId, KeyId, MemberId, TaskId, TenantId, Timestamp};
use operation::acts::LendKey;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::ops::{Kept, insert_for, issued_before};
use super::{AddressRange, IssuedKey, KeyKind, KeyScope, NewSecret, check_label, rows};
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::task::LiveTask;
use crate::{Credential, Custody, IdempotencyKey, replay, task};

/// How long one lives when nothing is said.
pub const USUAL_LIFE: Duration = Duration::from_secs(60 * 60);
/// The shortest life that can be asked for.
pub const SHORTEST_LIFE: Duration = Duration::from_secs(15 * 60);
/// The longest life that can be asked for.
pub const LONGEST_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// How long a dead one is still listed.
const KEPT_AFTER_END: Duration = Duration::from_secs(24 * 60 * 60);

/// A temporary credential to be taken of the caller's own key.
#[derive(Debug, Clone, Default)]
pub struct NewTemporary {
    /// What to call it.
    pub label: String,
    /// How long it is to live, from [`SHORTEST_LIFE`] to [`LONGEST_LIFE`]; [`USUAL_LIFE`] when absent. It ends with its
    /// parent in any case.
    pub life: Option<Duration>,
    /// The only actions it is for; the parent's when absent.
    pub actions: Option<ActionSet>,
    /// The only datasets it is for; the parent's when absent.
    pub datasets: Option<Vec<DatasetRef>>,
    /// The only items it is for, by how their names begin; the parent's when absent.
    pub prefixes: Option<Vec<String>>,
    /// The only addresses it is to work from; the parent's when absent.
    pub addresses: Option<Vec<AddressRange>>,
    /// A live task of the caller's: it reaches exactly the items that are leased by it, and ends when the lease does.
    pub task: Option<TaskId>,
}

/// Who a credential says its bearer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The tenant.
    pub tenant: TenantId,
    /// The member.
    pub member: MemberId,
    /// The member's class.
    pub class: Class,
    /// The key.
    pub key: KeyId,
    /// The key it was taken of, for a temporary one.
    pub parent: Option<KeyId>,
}

impl Custody {
    /// Takes a temporary credential of the caller's key, narrowed as asked.
    ///
    /// The secret is shown once: a repeated request is refused with [`Error::Conflict`], which names the key.
    pub async fn lend_key(
        &self,
        credential: &Credential,
        request: Request,
        new: NewTemporary,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<IssuedKey> {
        new.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::KeyLend)?;
                let permit = permit_lend(op, &session)?;
                if let Some(Kept { key }) = replay::find(op, &session, idempotency.as_ref())? {
                    return Err(issued_before(key));
                }
                let task = new.task.map(|task| live_task(op, &session, task)).transpose()?;
                let mut wanted = new.scope(op, &session)?;
                wanted.datasets = task.map(|task| vec![task.dataset]).or(wanted.datasets);
                let mut scope = session.scope.narrowed(wanted)?;
                if task.is_some_and(|task| !task.originals) {
                    scope.actions = Some(without_originals(scope.actions)?);
                }
                let end = new.end(op.now(), &session);
                let secret = NewSecret {
                    kind: KeyKind::Temporary,
                    label: &new.label,
                    scope: &scope,
                    expires_at: task.map(|task| task.ends_at.min(end)).or(Some(end)),
                    parent: Some(session.key),
                    task: new.task,
                };
                let issued = insert_for(op, &permit, &session, session.member, &secret)?;
                replay::keep(op, &session, idempotency.as_ref(), &Kept { key: issued.key.id })?;
                let details = json!({ "issued": issued.key.id, "scope": scope.told(), "task": new.task });
                op.record(permit, details)?;
                Ok(issued)
            })
            .await
    }

    /// Who the bearer of the credential is. Tells nothing that the credential does not say, so there is no entry of it
    /// in the trail, unless the credential is dead.
    pub async fn identity(&self, credential: &Credential, request: Request) -> Result<Identity> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::KeyList)?;
                Ok(Identity {
                    tenant: session.tenant,
                    member: session.member,
                    class: session.class,
                    key: session.key,
                    parent: session.parent,
                })
            })
            .await
    }

    /// Forgets temporary credentials that ended a day ago or earlier; gives how many. Housekeeping; call it now and
    /// then.
    pub async fn sweep_temporary_keys(&self) -> Result<u64> {
        let before = self.desk.clock.now().minus(KEPT_AFTER_END);
        let swept = self
            .desk
            .db
            .write(move |tx| tx.execute(rows::SWEEP, params![before]));
        Ok(swept.await?)
    }
}

impl NewTemporary {
    fn check(&self) -> Result<()> {
        check_label(&self.label)?;
        let life = self.life.unwrap_or(USUAL_LIFE);
        if !(SHORTEST_LIFE..=LONGEST_LIFE).contains(&life) {
            return Err(Error::invalid(
                "life",
                "give 900 to 43200 seconds: 15 minutes to 12 hours",
            ));
        }
        if self.task.is_some() && (self.datasets.is_some() || self.prefixes.is_some()) {
            return Err(Error::invalid(
                "task",
                "a task says by itself which items it is about: leave datasets and prefixes out",
            ));
        }
        Ok(())
    }

    /// When it ends: never after its parent.
    fn end(&self, now: Timestamp, session: &Session) -> Timestamp {
        let end = now.plus(self.life.unwrap_or(USUAL_LIFE));
        session.expires_at.map_or(end, |parent| parent.min(end))
    }

    /// The scope asked for, its datasets found.
    fn scope(&self, op: &mut Op<'_>, session: &Session) -> Result<KeyScope> {
        let found = |datasets: &Vec<DatasetRef>| {
            let found = datasets.iter().map(|dataset| visible(op, session, dataset));
            found.collect::<Result<Vec<_>>>()
        };
        let scope = KeyScope {
            actions: self.actions,
            datasets: self.datasets.as_ref().map(found).transpose()?,
            prefixes: self.prefixes.clone(),
            addresses: self.addresses.clone(),
            origins: None,
        };
        scope.check()?;
        Ok(scope)
    }
}

fn permit_lend(op: &mut Op<'_>, session: &Session) -> Result<Permit<LendKey>> {
    let facts = Facts {
        own: true,
        target_class: Some(session.class),
        ..session.facts()
    };
    Ok(op.permit(Resource::key(session.key, Some(session.member)), &facts)?)
}

/// A live task of the caller's own, in a dataset that their key reaches.
fn live_task(op: &mut Op<'_>, session: &Session, asked: TaskId) -> Result<LiveTask> {
    let now = op.now();
    let live = task::live(op, session.tenant, asked, now)?;
    let live = live.filter(|live| live.member == session.member && session.covers(live.dataset));
    live.ok_or_else(|| {
        Error::invalid(
            "task",
            "there is no such task, it is not yours, or its lease has ended",
        )
    })
}

/// A lease that gives no original bytes gives none to a key that is bound to it, whatever else its member may.
fn without_originals(actions: Option<ActionSet>) -> Result<ActionSet> {
    let all = actions.unwrap_or_else(|| Action::ALL.into_iter().collect());
    let taking = [Action::ItemDownload, Action::ExportDownload];
    let left: ActionSet = all.iter().filter(|action| !taking.contains(action)).collect();
    match left == ActionSet::NONE {
        true => Err(Error::invalid(
            "actions",
            "the lease gives no original bytes, and nothing else was asked for",
        )),
        false => Ok(left),
    }
}

/// A dataset that the caller may know of. Names can be guessed, so one that is not theirs is not told from none.
fn visible(op: &mut Op<'_>, session: &Session, asked: &DatasetRef) -> Result<DatasetId> {
    let found = dataset::rows::find(op, session, asked)?;
    let found = found.filter(|row| dataset::is_visible(session, row));
    let unknown = || {
        Error::invalid(
            "datasets",
            format!(
                "there is no dataset {}, or it is not yours to see",
                asked.as_text()
            ),
        )
    };
    found.map(|row| row.id).ok_or_else(unknown)
}
