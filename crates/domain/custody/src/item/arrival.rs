//! A put that has come in whole, and the rows that it becomes: the version's own, and what a record is found by.

use kernel::{ItemId, Timestamp};
use operation::{Act, Op, Permit};
use store::params;

use super::put::PutItem;
use super::quarantine::{self, Quarantine};
use super::receive::{Received, SealedBody};
use super::rows::{self, ItemRow};
use super::{Hold, Kind, Meta, Version, records};
use crate::contexts;
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::record::{self, Checked};
use crate::session::Session;

/// Who put, what they said of it, and what was received.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) session: &'a Session,
    pub(super) put: &'a PutItem,
    pub(super) received: &'a Received,
}

impl Arrival<'_> {
    /// The version as its row will say it.
    pub(super) fn version(self, number: u64, made_at: Timestamp) -> Version {
        let Self { put, received, .. } = self;
        Version {
            id: received.version,
            number,
            size: received.sealed.size,
            sha256: received.sealed.sha256_text(),
            content_type: put.content_type.clone(),
            class: put.class.clone(),
            made_at,
            metadata: put.metadata.clone(),
            notes: put.notes.known(),
            key_provided: received.provided.is_some(),
            parts: received.sealed.parts(),
            reference: received.sealed.reference(),
            quarantine: received.verdict.held().map(|reason| Quarantine {
                reason: reason.to_owned(),
                since: made_at,
            }),
        }
    }

    /// Writes the version's row, which gives it this number among the item's, and its hold.
    pub(super) fn insert_version<A: Act>(
        self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        (item, number): (ItemId, i64),
        parent: &sealing::Key,
        hold: Option<Hold>,
    ) -> Result<()> {
        let Self {
            session,
            put,
            received,
        } = self;
        let meta = Meta {
            sha256: received.sealed.sha256_text(),
            content_type: put.content_type.clone(),
            class: put.class.clone(),
            metadata: put.metadata.clone(),
            notes: put.notes.known(),
            parts: received.sealed.parts(),
            provided: received.provided.clone(),
            reference: received.sealed.reference(),
        };
        let meta = serde_json::to_vec(&meta).map_err(|error| Error::Internal(error.to_string()))?;
        let meta_sealed = sealing::seal(
            &received.key,
            &contexts::version_meta(received.version),
            &meta,
            op.random(),
        );
        let context = contexts::item_key(session.tenant, item, received.version);
        let key_wrapped = sealing::wrap(parent, &context, &received.key, op.random());
        let (address, inline) = match &received.sealed.body {
            SealedBody::Inline(sealed) => (None, Some(sealed.to_vec())),
            SealedBody::Object(address) => {
                store::objects::keep(op.housekeeping(), address)?;
                (Some(address), None)
            }
            SealedBody::Parts(_) | SealedBody::Reference(..) => (None, None),
        };
        let size = i64::try_from(received.sealed.size).map_err(|_| Error::TooLarge {
            limit: i64::MAX as u64,
        })?;
        let now = op.now();
        let held = received.verdict.held();
        let reason = held.map(|reason| quarantine::seal(op, &received.key, received.version, reason));
        let row = params![
            received.version,
            session.tenant,
            item,
            number,
            now,
            session.key,
            size,
            key_wrapped,
            meta_sealed,
            address.map(|address| address.object),
            address.map(|address| &address.place),
            inline,
            held.map(|_| now),
            reason,
        ];
        op.change(permit, rows::INSERT_VERSION, row)?;
        if let Some(hold) = hold {
            super::hold::keep(op, permit, session, item, received.version, hold)?;
        }
        Ok(())
    }

    /// The dataset of a record that gets a new version, whose settings say what it is held to. A file's stay sealed.
    pub(super) fn dataset_of_record(self, op: &mut Op<'_>, item: &ItemRow) -> Result<Option<DatasetRow>> {
        let Self { session, put, .. } = self;
        if put.kind != Kind::Record {
            return Ok(None);
        }
        record::check_still_typed(&item.version()?.content_type, &put.content_type)?;
        let dataset = dataset::rows::find(op, session, &DatasetRef::Id(item.dataset))?;
        dataset.ok_or(Error::NotFound("dataset")).map(Some)
    }

    /// Holds a record of a declared kind to it; nothing for anything else.
    pub(super) fn held_to_kind(self, dataset: &DatasetRow) -> Result<Option<Checked>> {
        let Self {
            session,
            put,
            received,
        } = self;
        if put.kind != Kind::Record || !record::is_record(&put.content_type) {
            return Ok(None);
        }
        let settings = dataset.settings(session)?;
        record::checked(session, dataset.id, &settings, put, received).map(Some)
    }

    /// Indexes a record's declared fields. A file has none, so that its dataset's settings stay sealed.
    pub(super) fn index<A: Act>(
        self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        dataset: &DatasetRow,
        item: ItemId,
        record: Option<&Checked>,
    ) -> Result<()> {
        let Self {
            session,
            put,
            received,
        } = self;
        if put.kind != Kind::Record {
            return Ok(());
        }
        if let Some(record) = record {
            return record::write_index(op, permit, session, dataset.id, item, &record.entries);
        }
        let settings = dataset.settings(session)?;
        records::index(
            op, permit, session, &settings, dataset.id, item, put.kind, received,
        )
    }
}
