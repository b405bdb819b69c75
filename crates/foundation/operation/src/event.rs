//! Events: what the trail keeps of an act, and how it is sealed.
//!
//! An event names actors and things by id only. Names, addresses and contents of the data never enter it;
//! the client's network address and the stated reason do, sealed like everything else in it.

use kernel::{
    Actor, DatasetId, EventId, ItemId, KeyId, MemberId, OperationId, Random, TenantId, Timestamp, VersionId,
};
use sealing::{Context, Key, LetterboxPublic};
use serde::Serialize;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::OperationError;
use crate::op::Caller;

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It happened.
    Done,
    /// The policies or the credential said no.
    Refused,
    /// It was allowed and could not be finished, for example because stored bytes were altered.
    Failed,
}

impl Outcome {
    /// The word in rows and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What an act was about. Kinds without an id are about the tenant as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// The kind of thing, one word.
    pub kind: &'static str,
    /// The dataset it is or lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetId>,
    /// The item it is or belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// The version of the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionId>,
    /// The member the act was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// The API key the act was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
}

impl Resource {
    /// The tenant itself, or something in it that has no id of its own.
    pub fn tenant() -> Self {
        Self {
            kind: "tenant",
            ..Self::default()
        }
    }

    /// A dataset.
    pub fn dataset(dataset: DatasetId) -> Self {
        Self {
            kind: "dataset",
            dataset: Some(dataset),
            ..Self::default()
        }
    }

    /// An item of a dataset.
    pub fn item(dataset: DatasetId, item: ItemId) -> Self {
        Self {
            kind: "item",
            dataset: Some(dataset),
            item: Some(item),
            ..Self::default()
        }
    }

    /// One version of an item.
    pub fn version(dataset: DatasetId, item: ItemId, version: VersionId) -> Self {
        Self {
            version: Some(version),
            ..Self::item(dataset, item)
        }
    }

    /// A member.
    pub fn member(member: MemberId) -> Self {
        Self {
            kind: "member",
            member: Some(member),
            ..Self::default()
        }
    }

    /// An API key of a member.
    pub fn key(key: KeyId, member: Option<MemberId>) -> Self {
        Self {
            kind: "key",
            key: Some(key),
            member,
            ..Self::default()
        }
    }

    /// A session at a browser, by the id that its acts carry as their key.
    pub fn session(session: KeyId, member: MemberId) -> Self {
        Self {
            kind: "session",
            key: Some(session),
            member: Some(member),
            ..Self::default()
        }
    }

    /// What a member proves with who they are.
    pub fn factor(member: MemberId) -> Self {
        Self {
            kind: "factor",
            member: Some(member),
            ..Self::default()
        }
    }

    /// The registers that the company keeps.
    pub fn register() -> Self {
        Self {
            kind: "register",
            ..Self::default()
        }
    }

    /// A sub-processor; which one the details say.
    pub fn processor() -> Self {
        Self {
            kind: "processor",
            ..Self::default()
        }
    }

    /// An address that is told of the tenant's events; which one the details say.
    pub fn webhook() -> Self {
        Self {
            kind: "webhook",
            ..Self::default()
        }
    }

    /// A person the data is about; which one the details say.
    pub fn subject() -> Self {
        Self {
            kind: "subject",
            ..Self::default()
        }
    }

    /// An entry of the trail.
    pub fn trail() -> Self {
        Self {
            kind: "trail",
            ..Self::default()
        }
    }
}

/// How a tenant's events are sealed by whoever acts.
pub enum TrailSeal {
    /// The trail key is at hand: the usual case.
    Key(Key),
    /// Only the tenant's letterbox is at hand: what is written can be read by the tenant alone.
    Letterbox(LetterboxPublic),
}

/// One event, before it is sealed. Field names are part of the format (`docs/formats/ledger.md`).
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Format version, 1.
    pub v: u32,
    /// The event's id.
    pub id: EventId,
    /// Whose trail it belongs to.
    pub tenant: TenantId,
    /// When the act took place, by the server's clock.
    pub at: Timestamp,
    /// The operation, as shown in the answer's `Bailee-Operation` header.
    pub operation: OperationId,
    /// Who acted.
    pub actor: Actor,
    /// The class the actor acted in.
    pub class: access::Class,
    /// The action, `noun.verb`.
    pub action: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What it was about.
    pub resource: Resource,
    /// Why, as the caller stated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The client: network address and tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
    /// What else is worth proving: digests, sizes, counts, the policies' reasons.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub details: Json,
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Client {
    /// The peer's network address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The origin of the page that asked, as its browser says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// An event ready for its row: sealed text, commitment.
pub(crate) struct SealedEvent {
    pub(crate) sealed: Vec<u8>,
    pub(crate) commitment: ledger::Hash,
}

const SALT_LEN: usize = 32;
const BY_KEY: u8 = 1;
const BY_LETTERBOX: u8 = 2;

/// Seals `salt ‖ canonical event` for the tenant. The salt is inside so that losing the key loses both.
pub(crate) fn seal(
    event: &Event,
    caller: &Caller,
    random: &dyn Random,
) -> Result<SealedEvent, OperationError> {
    let text =
        ledger::canonical::canonicalize(event).map_err(|error| OperationError::Event(error.to_string()))?;
    let mut salted = Zeroizing::new(vec![0u8; SALT_LEN + text.len()]);
    random.fill(&mut salted[..SALT_LEN]);
    salted[SALT_LEN..].copy_from_slice(text.as_bytes());
    let mut salt = [0u8; SALT_LEN];
    salt.copy_from_slice(&salted[..SALT_LEN]);
    let commitment = ledger::commit(&salt, text.as_bytes());
    let context = context(event.tenant, event.id);
    let sealed = match &caller.trail {
        TrailSeal::Key(key) => prefixed(BY_KEY, sealing::seal(key, &context, &salted, random)),
        TrailSeal::Letterbox(letterbox) => {
            let letter = letterbox.seal(&context, &salted, random);
            prefixed(
                BY_LETTERBOX,
                letter.map_err(|error| OperationError::Event(error.to_string()))?,
            )
        }
    };
    Ok(SealedEvent { sealed, commitment })
}

/// An event as it was stored: the exact bytes that were committed to, and their salt.
pub(crate) struct OpenedEvent {
    /// The salt of the commitment.
    pub(crate) salt: [u8; SALT_LEN],
    /// Canonical JSON.
    pub(crate) json: Vec<u8>,
}

/// The keys that open a tenant's trail.
pub struct TrailKeys {
    /// Opens what was sealed by whoever had the tenant's key.
    pub key: Key,
    /// Opens what came through the letterbox.
    pub letterbox: sealing::LetterboxSecret,
}

/// Opens a stored event of the tenant.
pub(crate) fn open(
    keys: &TrailKeys,
    tenant: TenantId,
    id: EventId,
    sealed: &[u8],
) -> Result<OpenedEvent, sealing::Refused> {
    let context = context(tenant, id);
    let (kind, body) = sealed.split_first().ok_or(cut_off())?;
    let salted = match *kind {
        BY_KEY => sealing::open(&keys.key, &context, body)?,
        BY_LETTERBOX => keys.letterbox.open(&context, body)?,
        _ => return Err(cut_off()),
    };
    let (salt, json) = salted.split_at_checked(SALT_LEN).ok_or(cut_off())?;
    let salt = salt.try_into().map_err(|_| cut_off())?;
    Ok(OpenedEvent {
        salt,
        json: json.to_vec(),
    })
}

fn cut_off() -> sealing::Refused {
    sealing::Refused::TooShort {
        what: "a sealed event",
    }
}

fn context(tenant: TenantId, id: EventId) -> Context {
    Context::new("trail event")
        .with(tenant.as_bytes())
        .with(id.as_bytes())
}

fn prefixed(kind: u8, mut sealed: Vec<u8>) -> Vec<u8> {
    sealed.insert(0, kind);
    sealed
}
