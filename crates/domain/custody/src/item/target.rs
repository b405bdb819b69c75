//! What a put is aimed at: what stands there at present, what its dataset wants of what comes, and what the policies are asked.
//!
//! Nothing is written here.

use access::Action;
use operation::acts::{ChangeItem, CreateItem, RestoreItem};
use operation::{Op, Resource};
use store::objects::PlaceLabel;

use super::Reference;
use super::cleaning::Cleaning;
use super::put::{PutItem, Target};
use super::rows::{self, ItemRow, Which};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, Ingest, NewOwnBucket, State, own_bucket};
use crate::error::{Error, Result};
use crate::session::Session;

/// What the target of a put is at present.
pub(super) enum Found {
    New(DatasetRow, String),
    Old(ItemRow),
}

impl Found {
    /// The bucket of the tenant's own, where the dataset has one.
    pub(super) fn own_bucket(&self, session: &Session) -> Result<Option<NewOwnBucket>> {
        let (dataset, sealed) = match self {
            Self::New(dataset, _) => (dataset.id, dataset.own_bucket_sealed.as_deref()),
            Self::Old(item) => (item.dataset, item.own_bucket_sealed.as_deref()),
        };
        sealed
            .map(|sealed| own_bucket::open(session, dataset, sealed))
            .transpose()
    }

    pub(super) fn has_own_bucket(&self) -> bool {
        match self {
            Self::New(dataset, _) => dataset.own_bucket_sealed.is_some(),
            Self::Old(item) => item.own_bucket_sealed.is_some(),
        }
    }

    /// The item's name.
    pub(super) fn name(&self, session: &Session) -> Result<String> {
        match self {
            Self::New(_, name) => Ok(name.clone()),
            Self::Old(item) => item.name(session),
        }
    }

    /// Where the dataset's new versions go.
    pub(super) fn region(&self) -> &PlaceLabel {
        match self {
            Self::New(dataset, _) => &dataset.region,
            Self::Old(item) => &item.region,
        }
    }

    /// What the dataset takes in.
    pub(super) fn ingest(&self, session: &Session) -> Result<Option<Ingest>> {
        match self {
            Self::New(dataset, _) => dataset.ingest(session),
            Self::Old(item) => item.ingest(session),
        }
    }

    /// How the dataset cleans what it takes in, if it does. New identifiers follow from the dataset's key, so that what belongs
    /// together in it still does.
    pub(super) fn cleaning(&self, session: &Session) -> Result<Option<Cleaning>> {
        let Some(rule) = self.ingest(session)?.filter(|rule| rule.redaction.is_some()) else {
            return Ok(None);
        };
        let key = match self {
            Self::New(dataset, _) => Some(dataset.key.duplicate()),
            Self::Old(item) => item.rule_key(session)?,
        };
        let kept_here = !self.has_own_bucket();
        Ok(key.map(|key| Cleaning::new(rule, &key, kept_here)))
    }

    /// Asks the policies, without leave to do it.
    pub(super) fn check(&self, op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<()> {
        match self {
            Self::New(dataset, name) => op.check::<CreateItem>(
                Resource::dataset(dataset.id),
                &create_facts(session, dataset, name),
            )?,
            Self::Old(item) => {
                let (facts, _) = change_facts(op, session, put, item)?;
                op.check::<ChangeItem>(Resource::item(item.dataset, item.id), &facts)?
            }
        }
        Ok(())
    }

    /// What a put to it is called in the trail.
    pub(super) fn act(&self) -> (Action, Resource) {
        match self {
            Self::New(dataset, _) => (Action::ItemCreate, Resource::dataset(dataset.id)),
            Self::Old(item) => (Action::ItemChange, Resource::item(item.dataset, item.id)),
        }
    }
}

pub(super) fn target(op: &mut Op<'_>, session: &Session, put: &PutItem) -> Result<Found> {
    let action = Action::ItemCreate;
    match &put.target {
        Target::Name(dataset, name) => {
            let dataset = dataset::found(op, session, dataset, action)?;
            Ok(match rows::find_by_name(op, session, dataset.id, name)? {
                Some(item) => Found::Old(item),
                None => Found::New(dataset, name.clone()),
            })
        }
        Target::Item(item) => {
            super::read::found(op, session, *item, Which::Newest, Action::ItemChange).map(Found::Old)
        }
    }
}

pub(crate) fn create_facts(session: &Session, dataset: &DatasetRow, name: &str) -> access::Facts {
    access::Facts {
        state: dataset.state.into(),
        ..session.named_facts(dataset.id, dataset.granted, name)
    }
}

/// Facts of a change, and whether it makes an archived item active again, which takes the right to restore.
pub(super) fn change_facts(
    op: &mut Op<'_>,
    session: &Session,
    put: &PutItem,
    item: &ItemRow,
) -> Result<(access::Facts, bool)> {
    // What comes in now is not what is in quarantine there.
    let facts = access::Facts {
        quarantined: false,
        ..item.facts(session)
    };
    if !put.revive || item.state != State::Archived || item.dataset_state != State::Active {
        return Ok((facts, false));
    }
    op.check::<RestoreItem>(Resource::item(item.dataset, item.id), &facts)?;
    let active = access::Facts {
        state: State::Active.into(),
        ..facts
    };
    Ok((active, true))
}

/// Bytes that came while the dataset's region was changed lie where the new ones may not be.
pub(crate) fn check_region(place: &PlaceLabel, region: &PlaceLabel) -> Result<()> {
    if place == region {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "the dataset's region was changed to `{region}` while the bytes came; nothing was kept, send them again"
    )))
}

/// What was written or looked at while the dataset was given another bucket is none of that one's.
pub(super) fn check_bucket(reference: &Reference, bucket: Option<&NewOwnBucket>) -> Result<()> {
    match bucket.is_some_and(|bucket| bucket.address() == reference.bucket) {
        true => Ok(()),
        false => Err(Error::Conflict(
            "the dataset was given another bucket meanwhile; nothing was kept, do it again".into(),
        )),
    }
}
