//! A member with a key, and what they do.

use access::{ActionSet, Class};
use bytes::Bytes;
use custody::dataset::{Dataset, DatasetRef, DeclaredField, NewDataset};
use custody::item::{BodyError, Content, Item, PutItem, ReadItem, Stored, Target, Verb};
use custody::key::NewKey;
use custody::trail::TrailFilter;
use custody::{Credential, Custody, Error, KeyScope, Result};
use futures_util::stream;
use kernel::{EventId, ItemId, MemberId, PageRequest};
use operation::Request;
use operation::trail::TrailEntry;
use secrecy::ExposeSecret;

/// Somebody who can act.
#[derive(Clone)]
pub struct Person {
    /// What they sign in with.
    pub credential: Credential,
    /// Their id.
    pub member: MemberId,
    /// What they are.
    pub class: Class,
    custody: Custody,
}

impl Person {
    /// Somebody with this key.
    pub fn with(custody: &Custody, credential: Credential, member: MemberId, class: Class) -> Self {
        Self {
            credential,
            member,
            class,
            custody: custody.clone(),
        }
    }

    /// The custody they act in.
    pub fn custody(&self) -> &Custody {
        &self.custody
    }

    /// The same person at another process's custody.
    pub fn at(&self, custody: &Custody) -> Self {
        Self {
            custody: custody.clone(),
            ..self.clone()
        }
    }

    /// The same person with another key.
    pub fn with_key(&self, credential: &Credential) -> Self {
        Self {
            credential: credential.clone(),
            ..self.clone()
        }
    }

    /// A request without client or reason.
    pub fn request(&self) -> Request {
        self.custody.desk().own_request()
    }

    /// Makes a dataset without declared fields.
    pub async fn dataset(&self, name: &str) -> Result<Dataset> {
        self.dataset_with(name, &[]).await
    }

    /// Makes a dataset whose records can be searched by these fields.
    pub async fn dataset_with(&self, name: &str, searchable: &[&str]) -> Result<Dataset> {
        let field = |name: &&str| DeclaredField {
            name: (*name).into(),
            personal: true,
            searchable: true,
        };
        let fields = searchable.iter().map(field).collect();
        let new = NewDataset {
            name: name.into(),
            fields,
            ..NewDataset::default()
        };
        self.custody
            .create_dataset(&self.credential, self.request(), new, None)
            .await
    }

    /// Makes a dataset whose bytes lie in this place.
    pub async fn dataset_in(&self, name: &str, region: &str) -> Result<Dataset> {
        let new = NewDataset {
            name: name.into(),
            region: Some(region.into()),
            ..NewDataset::default()
        };
        self.custody
            .create_dataset(&self.credential, self.request(), new, None)
            .await
    }

    /// Puts bytes as a file.
    pub async fn put(&self, dataset: &str, name: &str, bytes: &[u8]) -> Result<Stored> {
        let target = Target::Name(DatasetRef::parse(dataset), name.into());
        self.put_as(PutItem::file(target, "application/octet-stream"), pieces(bytes))
            .await
    }

    /// Puts with everything said.
    pub async fn put_as(
        &self,
        put: PutItem,
        body: Vec<std::result::Result<Bytes, BodyError>>,
    ) -> Result<Stored> {
        self.custody
            .put(&self.credential, self.request(), put, stream::iter(body))
            .await
    }

    /// Opens an item's content.
    pub async fn open(&self, item: ItemId, read: ReadItem) -> Result<Content> {
        self.custody
            .read(&self.credential, self.request(), item, read)
            .await
    }

    /// Reads an item's newest version to its end.
    pub async fn get(&self, item: ItemId) -> Result<Vec<u8>> {
        self.get_as(item, ReadItem::default()).await
    }

    /// Reads what was asked for to its end.
    pub async fn get_as(&self, item: ItemId, read: ReadItem) -> Result<Vec<u8>> {
        let mut body = self.open(item, read).await?.body.ok_or(Error::NotFound("body"))?;
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// Archives, restores or deletes; gives the entry of the trail.
    pub async fn change(&self, item: ItemId, verb: Verb) -> Result<EventId> {
        let changed = self
            .custody
            .change_state(&self.credential, self.request(), item, verb, None)
            .await?;
        Ok(changed.event)
    }

    /// What an item is.
    pub async fn item(&self, item: ItemId) -> Result<Item> {
        self.custody.item(&self.credential, self.request(), item).await
    }

    /// The newest hundred events that fit.
    pub async fn trail(&self, filter: TrailFilter) -> Result<Vec<TrailEntry>> {
        let page = PageRequest::first(100);
        Ok(self
            .custody
            .trail(&self.credential, self.request(), filter, page)
            .await?
            .items)
    }

    /// The receipt of an event.
    pub async fn receipt(&self, event: EventId) -> Result<String> {
        self.custody
            .receipt(&self.credential, self.request(), event)
            .await
    }

    /// A further key of their own.
    pub async fn issue_key(&self) -> Credential {
        self.issue_key_for(self.member).await
    }

    /// A key for a member.
    pub async fn issue_key_for(&self, member: MemberId) -> Credential {
        let new = NewKey {
            member: Some(member),
            label: "a key".into(),
            ..NewKey::default()
        };
        let issued = self
            .custody
            .issue_key(&self.credential, self.request(), new, None)
            .await
            .unwrap();
        Credential::parse(issued.secret.expose_secret()).unwrap()
    }

    /// A key for a member whose scope lists these actions, as some acts ask for.
    pub async fn issue_key_naming(&self, member: MemberId, actions: &[&str]) -> Credential {
        let scope = KeyScope {
            actions: Some(ActionSet::parse(actions).unwrap()),
            ..KeyScope::default()
        };
        let new = NewKey {
            member: Some(member),
            label: "a key that was meant for it".into(),
            scope,
            ..NewKey::default()
        };
        let issued = self
            .custody
            .issue_key(&self.credential, self.request(), new, None)
            .await
            .unwrap();
        Credential::parse(issued.secret.expose_secret()).unwrap()
    }

    /// Invalidates the key of this credential.
    pub async fn invalidate(&self, credential: &Credential) -> Result<()> {
        self.custody
            .invalidate_key(&self.credential, self.request(), credential.key)
            .await
            .map(drop)
    }
}

/// A body in pieces of 10,000 bytes, so that no piece fits a chunk.
pub fn pieces(bytes: &[u8]) -> Vec<std::result::Result<Bytes, BodyError>> {
    bytes
        .chunks(10_000)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect()
}
