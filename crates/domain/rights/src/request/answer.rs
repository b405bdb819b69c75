//! From draft to answer: what is decided, by whom, with which ground, and what the person is told.

use access::Action;
use custody::{Credential, Error, Result, Session};
use kernel::RequestId;
use operation::acts::{AnswerRequest, DecideRequest, DraftAnswer, WithdrawRequest};
use operation::{Act, Op, Permit, Request};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::elsewhere;
use super::rows::{self, RequestRow};
use super::{Channel, Ground, MOST_ANSWER, MOST_LINE, MOST_WORDS, PersonRequest, Step, Verdict, rule};
use crate::Rights;
use crate::acts::{check_text, invalid};
use crate::portal;

/// What is decided about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// The person gets what they ask for.
    Grant,
    /// They do not.
    Refuse {
        /// On which ground.
        ground: Ground,
        /// Why it applies here.
        reasons: String,
    },
}

impl Rights {
    /// Writes a draft of the answer, in place of the one before.
    pub async fn draft_answer(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        text: String,
    ) -> Result<PersonRequest> {
        check_text("text", &text, MOST_ANSWER)?;
        let draft = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = rows::permitted::<DraftAnswer>(op, session, id, |_| false)?;
            row.take(op, &permit, session, Step::Drafted, None)?;
            row.draft_sealed = Some(row.seal(op, session, "draft", text.as_bytes())?);
            saved(
                op,
                permit,
                session,
                row,
                json!({ "request": id, "characters": text.chars().count() }),
            )
        };
        self.act(credential, request, Action::RequestDraft, draft).await
    }

    /// Decides, or decides anew as long as nothing went out.
    pub async fn decide_request(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        decision: Decision,
    ) -> Result<PersonRequest> {
        let decide = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = rows::permitted::<DecideRequest>(op, session, id, |_| false)?;
            let (verdict, ground, step, reasons) = match &decision {
                Decision::Grant => (Verdict::Grant, None, Step::Granted, None),
                Decision::Refuse { ground, reasons } => {
                    check_ground(&row, *ground)?;
                    check_text("reasons", reasons, MOST_WORDS)?;
                    (
                        Verdict::Refuse,
                        Some(*ground),
                        Step::Denied,
                        Some(reasons.as_str()),
                    )
                }
            };
            row.request.ground = ground;
            row.take(op, &permit, session, step, reasons)?;
            row.request.decision = Some(verdict);
            row.request.decided_by = Some(session.member());
            let told = json!({ "request": id, "decision": verdict, "ground": ground });
            saved(op, permit, session, row, told)
        };
        self.act(credential, request, Action::RequestDecide, decide).await
    }

    /// Takes more time, once: the person was told why, and in which way, before the usual period was over (GDPR 12(3);
    /// 45 CFR 164.524(b)(2)(ii), 164.526(b)(2)(ii)).
    pub async fn extend_request(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        reasons: String,
        told_by: Channel,
    ) -> Result<PersonRequest> {
        check_text("reasons", &reasons, MOST_WORDS)?;
        let extend = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = rows::permitted::<DecideRequest>(op, session, id, |_| false)?;
            let settled = rule::settled(op, session)?;
            row.take(op, &permit, session, Step::Extended, Some(&reasons))?;
            check_extension(&row, &settled.rule, op.now())?;
            row.request.extended_at = Some(op.now());
            row.count(op, &settled)?;
            let told = json!({ "request": id, "extended": true, "told_by": told_by, "law_due_at": row.request.law_due_at });
            saved(op, permit, session, row, told)
        };
        self.act(credential, request, Action::RequestDecide, extend).await
    }

    /// Answers as was decided: with this text, or with the draft. Where the tenant wants two pairs of eyes, who decided cannot.
    pub async fn answer_request(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        text: Option<String>,
    ) -> Result<PersonRequest> {
        if let Some(text) = &text {
            check_text("text", text, MOST_ANSWER)?;
        }
        let answer = move |op: &mut Op<'_>, session: &Session| {
            let four_eyes = rule::settled(op, session)?.rule.four_eyes;
            let me = session.member();
            let own = |request: &PersonRequest| four_eyes && request.decided_by == Some(me);
            let (mut row, permit) = rows::permitted::<AnswerRequest>(op, session, id, own)?;
            let step = match row.request.decision {
                Some(Verdict::Refuse) => Step::Refused,
                Some(Verdict::Grant) | None => Step::Answered,
            };
            let before = row.request.clone();
            row.take(op, &permit, session, step, None)?;
            let verdict = row.request.decision.ok_or_else(|| {
                Error::Conflict("decide about the request first: grant it or refuse it".into())
            })?;
            if verdict == Verdict::Grant {
                elsewhere::check_settled(op, session, &before)?;
            }
            let text = match &text {
                Some(text) => Some(text.clone()),
                None => row.open_text(op, &permit, session, "draft", row.draft_sealed.as_deref())?,
            };
            let text = text.ok_or_else(|| invalid("text", "write the answer, or a draft of it first"))?;
            row.answer_sealed = Some(row.seal(op, session, "answer", text.as_bytes())?);
            row.draft_sealed = None;
            row.close(op, &permit, session)?;
            let told = json!({
                "request": id, "decision": verdict, "ground": row.request.ground, "decided_by": row.request.decided_by,
                "late": row.request.is_late(op.now()), "behind_promise": row.request.is_behind_promise(op.now()),
            });
            saved(op, permit, session, row, told)
        };
        self.act(credential, request, Action::RequestAnswer, answer).await
    }

    /// Notes that the person has taken the request back, and how that is known.
    pub async fn withdraw_request(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        note: String,
    ) -> Result<PersonRequest> {
        check_text("note", &note, MOST_LINE)?;
        let withdraw = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = rows::permitted::<WithdrawRequest>(op, session, id, |_| false)?;
            row.take(op, &permit, session, Step::Withdrawn, Some(&note))?;
            row.draft_sealed = None;
            row.close(op, &permit, session)?;
            saved(op, permit, session, row, json!({ "request": id }))
        };
        self.act(credential, request, Action::RequestWithdraw, withdraw)
            .await
    }
}

/// The end of every act above.
fn saved<A: Act>(
    op: &mut Op<'_>,
    permit: Permit<A>,
    session: &Session,
    row: RequestRow,
    told: serde_json::Value,
) -> Result<PersonRequest> {
    row.save(op, &permit, session)?;
    if tells(A::ACTION) {
        portal::news(op, session, &row.request)?;
    }
    op.record(permit, told)?;
    Ok(row.request)
}

/// Whether whoever asked at the page is told that there is something to see.
fn tells(action: Action) -> bool {
    matches!(action, Action::RequestAnswer | Action::RequestWithdraw)
}

fn check_ground(row: &RequestRow, ground: Ground) -> Result<()> {
    let kind = row.request.kind;
    if ground.fits(kind) {
        return Ok(());
    }
    let known: Vec<&str> = Ground::of(kind).map(Ground::as_str).collect();
    Err(invalid(
        "ground",
        format!(
            "{} ({}) is none for refusing {}; there are {}",
            ground.as_str(),
            ground.article(),
            kind.as_str(),
            known.join(", ")
        ),
    ))
}

fn check_extension(row: &RequestRow, rule: &super::Rule, now: kernel::Timestamp) -> Result<()> {
    let request = &row.request;
    let says = if request.extended_at.is_some() {
        "it was extended already, and that is possible once"
    } else if !rule.can_be_extended(request.kind) {
        "no law sets a period for it that could be extended"
    } else if request.law_due_at.is_none_or(|due| due <= now) {
        "the period is over: it can be extended only while it runs"
    } else {
        return Ok(());
    };
    Err(Error::Conflict(says.to_owned()))
}
