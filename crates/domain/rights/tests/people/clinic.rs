//! A clinic that keeps notes and scans of patients.

use access::Class;
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms};
use custody::item::{Kind, PutItem, Target};
use custody::record::{Field, FieldType, Match, NewKind, NewRecord, RecordQuery, Said};
use custody::task::Work;
use custody::{Error, Result};
use engines::TestDb;
use kernel::{ItemId, PageRequest, SubjectId};
use operation::Request;
use rights::Rights;
use rights::subject::{Identifier, LinkedItem, Subject};
use testkit::{Person, Team, World, pieces};

pub(crate) struct Clinic {
    pub(crate) rights: Rights,
    pub(crate) team: Team,
    /// The privacy officer.
    pub(crate) officer: Person,
    pub(crate) world: World,
}

pub(crate) fn notes() -> DatasetRef {
    DatasetRef::parse("notes")
}

/// The dataset of profiles.
pub(crate) fn people() -> DatasetRef {
    DatasetRef::parse("people")
}

pub(crate) fn known_by(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

pub(crate) fn because(person: &Person, reason: &str) -> Request {
    Request {
        reason: Some(reason.into()),
        ..person.request()
    }
}

/// Whether it was refused because of a restriction, and not for another reason.
pub(crate) fn is_restricted<T>(result: Result<T>) -> bool {
    match result {
        Err(Error::Forbidden { reasons, .. }) => reasons
            .iter()
            .any(|reason| reason.starts_with("limit.restricted")),
        _ => false,
    }
}

impl Clinic {
    pub(crate) async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset_with("notes", &["email"]).await.unwrap();
        let officer = team.member(Class::PrivacyOfficer).await;
        Self {
            rights: Rights::new(world.custody.clone()),
            team,
            officer,
            world,
        }
    }

    /// Puts a file about somebody.
    pub(crate) async fn put(&self, name: &str, handle: &str) -> ItemId {
        self.try_put(name, handle).await.unwrap()
    }

    pub(crate) async fn try_put(&self, name: &str, handle: &str) -> Result<ItemId> {
        let put = PutItem {
            subject: Some(handle.into()),
            ..PutItem::file(Target::Name(notes(), name.into()), "text/plain")
        };
        let stored = self.team.owner.put_as(put, pieces(name.as_bytes())).await?;
        Ok(stored.item.id)
    }

    /// Puts a record about somebody.
    pub(crate) async fn put_record(&self, name: &str, handle: &str, json: &str) -> ItemId {
        let put = PutItem {
            kind: Kind::Record,
            subject: Some(handle.into()),
            ..PutItem::file(Target::Name(notes(), name.into()), "application/json")
        };
        self.team
            .owner
            .put_as(put, pieces(json.as_bytes()))
            .await
            .unwrap()
            .item
            .id
    }

    /// Takes in a record of a declared kind about somebody, in a dataset of its own.
    pub(crate) async fn profile(&self, name: &str, email: &str) -> ItemId {
        let (owner, custody) = (&self.team.owner, &self.world.custody);
        if owner.dataset("people").await.is_ok() {
            let email = Field {
                name: "email".into(),
                field_type: FieldType::Email,
                required: true,
                personal: true,
                find_by_value: true,
                find_by_word: false,
                masked: None,
            };
            let about = Field {
                name: "about".into(),
                field_type: FieldType::Text,
                required: false,
                find_by_value: false,
                find_by_word: true,
                masked: None,
                ..email.clone()
            };
            let kind = NewKind {
                name: "profile".into(),
                fields: vec![email, about],
                subject: Some("email".into()),
            };
            let declared = custody.declare_kind(&owner.credential, owner.request(), people(), kind);
            declared.await.unwrap();
        }
        let new = NewRecord {
            kind: "profile".into(),
            name: Some(name.into()),
            subject: None,
            values: [
                ("email".to_owned(), email.into()),
                ("about".to_owned(), "likes tea".into()),
            ]
            .into_iter()
            .collect(),
            said: Said {
                source: "web form".into(),
                at: None,
                basis: None,
            },
            provenance: Default::default(),
        };
        let made = custody.create_record(&owner.credential, owner.request(), people(), new, None);
        made.await.unwrap().record.id
    }

    /// The names of profiles that have this word.
    pub(crate) async fn profiles_with(&self, person: &Person, word: &str) -> Vec<String> {
        let query = RecordQuery {
            kind: "profile".into(),
            field: "about".into(),
            matches: Match::Words(word.into()),
        };
        let (custody, page) = (&self.world.custody, PageRequest::first(10));
        let found = custody.find_records(&person.credential, person.request(), people(), query, page);
        found
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|head| head.name)
            .collect()
    }

    pub(crate) async fn find(&self, handle: &str) -> Result<Subject> {
        let officer = &self.officer;
        self.rights
            .find_subject(&officer.credential, officer.request(), known_by(handle))
            .await
    }

    pub(crate) async fn id(&self, handle: &str) -> SubjectId {
        self.find(handle).await.unwrap().id
    }

    pub(crate) async fn about(&self, subject: SubjectId) -> Vec<LinkedItem> {
        let (officer, page) = (&self.officer, PageRequest::first(100));
        let found = self
            .rights
            .items_about(&officer.credential, officer.request(), subject, page);
        found.await.unwrap().items
    }

    pub(crate) async fn link(&self, item: ItemId, people: &[SubjectId]) -> Result<Vec<SubjectId>> {
        let officer = &self.officer;
        self.rights
            .link(&officer.credential, officer.request(), item, people.to_vec())
            .await
    }

    /// The dataset hands out work to a worker.
    pub(crate) async fn worker(&self) -> Person {
        let owner = &self.team.owner;
        let work = Work {
            batch: 3,
            lease_minutes: 30,
            open_per_worker: 2,
            originals: false,
        };
        let change = DatasetChange {
            work: Some(Some(work)),
            ..DatasetChange::default()
        };
        let custody = &self.world.custody;
        custody
            .change_dataset(&owner.credential, owner.request(), notes(), change)
            .await
            .unwrap();
        let worker = self.team.member(Class::Worker).await;
        let terms = GrantTerms::default();
        let given = custody.give_grant(&owner.credential, owner.request(), notes(), worker.member, terms);
        given.await.unwrap();
        worker
    }
}
