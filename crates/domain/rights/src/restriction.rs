//! Restriction of processing (GDPR Article 18): what is kept about a person is kept, and not otherwise used.
//!
//! It is a mark on the person's rows, which every act on an item looks at in its own transaction: from the commit on,
//! items, records, annotations, work, exports and every surface refuse. Whoever can lift it still finds the items.

use access::Action;
use custody::{Credential, Error, Result, Session};
use kernel::{SubjectId, Timestamp};
use operation::acts::{ReleaseSubject, RestrictSubject};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::params;

use crate::Rights;
use crate::erasure::check_not_running;
use crate::subject::{self, Subject};

/// Why processing is restricted: the four cases of Article 18(1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestrictionGround {
    /// (a) The person contests that the data is right, while that is found out.
    Accuracy,
    /// (b) Processing is unlawful and the person wants restriction in place of erasure.
    Unlawful,
    /// (c) Nobody else needs the data, but the person does for a legal claim.
    Claims,
    /// (d) The person has objected, while it is found out whose grounds weigh more.
    Objection,
}

impl Rights {
    /// Restricts processing of everything about a person.
    pub async fn restrict(
        &self,
        credential: &Credential,
        request: Request,
        subject: SubjectId,
        ground: RestrictionGround,
    ) -> Result<Subject> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectRestrict)?;
                let permit: Permit<RestrictSubject> = op.permit(Resource::subject(), &session.facts())?;
                let since = Some(op.now());
                mark(op, permit, &session, subject, since, json!({ "ground": ground }))
            })
            .await
    }

    /// Lifts a restriction. The request says why; the person is to be told before it takes effect (Article 18(3)).
    pub async fn lift_restriction(
        &self,
        credential: &Credential,
        request: Request,
        subject: SubjectId,
    ) -> Result<Subject> {
        if request.reason.is_none() {
            return Err(Error::Invalid {
                field: "bailee-reason",
                problem:
                    "say why the restriction is lifted, and that the person was told; the trail keeps it"
                        .into(),
            });
        }
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectRelease)?;
                let permit: Permit<ReleaseSubject> = op.permit(Resource::subject(), &session.facts())?;
                mark(op, permit, &session, subject, None, json!({}))
            })
            .await
    }
}

fn mark<A: Act>(
    op: &mut Op<'_>,
    permit: Permit<A>,
    session: &Session,
    subject: SubjectId,
    since: Option<Timestamp>,
    mut details: Json,
) -> Result<Subject> {
    let mut person = subject::resolve(op, session, subject, A::ACTION)?;
    if person.restricted_at.is_some() == since.is_some() {
        let state = if since.is_some() {
            "is restricted already"
        } else {
            "is not restricted"
        };
        return Err(Error::Conflict(format!("processing {state} for this person")));
    }
    check_not_running(op, session, person.id)?;
    op.change(
        &permit,
        subject::RESTRICT,
        params![session.tenant(), person.id, since],
    )?;
    person.restricted_at = since;
    let described = subject::described(op, &permit, session, &person)?;
    details["subject"] = json!(person.id);
    op.record(permit, details)?;
    Ok(described)
}
