//! What a package says beside the files: who keeps what for which purpose, what the person agreed to, what they asked for.

use custody::tenant::{self, SignedContract};
use custody::{Result, Session};
use kernel::{PurposeId, RequestId, Timestamp};
use operation::acts::PackRequest;
use operation::{Op, Permit};
use serde::Serialize;

use crate::consent::{self, Consent};
use crate::purpose::{self, Purpose};
use crate::request::{self, HandedOver, PersonRequest, Said};
use crate::subject::{Person, Subject, described};

/// All of it but what is said of single items.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Overview {
    /// The request that this answers.
    pub(super) request: RequestId,
    pub(super) made_at: Timestamp,
    /// Who keeps it.
    pub(super) kept_by: String,
    /// What binds them: for whom, for what, on which ground, where and for how long.
    pub(super) contract: Option<SignedContract>,
    /// What the person is known by.
    pub(super) person: Subject,
    /// What personal data is processed for, with what people are told of it.
    pub(super) purposes: Vec<Purpose>,
    /// What the person agreed to and took back.
    pub(super) consents: Vec<Consent>,
    /// What they asked for, this request among it, in their words.
    pub(super) requests: Vec<Said>,
    /// What is kept elsewhere, and what was handed over there for this request.
    pub(super) elsewhere: Vec<HandedOver>,
}

impl Overview {
    /// The word of a purpose.
    pub(super) fn purpose(&self, id: PurposeId) -> &str {
        let found = self.purposes.iter().find(|purpose| purpose.id == id);
        found.map_or("", |purpose| &purpose.terms.word)
    }
}

/// Gathers it in the act that takes the package.
pub(super) fn overview(
    op: &mut Op<'_>,
    permit: &Permit<PackRequest>,
    session: &Session,
    found: &PersonRequest,
    person: &Person,
) -> Result<Overview> {
    let (kept_by, contract) = tenant::about(op, permit, session)?;
    Ok(Overview {
        request: found.id,
        made_at: op.now(),
        kept_by,
        contract,
        purposes: purpose::all(op, permit, session)?,
        consents: consent::all_of(op, permit, session, &person.rows)?,
        elsewhere: request::handed_over(op, permit, session, found.id)?,
        requests: request::all_of(op, permit, session, &person.rows)?,
        person: described(op, permit, session, person)?,
    })
}
