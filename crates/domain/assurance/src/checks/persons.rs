//! People who do not exist, whom the probe team keeps things about.

use custody::Error;
use custody::annotations::{Basis, NewAnnotations};
use custody::dataset::{Dataset, DatasetRef, DeclaredField, NewDataset};
use custody::item::{Kind, PutItem, Target};
use custody::subject::Identifier;
use kernel::{ItemId, SubjectId};
use operation::Request;
use rights::Rights;
use rights::subject::Subject;

use crate::Site;
use crate::check::Trouble;
use crate::probe::Actor;

/// The field by which records of probe datasets are found.
pub(super) const FIELD: &str = "town";

/// Somebody of the probe team who acts on what is kept about people.
pub(super) struct Keeper<'a> {
    pub(super) rights: Rights,
    pub(super) by: &'a Actor,
    pub(super) dataset: Dataset,
}

impl<'a> Keeper<'a> {
    /// In the dataset of this name, whose records are found by [`FIELD`].
    pub(super) async fn of(site: &Site, by: &'a Actor, dataset: &str) -> Result<Self, Error> {
        let new = NewDataset {
            name: dataset.to_owned(),
            fields: vec![DeclaredField {
                name: FIELD.to_owned(),
                personal: true,
                searchable: true,
            }],
            ..NewDataset::default()
        };
        Ok(Self {
            rights: Rights::new(site.custody.clone()),
            by,
            dataset: by.dataset(new).await?,
        })
    }

    /// Puts a file about somebody.
    pub(super) async fn file(&self, name: &str, person: &str, text: &str) -> Result<ItemId, Error> {
        self.put(name, person, (Kind::File, "text/plain"), text).await
    }

    /// Puts a record about somebody, with this as its [`FIELD`].
    pub(super) async fn record(&self, name: &str, person: &str, says: &str) -> Result<ItemId, Error> {
        self.put(name, person, (Kind::Record, "application/json"), &saying(says))
            .await
    }

    /// Puts a record in place of the one before, with this as its [`FIELD`].
    pub(super) async fn correct(&self, name: &str, says: &str) -> Result<(), Error> {
        let put = PutItem {
            kind: Kind::Record,
            ..PutItem::file(self.target(name), "application/json")
        };
        self.by.put_as(put, saying(says).as_bytes()).await.map(drop)
    }

    async fn put(
        &self,
        name: &str,
        person: &str,
        (kind, content_type): (Kind, &str),
        text: &str,
    ) -> Result<ItemId, Error> {
        let put = PutItem {
            kind,
            subject: Some(person.to_owned()),
            ..PutItem::file(self.target(name), content_type)
        };
        Ok(self.by.put_as(put, text.as_bytes()).await?.item.id)
    }

    /// The name in the dataset.
    pub(super) fn target(&self, name: &str) -> Target {
        Target::Name(DatasetRef::Id(self.dataset.id), name.to_owned())
    }

    /// Who is known by this.
    pub(super) async fn find(&self, person: &str) -> Result<Subject, Error> {
        let identifier = Identifier::parse(person)?;
        self.rights
            .find_subject(&self.by.key, self.by.request(), identifier)
            .await
    }

    /// Says something about items, so that there is something to export.
    pub(super) async fn say_something(&self, items: &[ItemId]) -> Result<(), Error> {
        for item in items {
            let new = NewAnnotations {
                set: Default::default(),
                basis: Basis::Nothing,
                version: None,
            };
            let said = self
                .by
                .custody
                .annotate(&self.by.key, self.by.request(), *item, new);
            said.await?;
        }
        Ok(())
    }

    /// Lifts a restriction, as a check that broke off may have left it.
    pub(super) async fn lift(&self, subject: SubjectId) -> Result<(), Error> {
        let request = Request {
            reason: Some("a check of the installation is over".to_owned()),
            ..self.by.request()
        };
        let lifted = self.rights.lift_restriction(&self.by.key, request, subject).await;
        lifted.map(drop)
    }

    /// Removes items, those that are gone already among them.
    pub(super) async fn remove(&self, items: &[ItemId]) -> Result<(), Trouble> {
        for item in items {
            match self.by.remove(*item).await {
                Ok(()) | Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn saying(says: &str) -> String {
    serde_json::json!({ FIELD: says, "kept": "as it was" }).to_string()
}
