//! Keys on the wire.

use std::time::Duration;

use access::ActionSet;
use custody::dataset::DatasetRef;
use custody::key::{self, AddressRange, KeyScope, Origin};
use kernel::{DatasetId, KeyId, MemberId, TaskId, Timestamp};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Problem;

use crate::words::KeyKind;

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Key {
    #[schema(value_type = Uuid)]
    pub(super) id: KeyId,
    /// The member it acts for, in whose class.
    #[schema(value_type = Uuid)]
    member: MemberId,
    kind: KeyKind,
    /// The key it was taken of, for a temporary one: it ends with that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    parent: Option<KeyId>,
    /// The task it is bound to, for a temporary one of a lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    task: Option<TaskId>,
    /// What its maker called it.
    label: String,
    /// The only actions it may use; all of its member's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<&'static str>>,
    /// The only datasets it may touch; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Uuid>>)]
    datasets: Option<Vec<DatasetId>>,
    /// The only items it may touch: those whose name begins with one of these; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefixes: Option<Vec<String>>,
    /// The only network addresses it works from; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["203.0.113.0/24"]))]
    addresses: Option<Vec<AddressRange>>,
    /// The only pages it works from; anything when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, example = json!(["https://www.example.org"]))]
    origins: Option<Vec<Origin>>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// Never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    invalidated_at: Option<Timestamp>,
    /// When it last acted, or tried to after it had stopped working.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

/// A key that was issued just now.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedKey {
    pub(super) key: Key,
    /// Its text. It is not stored and shown this once.
    #[schema(
        example = "bailee_0198f0c27d3a7c119b1e5f6a7b8c9d0e_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )]
    secret: String,
    /// The same key for S3 clients: their access key id.
    #[schema(example = "BAILEE0198F0C27D3A7C119B1E5F6A7B8C9D0E")]
    s3_access_key: String,
    /// What S3 clients sign with: their secret access key. With a temporary credential, and in customer-held custody
    /// with every key, they send `secret` along as their session token.
    s3_secret_key: String,
}

/// A key to be issued. It acts in its member's class and can only be narrowed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "label": "nightly export", "actions": ["item.browse", "item.download"] }))]
pub(super) struct NewKey {
    /// The member it is for; the caller when absent.
    #[schema(value_type = Option<Uuid>)]
    member: Option<MemberId>,
    /// What to call it.
    label: String,
    /// When it is to stop working; never when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// The only actions it is for: `item.download`, `item.*`, `*.list`; all of its member's when absent.
    actions: Option<Vec<String>>,
    /// The only datasets it is for, by id; all when absent.
    #[schema(value_type = Option<Vec<Uuid>>)]
    datasets: Option<Vec<DatasetId>>,
    /// The only items it is for: those whose name begins with one of these; all when absent.
    prefixes: Option<Vec<String>>,
    /// The only network addresses it is to work from (`203.0.113.0/24`, `2001:db8::/32`, `198.51.100.4`); all when
    /// absent.
    addresses: Option<Vec<String>>,
    /// Makes it a key for pages: the origins (`https://www.example.org`) of those whose browsers may record consent with it. Such a key
    /// may stand in a page for everybody to read, and is for `consent.record` alone.
    origins: Option<Vec<String>>,
}

/// A temporary credential to be taken of the caller's key. What is left out stays as the key has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "label": "nightly job", "seconds": 3600, "datasets": ["scans"], "prefixes": ["2026/"] }))]
pub(super) struct NewTemporary {
    /// What to call it.
    label: String,
    /// How long it is to live; an hour when absent. It ends with the caller's key in any case.
    #[schema(minimum = 900, maximum = 43200)]
    seconds: Option<u32>,
    /// The only actions it is for: `item.download`, `item.*`, `*.list`.
    actions: Option<Vec<String>>,
    /// The only datasets it is for, by id or name.
    datasets: Option<Vec<String>>,
    /// The only items it is for: those whose name begins with one of these.
    prefixes: Option<Vec<String>>,
    /// The only network addresses it is to work from.
    addresses: Option<Vec<String>>,
    /// A live task of the caller's: the credential reaches exactly the items that are leased by it, and ends when the
    /// lease does.
    #[schema(value_type = Option<Uuid>)]
    task: Option<TaskId>,
}

impl NewTemporary {
    pub(super) fn into_domain(self) -> Result<key::NewTemporary, Problem> {
        let named = |names: Vec<String>| names.iter().map(|name| DatasetRef::parse(name)).collect();
        Ok(key::NewTemporary {
            label: self.label,
            life: self.seconds.map(|seconds| Duration::from_secs(seconds.into())),
            actions: read_actions(self.actions)?,
            datasets: self.datasets.map(named),
            prefixes: self.prefixes,
            addresses: read_addresses(self.addresses)?,
            task: self.task,
        })
    }
}

impl NewKey {
    pub(super) fn into_domain(self) -> Result<key::NewKey, Problem> {
        let Self {
            member,
            label,
            expires_at,
            actions,
            datasets,
            prefixes,
            addresses,
            origins,
        } = self;
        let origins = read_origins(origins)?;
        let for_pages = origins.as_ref().map(|_| vec!["consent.record".to_owned()]);
        let scope = KeyScope {
            actions: read_actions(actions.or(for_pages))?,
            datasets,
            prefixes,
            addresses: read_addresses(addresses)?,
            origins,
        };
        Ok(key::NewKey {
            member,
            label,
            expires_at,
            scope,
        })
    }
}

pub(super) fn read_actions(words: Option<Vec<String>>) -> Result<Option<ActionSet>, Problem> {
    let actions = words.map(ActionSet::parse).transpose();
    actions.map_err(|bad| Problem::invalid("actions", bad.to_string()))
}

pub(super) fn read_addresses(texts: Option<Vec<String>>) -> Result<Option<Vec<AddressRange>>, Problem> {
    let read = |texts: Vec<String>| texts.iter().map(|text| text.parse()).collect::<Result<_, _>>();
    let ranges = texts.map(read).transpose();
    ranges.map_err(|bad: key::BadRange| Problem::invalid("addresses", bad.to_string()))
}

fn read_origins(texts: Option<Vec<String>>) -> Result<Option<Vec<Origin>>, Problem> {
    let read = |texts: Vec<String>| texts.iter().map(|text| text.parse()).collect::<Result<_, _>>();
    let origins = texts.map(read).transpose();
    origins.map_err(|bad: key::BadOrigin| Problem::invalid("origins", bad.to_string()))
}

impl From<key::ApiKey> for Key {
    fn from(key: key::ApiKey) -> Self {
        Self {
            id: key.id,
            member: key.member,
            kind: key.kind.into(),
            parent: key.parent,
            task: key.task,
            label: key.label,
            actions: key
                .scope
                .actions
                .map(|actions| actions.iter().map(access::Action::as_str).collect()),
            datasets: key.scope.datasets,
            prefixes: key.scope.prefixes,
            addresses: key.scope.addresses,
            origins: key.scope.origins,
            made_at: key.made_at,
            expires_at: key.expires_at,
            invalidated_at: key.invalidated_at,
            last_used_at: key.last_used_at,
        }
    }
}

impl From<key::IssuedKey> for IssuedKey {
    fn from(issued: key::IssuedKey) -> Self {
        Self {
            key: issued.key.into(),
            secret: issued.secret.expose_secret().to_owned(),
            s3_access_key: issued.access_key,
            s3_secret_key: issued.signing_secret.expose_secret().to_owned(),
        }
    }
}
