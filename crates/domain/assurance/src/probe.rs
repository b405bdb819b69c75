//! The people of the probe teams, and what they do.

use std::time::Duration;

use access::Class;
use bytes::Bytes;
use custody::dataset::{Dataset, DatasetRef, NewDataset};
use custody::installation::ProbeTeam;
use custody::item::{BodyError, PutItem, ReadItem, Stored, Target, Verb};
use custody::key::NewKey;
use custody::member::{Member, NewMember};
use custody::{Credential, Custody, Error};
use futures_util::stream;
use kernel::{ItemId, MemberId, PageRequest, TenantId, Timestamp};
use secrecy::ExposeSecret as _;

use crate::check::Trouble;

/// How long the keys of a round last.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Keys with less than this left are not begun with.
const REST: Duration = Duration::from_secs(60 * 60);

/// Everybody.
pub(crate) struct Probes {
    pub(crate) one: Team,
    pub(crate) twin: Team,
    pub(crate) unsigned: Actor,
    until: Timestamp,
}

/// A team under contract.
pub(crate) struct Team {
    pub(crate) tenant: TenantId,
    pub(crate) owner: Actor,
    pub(crate) admin: Actor,
    pub(crate) user: Actor,
    pub(crate) worker: Actor,
}

/// Somebody who acts.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) custody: Custody,
    pub(crate) member: MemberId,
    pub(crate) key: Credential,
}

impl Probes {
    /// Finds or makes the teams and their people, with fresh keys.
    pub(crate) async fn make(custody: &Custody) -> Result<Self, Trouble> {
        let until = custody.desk().clock.now().plus(LIFE);
        let (unsigned, _) = owner(custody, ProbeTeam::Unsigned, until).await?;
        Ok(Self {
            one: Team::make(custody, ProbeTeam::One, until).await?,
            twin: Team::make(custody, ProbeTeam::Twin, until).await?,
            unsigned,
            until,
        })
    }

    pub(crate) fn are_good(&self, now: Timestamp) -> bool {
        now.plus(REST) < self.until
    }
}

async fn owner(custody: &Custody, team: ProbeTeam, until: Timestamp) -> Result<(Actor, TenantId), Trouble> {
    let request = custody.desk().own_request();
    let found = custody.probe_owner(request, team, until).await?;
    let actor = Actor {
        custody: custody.clone(),
        member: found.member,
        key: found.credential,
    };
    Ok((actor, found.tenant))
}

impl Team {
    async fn make(custody: &Custody, team: ProbeTeam, until: Timestamp) -> Result<Self, Trouble> {
        let (owner, tenant) = owner(custody, team, until).await?;
        let page = PageRequest::first(100);
        let listed = custody.list_members(&owner.key, owner.request(), page).await?;
        let known = listed.items;
        Ok(Self {
            tenant,
            admin: owner.colleague(&known, Class::Admin, until).await?,
            user: owner.colleague(&known, Class::User, until).await?,
            worker: owner.colleague(&known, Class::Worker, until).await?,
            owner,
        })
    }
}

impl Actor {
    /// A request without a reason.
    pub(crate) fn request(&self) -> operation::Request {
        self.custody.desk().own_request()
    }

    /// The owner of the team whose rules of coming in are changed, which is made when it is first needed.
    pub(crate) async fn joining(custody: &Custody) -> Result<Self, Trouble> {
        Self::owner_of(custody, ProbeTeam::Joining).await
    }

    /// The owner of a probe team with a key for a day.
    pub(crate) async fn owner_of(custody: &Custody, team: ProbeTeam) -> Result<Self, Trouble> {
        let until = custody.desk().clock.now().plus(LIFE);
        Ok(owner(custody, team, until).await?.0)
    }

    /// Somebody of this class in this owner's team, taken in if they are not there, with a key for a day.
    pub(crate) async fn somebody(&self, class: Class) -> Result<Self, Trouble> {
        let until = self.custody.desk().clock.now().plus(LIFE);
        let page = PageRequest::first(100);
        let known = self.custody.list_members(&self.key, self.request(), page).await?;
        self.colleague(&known.items, class, until).await
    }

    /// The probe person of this class, taken in if they are not there, with a key until then.
    async fn colleague(&self, known: &[Member], class: Class, until: Timestamp) -> Result<Self, Trouble> {
        let email = format!("{class}@probe.invalid");
        let found = known.iter().find(|member| member.email == email);
        let member = match found {
            Some(member) => member.id,
            None => self.take_in(email, class).await?,
        };
        if found.is_some_and(|member| member.class != class) {
            let change = custody::member::MemberChange { class };
            self.custody
                .change_member(&self.key, self.request(), member, change)
                .await?;
        }
        self.custody
            .enable_member(&self.key, self.request(), member)
            .await?;
        let key = self.key_for(member, Some(until)).await?;
        Ok(self.with(member, key))
    }

    async fn take_in(&self, email: String, class: Class) -> Result<MemberId, Trouble> {
        let new = NewMember {
            name: format!("Probe {class}"),
            email,
            class,
        };
        let taken = self.custody.invite_member(&self.key, self.request(), new, None);
        Ok(taken.await?.id)
    }

    /// The same custody, somebody else.
    pub(crate) fn with(&self, member: MemberId, key: Credential) -> Self {
        Self {
            custody: self.custody.clone(),
            member,
            key,
        }
    }

    /// The same person at another custody.
    pub(crate) fn at(&self, custody: &Custody) -> Self {
        Self {
            custody: custody.clone(),
            ..self.clone()
        }
    }

    /// A further key for a member.
    pub(crate) async fn key_for(
        &self,
        member: MemberId,
        expires_at: Option<Timestamp>,
    ) -> Result<Credential, Error> {
        let new = NewKey {
            member: Some(member),
            label: "probe".to_owned(),
            expires_at,
            ..NewKey::default()
        };
        let issued = self
            .custody
            .issue_key(&self.key, self.request(), new, None)
            .await?;
        Credential::parse(issued.secret.expose_secret()).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The dataset of this name, made as said if it is not there.
    pub(crate) async fn dataset(&self, new: NewDataset) -> Result<Dataset, Error> {
        let named = DatasetRef::Name(new.name.clone());
        match self.custody.dataset(&self.key, self.request(), named).await {
            Err(Error::NotFound(_)) => {
                let made = self.custody.create_dataset(&self.key, self.request(), new, None);
                made.await
            }
            found => found,
        }
    }

    /// The plain dataset of this name.
    pub(crate) async fn plain(&self, name: &str) -> Result<Dataset, Error> {
        let new = NewDataset {
            name: name.to_owned(),
            ..NewDataset::default()
        };
        self.dataset(new).await
    }

    /// Puts bytes under a name.
    pub(crate) async fn put(&self, dataset: &Dataset, name: &str, bytes: &[u8]) -> Result<Stored, Error> {
        let target = Target::Name(DatasetRef::Id(dataset.id), name.to_owned());
        self.put_as(PutItem::file(target, "application/octet-stream"), bytes)
            .await
    }

    /// Puts bytes with everything said.
    pub(crate) async fn put_as(&self, put: PutItem, bytes: &[u8]) -> Result<Stored, Error> {
        let body: Result<Bytes, BodyError> = Ok(Bytes::copy_from_slice(bytes));
        let body = stream::iter([body]);
        self.custody.put(&self.key, self.request(), put, body).await
    }

    /// Reads an item to its end.
    pub(crate) async fn get(&self, item: ItemId) -> Result<Vec<u8>, Error> {
        let read = self
            .custody
            .read(&self.key, self.request(), item, ReadItem::default())
            .await?;
        let mut body = read.body.ok_or(Error::NotFound("body"))?;
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// Archives, restores or deletes.
    pub(crate) async fn change(&self, item: ItemId, verb: Verb) -> Result<(), Error> {
        let changed = self
            .custody
            .change_state(&self.key, self.request(), item, verb, None);
        changed.await.map(drop)
    }

    /// Archives and deletes.
    pub(crate) async fn remove(&self, item: ItemId) -> Result<(), Error> {
        self.change(item, Verb::Archive).await?;
        self.change(item, Verb::Delete).await
    }
}
