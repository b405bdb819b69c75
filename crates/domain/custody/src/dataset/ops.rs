//! Acts on datasets.

use std::collections::BTreeMap;

use access::{Action, Class};
use kernel::{Page, PageRequest};
use operation::acts::{
    ArchiveDataset, ChangeDataset, CreateDataset, DeleteDataset, ListDatasets, RestoreDataset, ViewDataset,
};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::objects::PlaceLabel;
use store::params;

use super::make::{change_settings, insert};
use super::rows::{self, DatasetRow};
use super::{Dataset, DatasetRef, DeclaredField, Ingest, Reading, State, check_fields, check_name};
use crate::erasure::{self, What};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::task::Work;
use crate::{Credential, Custody, IdempotencyKey, legal_hold, replay, retention};

/// A dataset to be made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDataset {
    /// Unique in the tenant; fits an S3 bucket.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Declared fields of its records.
    #[serde(default)]
    pub fields: Vec<DeclaredField>,
    /// The label of the place where its bytes are to lie; home when nobody says.
    #[serde(default)]
    pub region: Option<String>,
    /// How its items are handed out as work; not at all when absent.
    #[serde(default)]
    pub work: Option<Work>,
    /// Whether submitted work is reviewed by somebody else.
    #[serde(default)]
    pub review: bool,
    /// What it takes in; anything when absent.
    #[serde(default)]
    pub ingest: Option<Ingest>,
    /// For which reasons its content is read; without one when absent.
    #[serde(default)]
    pub reading: Option<Reading>,
}

impl NewDataset {
    fn checked(self) -> Result<Self> {
        check_name(&self.name)?;
        check_fields(&self.fields)?;
        self.work.map_or(Ok(()), |work| work.check())?;
        Ok(Self {
            ingest: self.ingest.map(Ingest::checked).transpose()?,
            reading: self.reading.map(Reading::checked).transpose()?,
            ..self
        })
    }
}

/// What to change; absent parts stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetChange {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// A new description.
    #[serde(default)]
    pub description: Option<String>,
    /// A new list of declared fields. Records that are stored already are not indexed anew.
    #[serde(default)]
    pub fields: Option<Vec<DeclaredField>>,
    /// The label of the place where the bytes of new versions are to lie. Versions that are there stay where they are.
    #[serde(default)]
    pub region: Option<String>,
    /// What surfaces keep: set where there is a value, forgotten where there is none.
    #[serde(skip)]
    pub notes: BTreeMap<String, Option<String>>,
    /// How new versions are to be held; not at all when there is nothing in it. What is held already stays held.
    #[serde(skip)]
    pub hold_default: Option<Option<String>>,
    /// How items are to be handed out as work; not at all when there is nothing in it. Live tasks stay as they are.
    #[serde(skip)]
    pub work: Option<Option<Work>>,
    /// Whether submitted work is to be reviewed by somebody else.
    #[serde(skip)]
    pub review: Option<bool>,
    /// What surfaces are to keep about every new version: set where there is a value, forgotten where there is none.
    #[serde(skip)]
    pub version_notes: BTreeMap<String, Option<String>>,
    /// What it is to take in; anything when there is nothing in it. What is kept already stays.
    #[serde(skip)]
    pub ingest: Option<Option<Ingest>>,
    /// For which reasons its content is to be read from now on; without one when there is nothing in it.
    #[serde(skip)]
    pub reading: Option<Option<Reading>>,
}

impl DatasetChange {
    fn checked(self) -> Result<Self> {
        if let Some(name) = &self.name {
            check_name(name)?;
        }
        check_fields(self.fields.as_deref().unwrap_or_default())?;
        self.work.flatten().map_or(Ok(()), |work| work.check())?;
        let ingest = self
            .ingest
            .map(|rule| rule.map(Ingest::checked).transpose())
            .transpose()?;
        let reading = self
            .reading
            .map(|rule| rule.map(Reading::checked).transpose())
            .transpose()?;
        Ok(Self {
            ingest,
            reading,
            ..self
        })
    }

    /// What the trail says of it: which parts, and nothing of what they say. What is taken in, and for which reasons content is read,
    /// are rules that later refusals are read by, and are said.
    fn details(&self, region: Option<&str>) -> serde_json::Value {
        let notes: Vec<_> = self.notes.keys().chain(self.version_notes.keys()).collect();
        let mut details = json!({
            "fields": self.fields.is_some(), "name": self.name.is_some(), "region": region, "notes": notes,
            "work": self.work.is_some(), "review": self.review
        });
        if let Some(rule) = &self.ingest {
            details["ingest"] = json!(rule);
        }
        if let Some(rule) = &self.reading {
            details["reading"] = json!(rule);
        }
        details
    }
}

impl Custody {
    /// Makes a dataset with a key of its own.
    pub async fn create_dataset(
        &self,
        credential: &Credential,
        request: Request,
        new: NewDataset,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Dataset> {
        let new = new.checked()?;
        let region = self.region(new.region.as_deref())?.unwrap_or_default();
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DatasetCreate)?;
                let permit: Permit<CreateDataset> = op.permit(Resource::tenant(), &session.facts())?;
                if let Some(kept) = replay::find(op, &session, idempotency.as_ref())? {
                    op.record(permit, json!({ "repeated": true }))?;
                    return Ok(kept);
                }
                let dataset = insert(op, &permit, &session, &new, &region)?;
                replay::keep(op, &session, idempotency.as_ref(), &dataset)?;
                let mut details = json!({ "dataset": dataset.id, "region": dataset.region });
                if let Some(rule) = &dataset.ingest {
                    details["ingest"] = json!(rule);
                }
                if let Some(rule) = &dataset.reading {
                    details["reading"] = json!(rule);
                }
                op.record(permit, details)?;
                Ok(dataset)
            })
            .await
    }

    /// One page of the tenant's datasets. Classes that are limited to granted datasets see those only.
    pub async fn list_datasets(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Dataset>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DatasetList)?;
                let permit: Permit<ListDatasets> = op.permit(Resource::tenant(), &session.facts())?;
                let listed = list_page(op, &permit, &session, &page)?;
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// One dataset.
    pub async fn dataset(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<Dataset> {
        self.on_dataset::<ViewDataset, _>(credential, request, dataset, |_, _, session, row| {
            Ok((row.dataset(session)?, json!(null)))
        })
        .await
    }

    /// Changes name, description, declared fields, how work is handed out, what is taken in or why content is read.
    pub async fn change_dataset(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        change: DatasetChange,
    ) -> Result<Dataset> {
        let change = change.checked()?;
        let region = self.region(change.region.as_deref())?;
        self.on_dataset::<ChangeDataset, _>(credential, request, dataset, move |op, permit, session, row| {
            let changed = change_settings(op, permit, session, row, &change, region.as_ref())?;
            let moved = region.as_ref().map(PlaceLabel::as_str);
            Ok((changed, change.details(moved)))
        })
        .await
    }

    /// Puts a dataset out of use. Its items stay as they are and cannot be read or changed until it is restored.
    pub async fn archive_dataset(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<Dataset> {
        self.on_dataset::<ArchiveDataset, _>(credential, request, dataset, |op, permit, session, row| {
            move_to(op, permit, session, row, State::Archived)
        })
        .await
    }

    /// Takes an archived dataset back into use.
    pub async fn restore_dataset(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<Dataset> {
        self.on_dataset::<RestoreDataset, _>(credential, request, dataset, |op, permit, session, row| {
            move_to(op, permit, session, row, State::Active)
        })
        .await
    }

    /// Deletes an archived and empty dataset and destroys its key.
    pub async fn delete_dataset(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<kernel::EventId> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DatasetDelete)?;
                let (row, permit) = permitted::<DeleteDataset>(op, &session, &dataset)?;
                let ids = params![session.tenant.as_bytes(), row.id.as_bytes()];
                if op.find(rows::HAS_ITEMS, ids)?.is_some() {
                    return Err(Error::Conflict(
                        "the dataset still has items; archive and delete them first".into(),
                    ));
                }
                let uploads = crate::upload::drop_all(op, &permit, &session, row.id)?;
                retention::forget(op, &permit, &session, row.id.as_bytes())?;
                op.change(&permit, rows::DELETE, ids)?;
                erasure::note(op, &permit, session.tenant, What::Dataset, row.id.as_bytes())?;
                Ok(op.record(permit, json!({ "key": "destroyed", "uploads": uploads }))?)
            })
            .await
    }

    async fn on_dataset<A, F>(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        act: F,
    ) -> Result<Dataset>
    where
        A: Act,
        F: Fn(&mut Op<'_>, &Permit<A>, &Session, &DatasetRow) -> Result<(Dataset, serde_json::Value)>
            + Send
            + 'static,
    {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, A::ACTION)?;
                let (row, permit) = permitted::<A>(op, &session, &dataset)?;
                let (changed, details) = act(op, &permit, &session, &row)?;
                op.record(permit, details)?;
                Ok(changed)
            })
            .await
    }
}

/// Finds the dataset and asks for the permit; unknown ids are recorded like refusals and answer alike.
pub(crate) fn permitted<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRef,
) -> Result<(DatasetRow, Permit<A>)> {
    let row = found(op, session, dataset, A::ACTION)?;
    let facts = access::Facts {
        on_hold: A::ACTION == Action::DatasetDelete && legal_hold::holds_dataset(op, session, row.id)?,
        state: row.state.into(),
        ..session.dataset_facts(row.id, row.granted)
    };
    let permit = op.permit(Resource::dataset(row.id), &facts)?;
    Ok((row, permit))
}

/// The dataset, or the refusal that an unknown one gets.
pub(crate) fn found(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRef,
    action: Action,
) -> Result<DatasetRow> {
    if let Some(row) = rows::find(op, session, dataset)? {
        return Ok(row);
    }
    // A name may be personal, so only ids are recorded.
    let asked = match dataset {
        DatasetRef::Id(id) => json!(id),
        DatasetRef::Name(_) => json!("a name"),
    };
    op.refuse(
        action,
        Resource {
            kind: "dataset",
            ..Resource::default()
        },
        json!({ "reasons": ["unknown"], "asked": asked }),
    )?;
    Err(Error::NotFound("dataset"))
}

fn move_to<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &DatasetRow,
    state: State,
) -> Result<(Dataset, serde_json::Value)> {
    if row.state == state {
        return Err(Error::Conflict(format!(
            "the dataset is {} already",
            state.as_str()
        )));
    }
    let archived_at = (state == State::Archived).then(|| op.now());
    let params = params![
        session.tenant.as_bytes(),
        row.id.as_bytes(),
        state.as_str(),
        archived_at.map(|moment| moment.as_micros()),
    ];
    op.change(permit, rows::UPDATE_STATE, params)?;
    Ok((
        Dataset {
            state,
            archived_at,
            ..row.dataset(session)?
        },
        json!(null),
    ))
}

/// Whether the caller may know of the dataset. Classes that work for hire see what they were given and nothing else.
pub(crate) fn is_visible(session: &Session, row: &DatasetRow) -> bool {
    let sees_all = !matches!(session.class, Class::WorkforceManager | Class::Worker);
    session.covers(row.id) && (sees_all || row.granted)
}

fn list_page(
    op: &mut Op<'_>,
    permit: &Permit<ListDatasets>,
    session: &Session,
    page: &PageRequest,
) -> Result<Page<Dataset>> {
    let after = page
        .after
        .as_ref()
        .map(|cursor| cursor.key().to_vec())
        .unwrap_or_default();
    let limit = i64::from(page.limit) + 1;
    let now = op.now().as_micros();
    let params = params![
        session.tenant.as_bytes(),
        after,
        session.member.as_bytes(),
        now,
        limit
    ];
    let rows = op.list(permit, &rows::page_sql(), params)?;
    let rows = rows
        .iter()
        .map(|row| DatasetRow::read(session, row))
        .collect::<Result<Vec<_>>>()?;
    let page = Page::from_rows(rows, page.limit, |row| row.id.as_bytes().to_vec());
    let visible = page.items.iter().filter(|row| is_visible(session, row));
    let items = visible
        .map(|row| row.dataset(session))
        .collect::<Result<Vec<_>>>()?;
    Ok(Page {
        items,
        next: page.next,
    })
}
