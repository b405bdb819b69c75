//! Two people who are found to be one, and the way back.
//!
//! Both keep their rows and keys; who stands for whom is all that changes, so nothing is sealed anew and the way back is
//! exact. What is linked to the one after the merge stays theirs.

use access::Action;
use custody::{Credential, Error, Result, Session};
use kernel::{MemberId, MergeId, SubjectId, Timestamp};
use operation::acts::{ChangeSubject, ViewSubject};
use operation::{Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::rows::{self, resolve};
use crate::Rights;
use crate::erasure::check_not_running;

const INSERT: &str = "INSERT INTO subject_merge (merge_id, tenant_id, into_id, from_id, made_by, made_at, undone_by, \
     undone_at) VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL)";
const INSERT_PART: &str =
    "INSERT INTO subject_merge_part (merge_id, subject_id, tenant_id) VALUES ($1, $2, $3)";
const STANDS_FOR: &str = "UPDATE subject SET person_id = $3 WHERE tenant_id = $1 AND subject_id = $2";
const COLUMNS: &str = "merge_id, into_id, from_id, made_by, made_at, undone_by, undone_at";
const PARTS: &str = "SELECT p.subject_id, s.person_id FROM subject_merge_part p \
     JOIN subject s ON s.subject_id = p.subject_id WHERE p.tenant_id = $1 AND p.merge_id = $2";
const UNDO: &str =
    "UPDATE subject_merge SET undone_by = $3, undone_at = $4 WHERE tenant_id = $1 AND merge_id = $2";

/// One time that two people were found to be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The id to undo it by.
    pub id: MergeId,
    /// Who stands for both since.
    pub into: SubjectId,
    /// Who was merged into them.
    pub from: SubjectId,
    /// By whom.
    pub made_by: MemberId,
    /// When.
    pub made_at: Timestamp,
    /// Who undid it, if somebody did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undone_by: Option<MemberId>,
    /// When, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undone_at: Option<Timestamp>,
}

impl Rights {
    /// Two people are one: `into` stands for both. If processing is restricted for one, it is for both.
    pub async fn merge(
        &self,
        credential: &Credential,
        request: Request,
        into: SubjectId,
        from: SubjectId,
    ) -> Result<Merge> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectChange)?;
                let permit: Permit<ChangeSubject> = op.permit(Resource::subject(), &session.facts())?;
                let merge = merge(op, &permit, &session, into, from)?;
                op.record(
                    permit,
                    json!({ "subject": merge.into, "merged": merge.from, "merge": merge.id }),
                )?;
                Ok(merge)
            })
            .await
    }

    /// They are two after all. Of several merges the last is undone first. A restriction stays with both: whoever undoes
    /// it may have to lift one of them.
    pub async fn split(&self, credential: &Credential, request: Request, merge: MergeId) -> Result<Merge> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectChange)?;
                let permit: Permit<ChangeSubject> = op.permit(Resource::subject(), &session.facts())?;
                let merge = split(op, &permit, &session, merge)?;
                op.record(
                    permit,
                    json!({ "subject": merge.into, "split": merge.from, "merge": merge.id }),
                )?;
                Ok(merge)
            })
            .await
    }

    /// Every merge into a person, oldest first, those that were undone among them.
    pub async fn merges(
        &self,
        credential: &Credential,
        request: Request,
        subject: SubjectId,
    ) -> Result<Vec<Merge>> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectView)?;
                let permit: Permit<ViewSubject> = op.permit(Resource::subject(), &session.facts())?;
                let person = resolve(op, &session, subject, Action::SubjectView)?;
                let sql = format!(
                    "SELECT {COLUMNS} FROM subject_merge WHERE tenant_id = $1 AND into_id = $2 ORDER BY merge_id"
                );
                let rows = op.list(&permit, &sql, params![session.tenant(), person.id])?;
                let merges = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "subject": person.id, "merges": merges.len() }))?;
                Ok(merges)
            })
            .await
    }
}

fn merge(
    op: &mut Op<'_>,
    permit: &Permit<ChangeSubject>,
    session: &Session,
    into: SubjectId,
    from: SubjectId,
) -> Result<Merge> {
    let into = resolve(op, session, into, Action::SubjectChange)?;
    let from = resolve(op, session, from, Action::SubjectChange)?;
    if into.id == from.id {
        return Err(Error::Conflict("these two are one person already".into()));
    }
    for person in [into.id, from.id] {
        check_not_running(op, session, person)?;
    }
    let (now, id, tenant) = (op.now(), MergeId::make(op.now(), op.random()), session.tenant());
    let row = params![id, tenant, into.id, from.id, session.member(), now];
    op.change(permit, INSERT, row)?;
    for part in &from.rows {
        op.change(permit, INSERT_PART, params![id, part.id, tenant])?;
        op.change(permit, STANDS_FOR, params![tenant, part.id, into.id])?;
    }
    if let Some(since) = into.restricted_at.or(from.restricted_at) {
        op.change(permit, rows::RESTRICT, params![tenant, into.id, since])?;
    }
    Ok(Merge {
        id,
        into: into.id,
        from: from.id,
        made_by: session.member(),
        made_at: now,
        undone_by: None,
        undone_at: None,
    })
}

fn split(
    op: &mut Op<'_>,
    permit: &Permit<ChangeSubject>,
    session: &Session,
    merge: MergeId,
) -> Result<Merge> {
    let (tenant, now) = (session.tenant(), op.now());
    let sql = format!("SELECT {COLUMNS} FROM subject_merge WHERE tenant_id = $1 AND merge_id = $2");
    let Some(found) = op.find(&sql, params![tenant, merge])? else {
        let details = json!({ "reasons": ["unknown"], "asked": merge });
        op.refuse(Action::SubjectChange, Resource::subject(), details)?;
        return Err(Error::NotFound("merge"));
    };
    let merge = read(&found)?;
    if merge.undone_at.is_some() {
        return Err(Error::Conflict("this merge was undone already".into()));
    }
    check_not_running(op, session, merge.into)?;
    for row in op.find_all(PARTS, params![tenant, merge.id])? {
        let (part, person): (SubjectId, SubjectId) = (row.get(0)?, row.get(1)?);
        if person != merge.into {
            return Err(Error::Conflict(
                "they were merged further since: undo that first".into(),
            ));
        }
        op.change(permit, STANDS_FOR, params![tenant, part, merge.from])?;
    }
    op.change(permit, UNDO, params![tenant, merge.id, session.member(), now])?;
    Ok(Merge {
        undone_by: Some(session.member()),
        undone_at: Some(now),
        ..merge
    })
}

fn read(row: &store::Row) -> Result<Merge> {
    Ok(Merge {
        id: row.get(0)?,
        into: row.get(1)?,
        from: row.get(2)?,
        made_by: row.get(3)?,
        made_at: row.get(4)?,
        undone_by: row.get(5)?,
        undone_at: row.get::<Option<i64>>(6)?.map(Timestamp::from_micros),
    })
}
