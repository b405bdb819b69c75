//! The tenant's own trail: what was done, by whom, and the proof of it.

use access::{Action, Facts};
use kernel::{EventId, ItemId, Page, PageRequest, SubjectId};
use operation::acts::{ReadReceipt, ReadTrail};
use operation::trail::{self, TrailEntry, TrailError};
use operation::{Op, Permit, Resource};
use serde_json::json;

pub use operation::trail::TrailFilter;

use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody};

impl Custody {
    /// A page of the tenant's trail, newest first.
    pub async fn trail(
        &self,
        credential: &Credential,
        request: operation::Request,
        filter: TrailFilter,
        page: PageRequest,
    ) -> Result<Page<TrailEntry>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::TrailRead)?;
                let facts = Facts {
                    own: is_about_visitor(op, &session, filter.item)?,
                    ..session.facts()
                };
                let permit: Permit<ReadTrail> = op.permit(Resource::trail(), &facts)?;
                let found = trail::query(op, &permit, &session.trail_keys()?, &filter, &page)?;
                op.record(permit, json!({ "count": found.items.len(), "filter": filter }))?;
                Ok(found)
            })
            .await
    }

    /// One entry of the trail.
    pub async fn event(
        &self,
        credential: &Credential,
        request: operation::Request,
        event: EventId,
    ) -> Result<TrailEntry> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TrailRead)?;
                let permit: Permit<ReadTrail> = op.permit(Resource::trail(), &session.facts())?;
                let found = trail::find(op, &permit, &session.trail_keys()?, event)
                    .map_err(|error| told(op, Action::TrailRead, event, error))?;
                op.record(permit, json!({ "event": event }))?;
                Ok(found)
            })
            .await
    }

    /// The receipt of one entry. Everybody may have the receipts of their own acts.
    pub async fn receipt(
        &self,
        credential: &Credential,
        request: operation::Request,
        event: EventId,
    ) -> Result<String> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ReceiptRead)?;
                let own = is_own(op, &session, event)? || is_of_visitor(op, &session, event)?;
                let facts = Facts {
                    own,
                    ..session.facts()
                };
                let permit: Permit<ReadReceipt> = op.permit(Resource::trail(), &facts)?;
                let receipt = trail::receipt(op, &permit, &session.trail_keys()?, event)
                    .map_err(|error| told(op, Action::ReceiptRead, event, error))?;
                op.record(permit, json!({ "event": event }))?;
                Ok(receipt)
            })
            .await
    }
}

const OWN: &str = "SELECT 1 FROM event WHERE tenant_id = $1 AND event_id = $2 AND member_id = $3";

fn is_own(op: &mut Op<'_>, session: &Session, event: EventId) -> Result<bool> {
    Ok(op
        .find(OWN, store::params![session.tenant, event, session.member])?
        .is_some())
}

const SUBJECT_OF: &str = "SELECT subject_id FROM item WHERE tenant_id = $1 AND item_id = $2";
const SUBJECT_OF_EVENT: &str = "SELECT i.subject_id FROM event e JOIN item i ON i.item_id = e.item_id \
     WHERE e.tenant_id = $1 AND i.tenant_id = $1 AND e.event_id = $2";

/// Whether what is asked for happened to an item that is about the visitor alone.
fn is_about_visitor(op: &mut Op<'_>, session: &Session, item: Option<ItemId>) -> Result<bool> {
    let (Some(item), Some(_)) = (item, session.visit()) else {
        return Ok(false);
    };
    let row = op.find(SUBJECT_OF, store::params![session.tenant, item])?;
    let subject: Option<SubjectId> = row.map_or(Ok(None), |row| row.get(0))?;
    Ok(session.is_of_visitor(subject))
}

/// The same of one event.
fn is_of_visitor(op: &mut Op<'_>, session: &Session, event: EventId) -> Result<bool> {
    if session.visit().is_none() {
        return Ok(false);
    }
    let row = op.find(SUBJECT_OF_EVENT, store::params![session.tenant, event])?;
    let subject: Option<SubjectId> = row.map_or(Ok(None), |row| row.get(0))?;
    Ok(session.is_of_visitor(subject))
}

/// Turns what the trail says into what the caller is told, and records what must be.
fn told(op: &mut Op<'_>, action: Action, event: EventId, error: TrailError) -> Error {
    let outcome = match &error {
        TrailError::Unknown => op.refuse(
            action,
            Resource::trail(),
            json!({ "reasons": ["unknown"], "asked": event }),
        ),
        TrailError::Altered => op.fail(
            action,
            Resource::trail(),
            json!({ "cause": "altered", "event": event }),
        ),
        TrailError::NotYetSequenced | TrailError::Operation(_) => Ok(()),
    };
    outcome.map_or_else(Error::from, |()| error.into())
}

impl From<TrailError> for Error {
    fn from(error: TrailError) -> Self {
        match error {
            TrailError::Unknown => Self::NotFound("event"),
            TrailError::NotYetSequenced => Self::NotYetSequenced,
            TrailError::Altered => Self::Altered,
            TrailError::Operation(error) => error.into(),
        }
    }
}
