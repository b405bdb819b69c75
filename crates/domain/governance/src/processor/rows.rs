//! SQL of what is published of sub-processors, and how it stands by the clock.

use std::collections::BTreeMap;

use kernel::{EntryId, TenantId, Timestamp};
use operation::Desk;
use serde::{Deserialize, Serialize};
use store::{Row, StoreError, Tx, params};

use super::Terms;
use crate::entry::{Dates, Standing};
use crate::register;
use crate::{Error, Governance, Result, day};

const ALL: &str = "SELECT n.entry_id, n.number, n.published_at, n.noticed_at, n.active_at, n.terms, e.ended_at, e.valid_until \
     FROM processor_notice n JOIN register_entry e ON e.entry_id = n.entry_id \
     WHERE n.tenant_id = $1 ORDER BY n.entry_id, n.number";
const HOME: &str = "SELECT operator_tenant FROM installation";

/// What was published of a sub-processor, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The sub-processor: its entry in the register.
    pub entry: EntryId,
    /// The version of the entry.
    pub number: u32,
    /// What it says.
    #[serde(flatten)]
    pub terms: Terms,
    /// When it was published.
    pub published_at: Timestamp,
    /// When what matters of it to a tenant was announced first.
    pub noticed_at: Timestamp,
    /// From when on it is in force.
    pub active_at: Timestamp,
    /// When the sub-processor was let go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How it stands.
    pub stage: Stage,
}

impl Notice {
    /// Whether its agreement was signed when it was published. A day is given for places where it begins earlier.
    pub fn is_signed_before(&self) -> bool {
        let published = day::day_of(self.published_at);
        self.terms.signed_on <= day::after(published, 1).unwrap_or(published)
    }
}

/// How something published stands, by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Announced, and not in force yet.
    Announced,
    /// In force.
    InForce,
    /// It would be in force, and its review is late: nothing is sent.
    Suspended,
    /// Something newer is in force.
    Replaced,
    /// The sub-processor was let go.
    Ended,
}

impl Governance {
    /// Everything that was ever published of sub-processors, by sub-processor and version. It is for everybody.
    pub async fn published_processors(&self) -> Result<Vec<Notice>> {
        published(self.custody.desk()).await
    }
}

/// The same, for who has nothing but the desk.
pub async fn published(desk: &Desk) -> Result<Vec<Notice>> {
    let now = desk.clock.now();
    let found = desk.db.read(move |tx| notices(tx, now)).await;
    found.map_err(Error::from)
}

/// The same within a transaction.
pub fn notices(tx: &mut Tx, now: Timestamp) -> std::result::Result<Vec<Notice>, StoreError> {
    let Some(home) = tx.optional(HOME, params![])? else {
        return Ok(Vec::new());
    };
    let home: TenantId = home.get(0)?;
    notices_of(tx, home, now)
}

/// Those of one tenant, for checks that plant some at a team of theirs.
pub fn notices_of(
    tx: &mut Tx,
    tenant: TenantId,
    now: Timestamp,
) -> std::result::Result<Vec<Notice>, StoreError> {
    let mut by_entry: BTreeMap<EntryId, Vec<(Notice, bool)>> = BTreeMap::new();
    for row in &tx.all(ALL, params![tenant])? {
        let (notice, is_late) = read(row, now)?;
        by_entry.entry(notice.entry).or_default().push((notice, is_late));
    }
    let stand = |versions: Vec<(Notice, bool)>| {
        let newest = versions.iter().rposition(|(notice, _)| notice.active_at <= now);
        let stage = move |(at, (notice, is_late)): (usize, (Notice, bool))| Notice {
            stage: match newest {
                _ if notice.ended_at.is_some() => Stage::Ended,
                Some(newest) if at < newest => Stage::Replaced,
                Some(newest) if at == newest && is_late => Stage::Suspended,
                Some(newest) if at == newest => Stage::InForce,
                _ => Stage::Announced,
            },
            ..notice
        };
        versions.into_iter().enumerate().map(stage)
    };
    Ok(by_entry.into_values().flat_map(stand).collect())
}

/// A row, and whether its entry is late.
fn read(row: &Row, now: Timestamp) -> std::result::Result<(Notice, bool), StoreError> {
    let ended_at: Option<Timestamp> = row.get(6)?;
    let dates = Dates {
        is_approved: true,
        valid_until: row.get(7)?,
        is_ended: ended_at.is_some(),
    };
    let standing = register::find(super::REGISTER).map(|register| Standing::of(register, dates, now));
    let terms = serde_json::from_str(&row.get::<String>(5)?);
    let notice = Notice {
        entry: row.get(0)?,
        number: u32::try_from(row.get::<i64>(1)?).unwrap_or(u32::MAX),
        terms: terms.map_err(|_| StoreError::Unavailable {
            reason: "what is published of a sub-processor makes no sense".into(),
        })?,
        published_at: row.get(2)?,
        noticed_at: row.get(3)?,
        active_at: row.get(4)?,
        ended_at,
        stage: Stage::Announced,
    };
    Ok((notice, standing.is_none_or(|standing| standing == Standing::Late)))
}
