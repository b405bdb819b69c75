//! Taking in a record.

use std::collections::BTreeMap;

use bytes::Bytes;
use operation::Request;
use serde_json::{Map, Value as Json};

use super::document::Document;
use super::provenance::{self, Said};
use super::{RecordHead, Written, kind, media_type, unknown};
use crate::dataset::DatasetRef;
use crate::error::{Error, Result};
use crate::item::{self, Condition, PutItem, Target};
use crate::{Credential, Custody, IdempotencyKey};

/// A record to be taken in.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// One of the dataset's kinds.
    pub kind: String,
    /// Its name in the dataset; made up when absent.
    pub name: Option<String>,
    /// The person it is about, by the tenant's handle for them, where no field of the kind names them.
    pub subject: Option<String>,
    /// Its fields.
    pub values: Map<String, Json>,
    /// Where the values are from.
    pub said: Said,
    /// Where single ones are from, if from elsewhere.
    pub provenance: BTreeMap<String, Said>,
}

impl Custody {
    /// Takes in a record that is held to its kind. A name that the dataset has already is refused.
    pub async fn create_record(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        new: NewRecord,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Written<RecordHead>> {
        kind::check_kind_name(&new.kind)?;
        let now = self.desk.clock.now();
        let provenance = provenance::settle(new.values.keys(), &new.said, &new.provenance, now)?;
        let name = new.name.unwrap_or_else(|| self.made_up_name(&new.kind));
        let mut document = Document {
            values: new.values,
            provenance,
            reason: request.reason.clone(),
            kind: new.kind,
            salt: None,
        };
        // A repetition says the same and is salted otherwise.
        let said = document.to_bytes()?;
        let idempotency = idempotency.map(|key| key.told(&said));
        document.salt = Some(self.salt());
        let put = PutItem {
            subject: new.subject,
            condition: Condition {
                if_none_match: Some(item::Tags::Any),
                ..Condition::default()
            },
            idempotency,
            ..of_document(Target::Name(dataset, name), &document)
        };
        let stored = self.put(credential, request, put, body(&document)?).await;
        let stored = stored.map_err(|error| match error {
            Error::ConditionFailed => Error::Conflict(
                "there is an item of this name already: use another name, or PATCH /v1/records/{record} to rectify a record".into(),
            ),
            other => other,
        })?;
        Ok(Written {
            record: RecordHead::of(&stored.item).ok_or_else(unknown)?,
            event: stored.event,
        })
    }

    /// Says nothing of anybody, as a name that somebody thinks of may.
    fn made_up_name(&self, kind: &str) -> String {
        format!("{kind}/{}", self.salt())
    }

    /// Chance, as a document has it.
    pub(super) fn salt(&self) -> String {
        let mut bytes = [0; 16];
        self.desk.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}

/// A put of this document.
pub(super) fn of_document(target: Target, document: &Document) -> PutItem {
    PutItem {
        kind: item::Kind::Record,
        ..PutItem::file(target, &media_type(&document.kind))
    }
}

/// A document as a body that comes at once.
pub(super) fn body(
    document: &Document,
) -> Result<impl futures_util::Stream<Item = std::result::Result<Bytes, item::BodyError>> + Unpin + use<>> {
    let bytes = Bytes::from(document.to_bytes()?);
    Ok(futures_util::stream::iter([Ok(bytes)]))
}
