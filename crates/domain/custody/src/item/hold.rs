//! Locks of versions: they must not be deleted, until a moment or until somebody lifts it.
//!
//! Promises: while a lock stands, no act deletes the version or its item, whoever asks and by whatever door, but for
//! one exception that says so: an owner or admin may set a governance lock aside. A compliance lock is never
//! shortened and never lifted early, by nobody. The legal mark of a version has no end and stands beside the other; only who may
//! put items on hold sets it and takes it off. A legal hold of the tenant's (`legal_hold`) that covers the item shows as that mark, and
//! is not lifted here. Leaves out: who wants them (surfaces; rights).

use access::{Action, Class, Facts};
use kernel::{ItemId, Timestamp, VersionId};
use operation::acts::{ChangeItem, HoldItem, ReleaseItem};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::read;
use super::rows::ItemRow;
use crate::dataset::DatasetRef;
use crate::error::{Error, Result};
use crate::legal_hold::{self, Keeps};
use crate::session::Session;
use crate::{Credential, Custody};

/// What keeps a version from being deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Until a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// Until it is lifted.
    #[serde(default)]
    pub legal: bool,
}

/// A hold with an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Who may end it early.
    pub mode: RetentionMode,
    /// Its end.
    pub until: Timestamp,
}

/// Who may end a retention early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetentionMode {
    /// Owners and admins who say that they mean it.
    Governance,
    /// Nobody.
    Compliance,
}

/// What is to change about a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldChange {
    /// Another retention, or none.
    Retention {
        /// What it is to be.
        to: Option<Retention>,
        /// Sets a governance retention aside, for owners and admins.
        bypass: bool,
    },
    /// The legal hold, on or off.
    Legal(bool),
}

const INSERT: &str = "INSERT INTO item_hold (version_id, item_id, tenant_id, mode, until, legal) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (version_id) DO UPDATE SET mode = excluded.mode, until = excluded.until, legal = excluded.legal";
const DELETE: &str = "DELETE FROM item_hold WHERE tenant_id = $1 AND version_id = $2";
const FIND: &str = "SELECT mode, until, legal FROM item_hold WHERE tenant_id = $1 AND version_id = $2";
const OF_ITEM: &str = "SELECT mode, until, legal FROM item_hold WHERE tenant_id = $1 AND item_id = $2";

impl Custody {
    /// What holds a version, the newest when none is named.
    pub async fn hold(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        version: Option<VersionId>,
    ) -> Result<Hold> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let row = read::found_named(op, &session, &dataset, &name, version, Action::ItemBrowse)?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<operation::acts::BrowseItems> =
                    op.permit(resource, &row.facts(&session))?;
                let lock = find(op, &session, row.version)?;
                let covered = legal_hold::on_item(op, &session, row.id)?.is_some();
                op.record(permit, json!({ "hold": true }))?;
                Ok(Hold {
                    legal: lock.legal || covered,
                    ..lock
                })
            })
            .await
    }

    /// Changes what holds a version, the newest when none is named.
    pub async fn change_hold(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        version: Option<VersionId>,
        change: HoldChange,
    ) -> Result<Hold> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        self.desk
            .act(request, move |op| {
                let action = change.action();
                let session = custody.enter(op, &credential, action)?;
                let row = read::found_named(op, &session, &dataset, &name, version, action)?;
                match change {
                    HoldChange::Retention { .. } => apply::<ChangeItem>(op, &session, &row, change),
                    HoldChange::Legal(true) => apply::<HoldItem>(op, &session, &row, change),
                    HoldChange::Legal(false) => apply::<ReleaseItem>(op, &session, &row, change),
                }
            })
            .await
    }
}

impl HoldChange {
    const fn action(self) -> Action {
        match self {
            Self::Retention { .. } => Action::ItemChange,
            Self::Legal(true) => Action::ItemHold,
            Self::Legal(false) => Action::ItemRelease,
        }
    }
}

fn apply<A: Act>(op: &mut Op<'_>, session: &Session, row: &ItemRow, change: HoldChange) -> Result<Hold> {
    let resource = Resource::version(row.dataset, row.id, row.version);
    let facts = Facts {
        // What is archived can be held as well, and so can what is restricted.
        state: access::State::Active,
        restricted: false,
        ..row.facts(session)
    };
    let permit: Permit<A> = op.permit(resource, &facts)?;
    let before = find(op, session, row.version)?;
    let after = before.changed(change, op.now(), may_bypass(session))?;
    if change == HoldChange::Legal(false) && legal_hold::on_item(op, session, row.id)?.is_some() {
        return Err(Error::Conflict(
            "a legal hold of the team covers this: it is lifted where it was placed, at /v1/holds".into(),
        ));
    }
    keep(op, &permit, session, row.id, row.version, after)?;
    op.record(permit, json!({ "hold": after, "before": before }))?;
    Ok(after)
}

impl Hold {
    /// Whether it keeps the version from being deleted now.
    fn stands(&self, now: Timestamp, bypass: bool) -> bool {
        let retained = self.retention.is_some_and(|retention| {
            retention.until > now && !(bypass && retention.mode == RetentionMode::Governance)
        });
        self.legal || retained
    }

    fn changed(self, change: HoldChange, now: Timestamp, may_bypass: bool) -> Result<Self> {
        let (retention, bypass) = match change {
            HoldChange::Legal(legal) => return Ok(Self { legal, ..self }),
            HoldChange::Retention { to, bypass } => (to, bypass && may_bypass),
        };
        let running = self.retention.filter(|running| running.until > now);
        let weaker = |running: &Retention| match (&retention, running.mode) {
            (_, RetentionMode::Governance) if bypass => false,
            (Some(new), RetentionMode::Compliance) => {
                new.mode != RetentionMode::Compliance || new.until < running.until
            }
            // Even a stronger mode is another one: S3's clients are told so, and whoever may says that it is meant.
            (Some(new), RetentionMode::Governance) => {
                new.mode != RetentionMode::Governance || new.until < running.until
            }
            (None, _) => true,
        };
        if running.as_ref().is_some_and(weaker) {
            return Err(Error::Conflict(
                "this version is held until a later moment, and a hold is not shortened: a governance hold can be set aside by \
                 an owner or admin who says so, a compliance hold by nobody"
                    .into(),
            ));
        }
        Ok(Self { retention, ..self })
    }
}

/// Owners and admins may set a governance hold aside.
pub(super) fn may_bypass(session: &Session) -> bool {
    matches!(session.class, Class::Owner | Class::Admin)
}

/// What holds this version.
pub(super) fn find(op: &mut Op<'_>, session: &Session, version: VersionId) -> Result<Hold> {
    let row = op.find(FIND, params![session.tenant, version])?;
    row.map_or(Ok(Hold::default()), |row| read_row(&row))
}

/// Whether the item must not be deleted, for one of its versions or as a whole.
pub(crate) fn holds_item(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<bool> {
    Ok(standing(op, session, item)?.is_some())
}

/// What keeps the item from being deleted now.
pub(crate) fn standing(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<Option<Keeps>> {
    let now = op.now();
    let rows = op.find_all(OF_ITEM, params![session.tenant, item])?;
    let locks = rows.iter().map(read_row).collect::<Result<Vec<_>>>()?;
    let standing = locks.iter().filter(|lock| lock.stands(now, false));
    let locked = standing.map(Keeps::of_lock).reduce(Keeps::and);
    let covered = legal_hold::on_item(op, session, item)?;
    Ok(locked.into_iter().chain(covered).reduce(Keeps::and))
}

/// Whether this version of the item must not be deleted.
pub(super) fn holds_version(
    op: &mut Op<'_>,
    session: &Session,
    (item, version): (ItemId, VersionId),
    bypass: bool,
) -> Result<bool> {
    let now = op.now();
    let locked = find(op, session, version)?.stands(now, bypass && may_bypass(session));
    Ok(locked || legal_hold::on_item(op, session, item)?.is_some())
}

/// Keeps a hold; one that holds nothing is forgotten.
pub(super) fn keep<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
    version: VersionId,
    hold: Hold,
) -> Result<()> {
    if hold == Hold::default() {
        op.change(permit, DELETE, params![session.tenant, version])?;
        return Ok(());
    }
    let mode = hold.retention.map(|retention| retention.mode.as_str());
    let until = hold.retention.map(|retention| retention.until);
    let row = params![version, item, session.tenant, mode, until, i64::from(hold.legal)];
    op.change(permit, INSERT, row)?;
    Ok(())
}

/// The hold that a new version gets in a dataset that says so: `governance` or `compliance`, a colon, and days.
fn of_dataset(default: Option<&str>, now: Timestamp) -> Option<Hold> {
    let (mode, days) = default?.split_once(':')?;
    let days: u64 = days.parse().ok()?;
    let retention = Retention {
        mode: RetentionMode::parse(mode)?,
        until: now.plus(std::time::Duration::from_secs(days * 24 * 60 * 60)),
    };
    Some(Hold {
        retention: Some(retention),
        legal: false,
    })
}

/// What a new version is held by: as the request says, or as its dataset does.
pub(crate) fn of_put(default: Option<&str>, asked: Option<Hold>, now: Timestamp) -> Option<Hold> {
    if asked.is_some_and(|hold| hold.retention.is_some()) {
        return asked;
    }
    let legal = asked.is_some_and(|hold| hold.legal);
    match of_dataset(default, now) {
        Some(held) => Some(Hold { legal, ..held }),
        None => asked,
    }
}

impl RetentionMode {
    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Governance => "governance",
            Self::Compliance => "compliance",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "governance" => Some(Self::Governance),
            "compliance" => Some(Self::Compliance),
            _ => None,
        }
    }
}

fn read_row(row: &store::Row) -> Result<Hold> {
    let (mode, until): (Option<String>, Option<i64>) = (row.get(0)?, row.get(1)?);
    let retention = match (mode, until) {
        (Some(mode), Some(until)) => Some(Retention {
            mode: RetentionMode::parse(&mode).ok_or(Error::Altered)?,
            until: Timestamp::from_micros(until),
        }),
        _ => None,
    };
    Ok(Hold {
        retention,
        legal: row.get::<i64>(2)? != 0,
    })
}
