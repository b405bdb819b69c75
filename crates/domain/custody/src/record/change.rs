//! Rectifying a record (GDPR, article 16): fields are replaced, and the version before stays in the history.

use std::collections::BTreeMap;

use kernel::{ItemId, VersionId};
use operation::acts::LinkSubject;
use operation::{Op, Permit, Recorded, Request, Resource};
use serde_json::{Map, Value as Json, json};

use super::create::{body, of_document};
use super::document::Document;
use super::provenance::{self, Said};
use super::read::{Wanted, as_record};
use super::{Record, Written, is_record};
use crate::error::{Error, Result};
use crate::item::{self, Condition, PutItem, Tags, Target};
use crate::session::Session;
use crate::subject::{self, Identifier};
use crate::{Credential, Custody};

/// What is to be put right.
#[derive(Debug, Clone)]
pub struct Rectification {
    /// The version that whoever asks has seen.
    pub seen: VersionId,
    /// Fields with their new values; null takes one away (RFC 7396).
    pub values: Map<String, Json>,
    /// Where the new values are from.
    pub said: Said,
    /// Where single ones are from, if from elsewhere.
    pub provenance: BTreeMap<String, Said>,
}

impl Custody {
    /// Gives a record a new version with these fields. Who asks, and the reason that the request gives, are in the trail; the reason
    /// is kept with the version as well. Reads the record first, which is an event of its own. Masked fields can be put right by who may not
    /// see them.
    pub async fn rectify_record(
        &self,
        credential: &Credential,
        request: Request,
        record: ItemId,
        change: Rectification,
    ) -> Result<Written<Record>> {
        if change.values.is_empty() {
            return Err(Error::invalid(
                "values",
                "name at least one field, with its new value or null",
            ));
        }
        // What stands for the request is the change and not the look before it.
        let looking = Request {
            recorded: Recorded::default(),
            ..request.clone()
        };
        let (before, cover) = self
            .open_record(credential, looking, record, None, Wanted::ForChange)
            .await?;
        if before.head.version != change.seen {
            return Err(Error::ConditionFailed);
        }
        let document = self.rectified(&before, &change, request.reason.clone())?;
        let put = PutItem {
            condition: Condition {
                if_match: Some(Tags::These(vec![change.seen])),
                ..Condition::default()
            },
            ..of_document(Target::Item(record), &document)
        };
        let stored = self
            .put(credential, request, put, body(&document)?)
            .await
            .map_err(as_record)?;
        let mut right = Record::of(&stored.item, &document.to_bytes()?)?;
        right.masked = cover.put_on(&mut right.values, None);
        Ok(Written {
            record: right,
            event: stored.event,
        })
    }

    /// The document with the new values: a merge patch of an object whose members are no objects.
    fn rectified(&self, before: &Record, change: &Rectification, reason: Option<String>) -> Result<Document> {
        let (mut values, mut provenance) = (before.values.clone(), before.provenance.clone());
        let mut unknown = Vec::new();
        for (name, value) in &change.values {
            if value.is_null() {
                provenance.remove(name);
                if values.remove(name).is_none() {
                    unknown.push(format!("`{name}`"));
                }
            } else {
                values.insert(name.clone(), value.clone());
            }
        }
        if !unknown.is_empty() {
            let problem = format!(
                "{} cannot be taken away, for the record does not have it",
                unknown.join(", ")
            );
            return Err(Error::invalid("values", problem));
        }
        let given = change
            .values
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, _)| name);
        let now = self.desk.clock.now();
        provenance.extend(provenance::settle(given, &change.said, &change.provenance, now)?);
        Ok(Document {
            kind: before.head.kind.clone(),
            values,
            provenance,
            reason,
            salt: Some(self.salt()),
        })
    }
}

/// Sees that a record stays about whom it is about. By what nobody is known yet, the person is known from now on.
pub(crate) fn keep_person(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    named: &Identifier,
) -> Result<()> {
    let people = item::about::people_of(op, session, item)?;
    if let Some(known) = subject::find(op, session, named)? {
        let rows = subject::rows_of(op, session, known.person)?;
        return match rows.iter().any(|row| people.contains(&row.id)) {
            true => Ok(()),
            false => Err(Error::Conflict(
                "the record names somebody else now, who is known already: store a new record for them, or merge the two if they are \
                 one person"
                    .into(),
            )),
        };
    }
    subject::check_not_gone(op, session, named)?;
    let [person] = people[..] else {
        return Err(Error::Conflict(
            "the record is about nobody, or about several, so that it cannot tell who is named now: say with PUT \
             /v1/items/{item}/subjects whom it is about"
                .into(),
        ));
    };
    let permit: Permit<LinkSubject> = op.permit(Resource::tenant(), &session.facts())?;
    let person = subject::open_one(op, session, person)?;
    subject::name(op, &permit, session, &person, named)?;
    op.record(
        permit,
        json!({ "subject": person.id, "identifier": named.kind().as_str() }),
    )?;
    Ok(())
}

/// A record does not become a file of another type: its kind would not hold for it any more.
pub(crate) fn check_still_typed(before: &str, after: &str) -> Result<()> {
    match is_record(before) == is_record(after) {
        true => Ok(()),
        false => Err(Error::Conflict(
            "the item is a record of a declared kind, or is to become one, which no version does: use another name, or PATCH \
             /v1/records/{record}"
                .into(),
        )),
    }
}
