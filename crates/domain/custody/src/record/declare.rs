//! Declaring the kinds of records that a dataset takes.

use operation::Request;
use operation::acts::{ChangeDataset, ViewDataset};
use serde_json::json;

use super::cover;
use super::kind::{self, Field, RecordKind};
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::{Credential, Custody};

/// A kind to be declared, or declared anew.
#[derive(Debug, Clone)]
pub struct NewKind {
    /// Its name, unique in the dataset.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The field that names the person a record is about.
    pub subject: Option<String>,
}

impl Custody {
    /// The kinds of records that a dataset takes, by name.
    pub async fn record_kinds(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<Vec<RecordKind>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, access::Action::DatasetView)?;
                let (row, permit) = dataset::permitted::<ViewDataset>(op, &session, &dataset)?;
                let kinds = row.settings(&session)?.kinds;
                op.record(permit, json!({ "kinds": kinds.len() }))?;
                Ok(kinds)
            })
            .await
    }

    /// Declares a kind, or declares it anew, which counts its version up. Records that are kept stay as they are: they are held to it
    /// and found by it from their next version on. What is masked is masked at once, in all of them; to show more of a field than was shown takes
    /// the right to `record.unmask`.
    pub async fn declare_kind(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        new: NewKind,
    ) -> Result<RecordKind> {
        let declared = RecordKind {
            name: new.name,
            version: 1,
            fields: new.fields,
            subject: new.subject,
        };
        declared.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, access::Action::DatasetChange)?;
                let (row, permit) = dataset::permitted::<ChangeDataset>(op, &session, &dataset)?;
                let mut settings = row.settings(&session)?;
                let before = settings.kinds.iter().find(|kind| kind.name == declared.name);
                let after = counted(before, &declared);
                cover::declare(op, &session, &row, &mut settings, &after)?;
                settings.kinds.retain(|kind| kind.name != after.name);
                settings.kinds.push(after.clone());
                settings.kinds.sort_by(|one, other| one.name.cmp(&other.name));
                kind::check_all(&settings.kinds)?;
                dataset::keep_settings(op, &permit, &session, &row, &settings)?;
                let named = |field: &Field| field.name.clone();
                let fields: Vec<String> = after.fields.iter().map(named).collect();
                let masked = after.fields.iter().filter(|field| field.masked.is_some());
                let masked: Vec<String> = masked.map(named).collect();
                op.record(
                    permit,
                    json!({ "kind": after.name, "version": after.version, "fields": fields, "masked": masked }),
                )?;
                Ok(after)
            })
            .await
    }

    /// Takes a kind away. Records of it can be deleted, and read by who may see what is masked, and cannot be changed or found by their fields.
    pub async fn remove_kind(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: String,
    ) -> Result<RecordKind> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, access::Action::DatasetChange)?;
                let (row, permit) = dataset::permitted::<ChangeDataset>(op, &session, &dataset)?;
                let mut settings = row.settings(&session)?;
                let found = settings.kinds.iter().position(|kind| kind.name == name);
                let removed = settings.kinds.remove(found.ok_or(Error::NotFound("kind"))?);
                dataset::keep_settings(op, &permit, &session, &row, &settings)?;
                op.record(permit, json!({ "kind": removed.name, "removed": true }))?;
                Ok(removed)
            })
            .await
    }
}

/// The kind with its number: another one only when it says something else.
fn counted(before: Option<&RecordKind>, declared: &RecordKind) -> RecordKind {
    let version = match before {
        None => 1,
        Some(before) if before.fields == declared.fields && before.subject == declared.subject => {
            before.version
        }
        Some(before) => before.version + 1,
    };
    RecordKind {
        version,
        ..declared.clone()
    }
}
