//! SQL of legal holds.

use kernel::{LegalHoldId, MemberId, Timestamp};
use operation::{Act, Op, Permit};
use store::{Row, params};

use super::{Covers, HoldState, LegalHold};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

const COLUMNS: &str = "hold_id, covers, target_id, reason_sealed, two_people, placed_by, placed_at, until, lift_asked_by, \
     lift_asked_at, lifted_by, lifted_at";
pub(super) const INSERT: &str = "INSERT INTO legal_hold (hold_id, tenant_id, covers, target_id, reason_sealed, two_people, \
     placed_by, placed_at, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// Every row of the person's: who is split off them later stays covered.
pub(super) const INSERT_SUBJECTS: &str = "INSERT INTO legal_hold_subject (hold_id, subject_id, tenant_id) \
     SELECT $1, s.subject_id, s.tenant_id FROM subject s JOIN subject t ON t.person_id = s.person_id \
     WHERE s.tenant_id = $2 AND t.tenant_id = $2 AND t.subject_id = $3";
pub(super) const ASK_TO_LIFT: &str =
    "UPDATE legal_hold SET lift_asked_by = $3, lift_asked_at = $4 WHERE tenant_id = $1 AND hold_id = $2";
pub(super) const LIFT: &str =
    "UPDATE legal_hold SET lifted_by = $3, lifted_at = $4 WHERE tenant_id = $1 AND hold_id = $2";
pub(super) const RULE: &str = "SELECT two_people FROM legal_hold_rule WHERE tenant_id = $1";
pub(super) const SET_RULE: &str = "INSERT INTO legal_hold_rule (tenant_id, two_people, changed_by, changed_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id) DO UPDATE SET two_people = excluded.two_people, \
     changed_by = excluded.changed_by, changed_at = excluded.changed_at";
/// One statement for each kind of thing: whether it is the tenant's.
pub(super) const ITEM: &str = "SELECT 1 FROM item WHERE tenant_id = $1 AND item_id = $2";
pub(super) const DATASET: &str = "SELECT 1 FROM dataset WHERE tenant_id = $1 AND dataset_id = $2";
pub(super) const SUBJECT: &str = "SELECT 1 FROM subject WHERE tenant_id = $1 AND subject_id = $2";

/// Holds before id $2, newest first. The first page begins where there is no $2.
pub(super) fn page_sql(begins: bool) -> String {
    let before = if begins { "" } else { "AND hold_id < $3" };
    format!("SELECT {COLUMNS} FROM legal_hold WHERE tenant_id = $1 {before} ORDER BY hold_id DESC LIMIT $2")
}

/// Holds that stand at $3 and are on dataset $2 or on everything, before id $5, newest first. The first page begins where there is no $5.
pub(super) fn on_dataset_sql(begins: bool) -> String {
    let before = if begins { "" } else { "AND hold_id < $5" };
    format!(
        "SELECT {COLUMNS} FROM legal_hold WHERE tenant_id = $1 AND lifted_at IS NULL AND (until IS NULL OR until > $3) \
         AND (covers = 'tenant' OR (covers = 'dataset' AND target_id = $2)) {before} ORDER BY hold_id DESC LIMIT $4"
    )
}

/// A hold of the session's tenant, its reason still sealed.
pub(super) struct HoldRow {
    id: LegalHoldId,
    pub(super) covers: Covers,
    reason_sealed: Vec<u8>,
    pub(super) two_people: bool,
    placed_by: MemberId,
    placed_at: Timestamp,
    until: Option<Timestamp>,
    pub(super) lift_asked_by: Option<MemberId>,
    lift_asked_at: Option<Timestamp>,
    lifted_by: Option<MemberId>,
    lifted_at: Option<Timestamp>,
}

pub(super) fn find(op: &mut Op<'_>, session: &Session, hold: LegalHoldId) -> Result<Option<HoldRow>> {
    let sql = format!("SELECT {COLUMNS} FROM legal_hold WHERE tenant_id = $1 AND hold_id = $2");
    let row = op.find(&sql, params![session.tenant, hold])?;
    row.map(|row| HoldRow::read(&row)).transpose()
}

impl HoldRow {
    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            covers: Covers::from_row(&row.get::<String>(1)?, row.get(2)?)?,
            reason_sealed: row.get(3)?,
            two_people: row.get::<i64>(4)? != 0,
            placed_by: row.get(5)?,
            placed_at: row.get(6)?,
            until: row.get(7)?,
            lift_asked_by: row.get(8)?,
            lift_asked_at: row.get(9)?,
            lifted_by: row.get(10)?,
            lifted_at: row.get(11)?,
        })
    }

    /// As it stands now: nobody has to mark what is over by the clock.
    pub(super) fn state(&self, now: Timestamp) -> HoldState {
        match (self.lifted_at, self.until, self.lift_asked_at) {
            (Some(_), _, _) => HoldState::Lifted,
            (None, Some(until), _) if until <= now => HoldState::Ended,
            (None, _, Some(_)) => HoldState::LiftAsked,
            (None, _, None) => HoldState::Standing,
        }
    }

    /// With its reason opened.
    pub(super) fn told<A: Act>(
        self,
        op: &Op<'_>,
        permit: &Permit<A>,
        session: &Session,
    ) -> Result<LegalHold> {
        let context = contexts::legal_hold_reason(session.tenant, self.id);
        let opened = op.open(permit, session.tenant_key(), &context, &self.reason_sealed)?;
        Ok(LegalHold {
            state: self.state(op.now()),
            id: self.id,
            covers: self.covers,
            reason: String::from_utf8(opened.to_vec()).map_err(|_| Error::Altered)?,
            two_people: self.two_people,
            placed_by: self.placed_by,
            placed_at: self.placed_at,
            until: self.until,
            lift_asked_by: self.lift_asked_by,
            lift_asked_at: self.lift_asked_at,
            lifted_by: self.lifted_by,
            lifted_at: self.lifted_at,
        })
    }
}
