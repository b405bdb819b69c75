//! SQL of duties, and the question that everybody asks who gives something.

use access::{Action, Class, Duty, DutySet, Pair, held_together};
use kernel::{MemberId, TenantId};
use operation::{Op, Resource};
use serde_json::json;
use store::params;

use crate::error::{Error, Result};
use crate::member;
use crate::session::Session;

pub(super) const GIVE: &str = "INSERT INTO duty_holder (tenant_id, member_id, duty, given_at, given_by) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, member_id, duty) DO NOTHING";
pub(super) const END: &str = "DELETE FROM duty_holder WHERE tenant_id = $1 AND member_id = $2 AND duty = $3";
pub(super) const ONE: &str = "SELECT h.member_id, m.class, h.duty, h.given_at, h.given_by FROM duty_holder h \
     JOIN member m ON m.member_id = h.member_id WHERE h.tenant_id = $1 AND h.member_id = $2 AND h.duty = $3";
/// Who was given what, after member $2 and their duty $3.
pub(super) const PAGE: &str = "SELECT h.member_id, m.class, h.duty, h.given_at, h.given_by FROM duty_holder h \
     JOIN member m ON m.member_id = h.member_id WHERE h.tenant_id = $1 \
     AND (h.member_id > $2 OR (h.member_id = $2 AND h.duty > $3)) ORDER BY h.member_id, h.duty LIMIT $4";
pub(super) const GIVEN: &str = "SELECT count(*) FROM duty_holder WHERE tenant_id = $1";
pub(super) const ADD_PAIR: &str = "INSERT INTO duty_pair (tenant_id, pair, added_at, added_by) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (tenant_id, pair) DO NOTHING";
pub(super) const REMOVE_PAIR: &str = "DELETE FROM duty_pair WHERE tenant_id = $1 AND pair = $2";
pub(super) const PAIRS: &str =
    "SELECT pair, added_at, added_by FROM duty_pair WHERE tenant_id = $1 ORDER BY pair";
/// Members after $2 who may hold two duties: who was given one, and who works with a class that brings one along.
pub(super) const CANDIDATES: &str = "SELECT m.member_id, m.class, m.state FROM member m WHERE m.tenant_id = $1 \
     AND m.member_id > $2 AND (EXISTS (SELECT 1 FROM duty_holder h WHERE h.tenant_id = $1 AND h.member_id = m.member_id) \
     OR (m.class IN ('auditor', 'privacy-officer') AND EXISTS (SELECT 1 FROM dataset_grant g WHERE g.tenant_id = $1 \
     AND g.member_id = m.member_id AND (g.ends_at IS NULL OR g.ends_at > $3)))) ORDER BY m.member_id LIMIT $4";
const GIVEN_TO: &str = "SELECT duty FROM duty_holder WHERE tenant_id = $1 AND member_id = $2";
const ADDED: &str = "SELECT pair FROM duty_pair WHERE tenant_id = $1";
const WORKS: &str = "SELECT 1 FROM dataset_grant WHERE tenant_id = $1 AND member_id = $2 \
     AND (ends_at IS NULL OR ends_at > $3) LIMIT 1";

/// What a member holds who has this class: what they were given, what comes with the class, and with the datasets that they have.
pub(crate) fn with_class(
    op: &mut Op<'_>,
    session: &Session,
    member: MemberId,
    class: Class,
) -> Result<DutySet> {
    let mut held = given(op, session.tenant, member)?;
    if let Some(duty) = Duty::of_class(class) {
        held = held.with(duty);
    }
    match works(op, session.tenant, member)? {
        true => Ok(held.with(Duty::Work)),
        false => Ok(held),
    }
}

/// Refuses to give a member what they must not hold beside what they have: `held` is all that they would have, and `given` what
/// is new of it. What conflicts from before is not looked at.
pub(crate) fn check_given(
    op: &mut Op<'_>,
    session: &Session,
    (action, member): (Action, MemberId),
    held: DutySet,
    given: Option<Duty>,
) -> Result<()> {
    let Some(given) = given else {
        return Ok(());
    };
    let added = added(op, session.tenant)?;
    let found = held_together(held.with(given), &added).find(|pair| pair.duties().contains(&given));
    found.map_or(Ok(()), |pair| Err(refused(op, (action, member), pair)?))
}

/// Refuses to make somebody else a key whose duty conflicts with one's own: whoever has the secret could do both.
pub(crate) fn check_key(op: &mut Op<'_>, session: &Session, member: MemberId) -> Result<()> {
    if member == session.member {
        return Ok(());
    }
    let row = member::found(op, session, member, Action::KeyIssue)?;
    let own = with_class(op, session, session.member, session.class)?;
    let theirs = with_class(op, session, member, row.class)?;
    let added = added(op, session.tenant)?;
    let crosses = |pair: &Pair| {
        let [one, other] = pair.duties();
        (own.contains(one) && theirs.contains(other)) || (own.contains(other) && theirs.contains(one))
    };
    let both: DutySet = own.iter().chain(theirs.iter()).collect();
    let found = held_together(both, &added).find(crosses);
    found.map_or(Ok(()), |pair| Err(refused(op, (Action::KeyIssue, member), pair)?))
}

fn refused(op: &mut Op<'_>, (action, member): (Action, MemberId), pair: Pair) -> Result<Error> {
    let reasons = vec![access::Bar::Opposed(pair).id()];
    let details = json!({ "reasons": reasons, "pair": pair.to_string() });
    op.refuse(action, Resource::member(member), details)?;
    Ok(Error::Forbidden { action, reasons })
}

/// The pairs that the tenant added.
pub(super) fn added(op: &mut Op<'_>, tenant: TenantId) -> Result<Vec<Pair>> {
    let rows = op.find_all(ADDED, params![tenant])?;
    rows.iter().map(|row| pair(&row.get::<String>(0)?)).collect()
}

/// Whether the member was given a dataset that they still have.
pub(super) fn works(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<bool> {
    let now = op.now();
    Ok(op.find(WORKS, params![tenant, member, now])?.is_some())
}

fn given(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<DutySet> {
    let rows = op.find_all(GIVEN_TO, params![tenant, member])?;
    rows.iter().map(|row| duty(&row.get::<String>(0)?)).collect()
}

pub(super) fn duty(word: &str) -> Result<Duty> {
    word.parse()
        .map_err(|_| Error::Internal(format!("unknown duty {word} in a row")))
}

pub(super) fn pair(words: &str) -> Result<Pair> {
    words
        .parse()
        .map_err(|_| Error::Internal(format!("unknown pair {words} in a row")))
}
