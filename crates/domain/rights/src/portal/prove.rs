//! A code is typed in: the address is theirs, and what they asked for becomes a request.

use std::time::Duration;

use access::{Action, Facts};
use custody::subject::{self, Identifier};
use custody::{Credential, Error, Result, Session};
use kernel::{RequestId, SubjectId};
use operation::acts::{OpenRequest, VisitPortal};
use operation::{Op, Permit, Request};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use store::params;
use subtle::ConstantTimeEq as _;

use super::rows::{self, Reach, Row};
use super::visit::{Sealed, Token, row_of};
use super::{MOST_TRIES, VISIT_MINUTES, code, letter, mailed, settings};
use crate::Rights;
use crate::acts::to_json;
use crate::request::{self, Channel, Details, NewRequest};

/// What became of a code.
#[derive(Debug)]
pub enum Proven {
    /// It was right. The token of before is good for nothing any more.
    Right {
        /// The token from now on.
        token: Token,
        /// The request that was waiting for it.
        request: Option<RequestId>,
    },
    /// It was wrong, too late or used up, or none was sent. The try counts.
    Wrong {
        /// How many tries are left before a new code is needed.
        left: u32,
    },
}

impl Rights {
    /// Tries a code. Who the person is to the tenant is looked up only once it was right.
    pub async fn prove_visit(
        &self,
        credential: &Credential,
        request: Request,
        code: SecretString,
    ) -> Result<Proven> {
        let prove = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<VisitPortal> = op.permit(settings::resource(), &session.facts())?;
            let row = row_of(op, session)?;
            if row.state != rows::STATE_ASKED {
                return Err(Error::Conflict("this code was used already".into()));
            }
            match is_right(op, session, &row, code.expose_secret()) {
                true => right(op, permit, session, &row),
                false => wrong(op, permit, session, &row),
            }
        };
        self.act(credential, request, Action::PortalVisit, prove).await
    }

    /// Ends a visit.
    pub async fn end_visit(&self, credential: &Credential, request: Request) -> Result<()> {
        let end = |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<VisitPortal> = op.permit(settings::resource(), &session.facts())?;
            let row = row_of(op, session)?;
            op.change(&permit, rows::END, params![session.tenant(), row.visit])?;
            op.record(permit, json!({ "visit": row.visit, "ended": true }))?;
            Ok(())
        };
        self.act(credential, request, Action::PortalVisit, end).await
    }
}

/// Hashes under a key of the tenant's are compared, in constant time.
fn is_right(op: &Op<'_>, session: &Session, row: &Row, code: &str) -> bool {
    let given = code::blind(session, row.visit, code);
    let live = row.tries < MOST_TRIES && row.code_until.is_some_and(|until| op.now() < until);
    let same = row
        .code_blind
        .as_deref()
        .is_some_and(|kept| given.ct_eq(kept).into());
    live && same
}

fn wrong(op: &mut Op<'_>, permit: Permit<VisitPortal>, session: &Session, row: &Row) -> Result<Proven> {
    let tries = (row.tries + 1).min(MOST_TRIES);
    let left = MOST_TRIES - tries;
    let kept = row.code_blind.clone().filter(|_| left > 0);
    op.change(
        &permit,
        rows::TRIED,
        params![session.tenant(), row.visit, tries, kept],
    )?;
    op.record(
        permit,
        json!({ "visit": row.visit, "right": false, "left": left }),
    )?;
    Ok(Proven::Wrong { left })
}

fn right(op: &mut Op<'_>, permit: Permit<VisitPortal>, session: &Session, row: &Row) -> Result<Proven> {
    let asked = row.asked(session)?;
    let known = known(op, session, &asked)?;
    let opened = opened(op, session, row, &asked)?;
    let token = Token::generate(row.visit, op.random());
    let ends_at = op.now().plus(Duration::from_secs(VISIT_MINUTES * 60));
    // What was waiting is a request now.
    let rest = Sealed { asks: None, ..asked };
    let params = params![
        session.tenant(),
        row.visit,
        rows::STATE_PROVEN,
        ends_at,
        token.blind(session).to_vec(),
        rows::seal(op, session, row.visit, &to_json(&rest)?),
        known,
    ];
    op.change(&permit, rows::PROVEN, params)?;
    let identified = mailed::proven(op, &permit, session, row)?;
    let told = json!({
        "visit": row.visit, "right": true, "subject": known, "request": opened, "identified": identified,
    });
    op.record(permit, told)?;
    Ok(Proven::Right {
        token,
        request: opened,
    })
}

/// Whom the tenant knows by the address.
fn known(op: &mut Op<'_>, session: &Session, asked: &Sealed) -> Result<Option<SubjectId>> {
    let identifier = Identifier::parse(&handle(asked))?;
    Ok(subject::find(op, session, &identifier)?.map(|known| known.open.id))
}

/// The word by which the tenant knows whose address it is.
pub(super) fn handle(asked: &Sealed) -> String {
    format!("email:{}", asked.address)
}

/// Makes a request of what was asked for, which counts from when it was sent.
fn opened(op: &mut Op<'_>, session: &Session, row: &Row, asked: &Sealed) -> Result<Option<RequestId>> {
    let Some(asks) = &asked.asks else {
        return Ok(None);
    };
    let portal = settings::open(op, session)?;
    let new = NewRequest {
        kind: asks.kind,
        channel: Channel::Portal,
        received_at: Some(row.made_at),
        subject: Some(handle(asked)),
        details: Details {
            name: asks.name.clone(),
            contact: asked.address.clone(),
            words: asks.words.clone(),
        },
    };
    let facts = Facts {
        own: true,
        ..session.facts()
    };
    let permit: Permit<OpenRequest> = op.permit(request::resource(), &facts)?;
    let reach = Reach {
        address: asked.address.clone(),
        language: asked.language,
        page: asked.page.clone(),
    };
    let (opened, sealed) = request::open_proven(op, &permit, session, &new, &to_json(&reach)?)?;
    let params = params![opened.id, session.tenant(), row.address_blind.clone(), sealed];
    op.change(&permit, rows::KEEP_REQUEST, params)?;
    letter::received(op, session, &portal, &reach, opened.id)?;
    let told = json!({
        "request": opened.id, "kind": opened.kind, "channel": opened.channel, "subject": opened.subject, "state": opened.state,
        "received_at": opened.received_at, "own_due_at": opened.own_due_at, "law_due_at": opened.law_due_at,
    });
    op.record(permit, told)?;
    Ok(Some(opened.id))
}
