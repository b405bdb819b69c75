//! Whether it is the person who asks: a code by mail, a check by somebody of the tenant, or a document.
//!
//! Promises: a code is good once, for a quarter of an hour and five tries, and ten are sent at most; a document is sealed under a key of its
//! own and deleted, key and all, in the act that settles what it proves; what the request asks for is reached by no less proof
//! than its kind wants.

use std::time::Duration;

use access::Action;
use custody::{Credential, Error, Result, Session};
use kernel::{Random, RequestId};
use operation::acts::IdentifyRequester;
use operation::{Act, Op, Permit, Request};
use sealing::Key;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::params;

use super::rows::{self, RequestRow};
use super::{MOST_LINE, PersonRequest, Proof, State, Step, rule};
use crate::Rights;
use crate::acts::{check_text, invalid};

/// The most bytes of a document.
pub const MOST_DOCUMENT_BYTES: usize = 5 << 20;

/// How long a code is good.
const CODE_LIFE: Duration = Duration::from_secs(15 * 60);
/// How often one may be tried.
const MOST_TRIES: u32 = 5;
/// How many are sent for one request.
const MOST_CODES: u32 = 10;

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeCheck {
    /// It is they.
    Right(PersonRequest),
    /// It was wrong, too late, or none was sent. The try counts.
    Wrong {
        /// How many tries are left before a new code is needed.
        left: u32,
    },
}

type Identify = Permit<IdentifyRequester>;

impl Rights {
    /// Asks the person to prove who they are: from now on what the GDPR counts stands still. For a code by mail, gives the code
    /// to be sent, in place of the one before.
    pub async fn ask_identity(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        proof: Proof,
    ) -> Result<(PersonRequest, Option<SecretString>)> {
        self.on_identity(credential, request, id, move |op, permit, session, row| {
            check_enough(row, proof)?;
            let begins = row.request.state == State::Received;
            row.take(op, permit, session, Step::IdentityAsked, None)?;
            if begins {
                row.pause(op, permit, session, true)?;
            }
            let code = match proof {
                Proof::MailCode => Some(new_code(op, session, row)?),
                Proof::StaffCheck | Proof::Document => None,
            };
            let settled = rule::settled(op, session)?;
            row.count(op, &settled)?;
            Ok((code, json!({ "asked_for": proof })))
        })
        .await
    }

    /// Tries the code that the person sent back.
    pub async fn check_code(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        code: SecretString,
    ) -> Result<CodeCheck> {
        let (request, left) = self
            .on_identity(credential, request, id, move |op, permit, session, row| {
                if row.request.state != State::Identity {
                    row.request
                        .state
                        .after(Step::CodeWrong, super::state::Unidentified(false))?;
                }
                check_enough(row, Proof::MailCode)?;
                if is_right(op, session, row, code.expose_secret()) {
                    identified(op, permit, session, row, Proof::MailCode, None)?;
                    return Ok((None, json!({ "proof": Proof::MailCode, "right": true })));
                }
                row.code.tries = (row.code.tries + 1).min(MOST_TRIES);
                row.take(op, permit, session, Step::CodeWrong, None)?;
                let left = MOST_TRIES - row.code.tries;
                if left == 0 {
                    row.code.blind = None;
                }
                let told = json!({ "proof": Proof::MailCode, "right": false, "left": left });
                Ok((Some(left), told))
            })
            .await?;
        Ok(left.map_or(CodeCheck::Right(request), |left| CodeCheck::Wrong { left }))
    }

    /// Somebody of the tenant made sure that it is they, in a way that the note says; or looked at the document, which is
    /// deleted with this.
    pub async fn accept_identity(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        proof: Proof,
        note: String,
    ) -> Result<PersonRequest> {
        check_text("note", &note, MOST_LINE)?;
        if proof == Proof::MailCode {
            return Err(invalid(
                "proof",
                "a code is tried, not accepted: name staff-check or document",
            ));
        }
        let accepted = self.on_identity(credential, request, id, move |op, permit, session, row| {
            check_enough(row, proof)?;
            if proof == Proof::Document && !has_document(op, session, id)? {
                return Err(Error::Conflict("the person has handed no document in".into()));
            }
            identified(op, permit, session, row, proof, Some(&note))?;
            Ok((None::<()>, json!({ "proof": proof })))
        });
        accepted.await.map(|(request, _)| request)
    }

    /// Keeps a document of the person's until it was looked at, in place of one that is there.
    pub async fn keep_document(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        document: Vec<u8>,
    ) -> Result<PersonRequest> {
        if document.is_empty() {
            return Err(invalid("body", "send the document"));
        }
        if document.len() > MOST_DOCUMENT_BYTES {
            return Err(Error::TooLarge {
                limit: MOST_DOCUMENT_BYTES as u64,
            });
        }
        let kept = self.on_identity(credential, request, id, move |op, permit, session, row| {
            row.take(op, permit, session, Step::DocumentGiven, None)?;
            let key = Key::generate(op.random());
            let context = rows::part_context(session, id, "proof");
            let outer = rows::tenant_side(session);
            let params = params![
                id,
                session.tenant(),
                op.now(),
                sealing::wrap(&outer, &context, &key, op.random()),
                sealing::seal(&key, &context, &document, op.random()),
            ];
            op.change(permit, rows::KEEP_PROOF, params)?;
            Ok((None::<()>, json!({ "document_bytes": document.len() })))
        });
        kept.await.map(|(request, _)| request)
    }

    /// The document, to be looked at.
    pub async fn document(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
    ) -> Result<Vec<u8>> {
        let look = move |op: &mut Op<'_>, session: &Session| {
            let (_, permit) = rows::permitted::<IdentifyRequester>(op, session, id, |_| false)?;
            let row = op.find(rows::FIND_PROOF, params![session.tenant(), id])?;
            let row = row.ok_or_else(|| Error::Conflict("no document waits to be looked at".into()))?;
            let context = rows::part_context(session, id, "proof");
            let key = sealing::unwrap(&rows::tenant_side(session), &context, &row.get::<Vec<u8>>(0)?)?;
            let document = op
                .open(&permit, &key, &context, &row.get::<Vec<u8>>(1)?)?
                .to_vec();
            op.record(permit, json!({ "request": id, "document": "seen" }))?;
            Ok(document)
        };
        self.act(credential, request, Action::RequestIdentify, look).await
    }

    /// Deletes a document that proves nothing, with the reason. The person can hand another in.
    pub async fn reject_document(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        note: String,
    ) -> Result<PersonRequest> {
        check_text("note", &note, MOST_LINE)?;
        let rejected = self.on_identity(credential, request, id, move |op, permit, session, row| {
            row.take(op, permit, session, Step::DocumentRejected, Some(&note))?;
            if op.change(permit, rows::DELETE_PROOF, params![session.tenant(), id])? == 0 {
                return Err(Error::Conflict("no document waits to be looked at".into()));
            }
            Ok((None::<()>, json!({ "document": "rejected" })))
        });
        rejected.await.map(|(request, _)| request)
    }

    /// One act about who asks: find, permit, do, save, record.
    async fn on_identity<T: Send + 'static>(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        act: impl Fn(&mut Op<'_>, &Identify, &Session, &mut RequestRow) -> Result<(Option<T>, serde_json::Value)>
        + Send
        + 'static,
    ) -> Result<(PersonRequest, Option<T>)> {
        let act = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = rows::permitted::<IdentifyRequester>(op, session, id, |_| false)?;
            let (told, mut details) = act(op, &permit, session, &mut row)?;
            row.save(op, &permit, session)?;
            details["request"] = json!(id);
            details["state"] = json!(row.request.state);
            op.record(permit, details)?;
            Ok((row.request, told))
        };
        self.act(credential, request, Action::RequestIdentify, act).await
    }
}

fn check_enough(row: &RequestRow, proof: Proof) -> Result<()> {
    let wanted = row.request.proof_wanted;
    if proof < wanted {
        return Err(invalid(
            "proof",
            format!(
                "a request for {} wants at least {}",
                row.request.kind.as_str(),
                wanted.as_str()
            ),
        ));
    }
    Ok(())
}

/// It is they: the clocks go on, the code is used up and the document gone.
pub(super) fn identified<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &mut RequestRow,
    proof: Proof,
    note: Option<&str>,
) -> Result<()> {
    row.take(op, permit, session, Step::Identified, note)?;
    row.request.proof_given = Some(proof);
    row.pause(op, permit, session, false)?;
    (row.code.blind, row.code.until) = (None, None);
    // A refusal that was prepared because nobody knew who asks has lost its ground.
    if row.request.ground == Some(super::Ground::NotIdentified) {
        (row.request.decision, row.request.ground, row.request.decided_by) = (None, None, None);
    }
    op.change(
        permit,
        rows::DELETE_PROOF,
        params![session.tenant(), row.request.id],
    )?;
    let settled = rule::settled(op, session)?;
    row.count(op, &settled)
}

fn has_document(op: &mut Op<'_>, session: &Session, id: RequestId) -> Result<bool> {
    Ok(op
        .find(rows::FIND_PROOF, params![session.tenant(), id])?
        .is_some())
}

fn new_code(op: &Op<'_>, session: &Session, row: &mut RequestRow) -> Result<SecretString> {
    if row.code.sent >= MOST_CODES {
        return Err(Error::Conflict(format!(
            "{MOST_CODES} codes were sent for this request: find out in another way who asks"
        )));
    }
    let code = eight_digits(op.random());
    row.code.sent += 1;
    row.code.tries = 0;
    row.code.blind = Some(blind(session, row, &code).to_vec());
    row.code.until = Some(op.now().plus(CODE_LIFE));
    Ok(code.into())
}

/// Only hashes under a key of the tenant's are compared, so that how long it takes tells nothing of the code.
fn is_right(op: &Op<'_>, session: &Session, row: &RequestRow, code: &str) -> bool {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let is_live = row.code.tries < MOST_TRIES && row.code.until.is_some_and(|until| op.now() < until);
    is_live && row.code.blind.as_deref() == Some(&blind(session, row, &digits)[..])
}

fn blind(session: &Session, row: &RequestRow, code: &str) -> [u8; 32] {
    let bound = [row.request.id.as_bytes().as_slice(), code.as_bytes()].concat();
    sealing::blind(&session.blind_index("rights request code"), "code", &bound)
}

fn eight_digits(random: &dyn Random) -> String {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    format!("{:08}", u64::from_be_bytes(bytes) % 100_000_000)
}
