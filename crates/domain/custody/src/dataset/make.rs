//! Making a dataset with a key of its own, and changing what is sealed under it.

use std::collections::BTreeMap;

use kernel::DatasetId;
use operation::acts::{ChangeDataset, CreateDataset};
use operation::{Op, Permit};
use sealing::Key;
use store::objects::PlaceLabel;
use store::params;

use super::ops::{DatasetChange, NewDataset};
use super::rows::{self, DatasetRow};
use super::{Dataset, Settings, State, defaults, rule};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

/// Adds a dataset's row.
pub(super) fn insert(
    op: &mut Op<'_>,
    permit: &Permit<CreateDataset>,
    session: &Session,
    new: &NewDataset,
    region: &PlaceLabel,
) -> Result<Dataset> {
    let id = DatasetId::make(op.now(), op.random());
    let key = Key::generate(op.random());
    let wrapped = sealing::wrap(
        session.tenant_key(),
        &contexts::dataset_key(session.tenant, id),
        &key,
        op.random(),
    );
    let settings = Settings {
        name: new.name.clone(),
        description: new.description.clone(),
        fields: new.fields.clone(),
        notes: Default::default(),
        work: new.work,
        review: new.review,
        kinds: Vec::new(),
        masked: Default::default(),
    };
    let sealed = seal_settings(op, session, id, &key, &settings)?;
    let params = params![
        id.as_bytes(),
        session.tenant.as_bytes(),
        rows::blind_name(session, &new.name).as_slice(),
        sealed,
        wrapped,
        op.now().as_micros(),
        region,
        rule::seal(
            op,
            &key,
            &contexts::dataset_ingest(session.tenant, id),
            new.ingest.as_ref()
        )?,
        session.member,
        rule::seal(
            op,
            &key,
            &contexts::dataset_reading(session.tenant, id),
            new.reading.as_ref()
        )?,
    ];
    op.change(permit, rows::INSERT, params).map_err(name_taken)?;
    Ok(Dataset {
        id,
        name: settings.name,
        description: settings.description,
        fields: settings.fields,
        notes: settings.notes,
        hold_default: None,
        region: region.to_string(),
        work: settings.work,
        review: settings.review,
        version_notes: BTreeMap::new(),
        ingest: new.ingest.clone(),
        reading: new.reading.clone(),
        state: State::Active,
        shared: false,
        made_at: op.now(),
        archived_at: None,
    })
}

/// Seals the settings anew, with what is to be changed.
pub(super) fn change_settings(
    op: &mut Op<'_>,
    permit: &Permit<ChangeDataset>,
    session: &Session,
    row: &DatasetRow,
    change: &DatasetChange,
    region: Option<&PlaceLabel>,
) -> Result<Dataset> {
    let mut settings = row.settings(session)?;
    if let Some(name) = &change.name {
        settings.name.clone_from(name);
    }
    if let Some(description) = &change.description {
        settings.description.clone_from(description);
    }
    if let Some(fields) = &change.fields {
        settings.fields.clone_from(fields);
    }
    if let Some(work) = change.work {
        settings.work = work;
    }
    settings.review = change.review.unwrap_or(settings.review);
    apply(&mut settings.notes, &change.notes);
    let sealed = seal_settings(op, session, row.id, &row.key, &settings)?;
    let blind = rows::blind_name(session, &settings.name);
    let before = row.dataset(session)?;
    let mut version_notes = before.version_notes.clone();
    apply(&mut version_notes, &change.version_notes);
    let takes = change.ingest.clone().unwrap_or_else(|| before.ingest.clone());
    let reasons = change.reading.clone().unwrap_or_else(|| before.reading.clone());
    let params = params![
        session.tenant.as_bytes(),
        row.id.as_bytes(),
        sealed,
        blind.as_slice(),
        change
            .hold_default
            .clone()
            .unwrap_or_else(|| before.hold_default.clone()),
        region.unwrap_or(&row.region),
        defaults::sealed(op, session, row.id, &row.key, &version_notes)?,
        rule::seal(
            op,
            &row.key,
            &contexts::dataset_ingest(session.tenant, row.id),
            takes.as_ref()
        )?,
        rule::seal(
            op,
            &row.key,
            &contexts::dataset_reading(session.tenant, row.id),
            reasons.as_ref()
        )?,
    ];
    op.change(permit, rows::UPDATE_SETTINGS, params)
        .map_err(name_taken)?;
    Ok(Dataset {
        name: settings.name,
        description: settings.description,
        fields: settings.fields,
        notes: settings.notes,
        work: settings.work,
        review: settings.review,
        ingest: takes,
        reading: reasons,
        hold_default: change.hold_default.clone().unwrap_or(before.hold_default),
        region: region.unwrap_or(&row.region).to_string(),
        version_notes,
        ..before
    })
}

/// Sets the names that have a value and forgets the others.
fn apply(notes: &mut BTreeMap<String, String>, changes: &BTreeMap<String, Option<String>>) {
    for (name, value) in changes {
        match value {
            Some(value) => notes.insert(name.clone(), value.clone()),
            None => notes.remove(name),
        };
    }
}

/// Keeps what the dataset says about itself, but for its name.
pub(crate) fn keep_settings(
    op: &mut Op<'_>,
    permit: &Permit<ChangeDataset>,
    session: &Session,
    row: &DatasetRow,
    settings: &Settings,
) -> Result<()> {
    let sealed = seal_settings(op, session, row.id, &row.key, settings)?;
    op.change(
        permit,
        rows::KEEP_SETTINGS,
        params![session.tenant, row.id, sealed],
    )?;
    Ok(())
}

fn seal_settings(
    op: &Op<'_>,
    session: &Session,
    id: DatasetId,
    key: &Key,
    settings: &Settings,
) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(settings).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(sealing::seal(
        key,
        &contexts::dataset_settings(session.tenant, id),
        &text,
        op.random(),
    ))
}

fn name_taken(error: store::StoreError) -> Error {
    if error.is_unique() {
        return Error::Conflict("there is a dataset of this name already; choose another name".into());
    }
    error.into()
}
