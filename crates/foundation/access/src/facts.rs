//! What a decision looks at, found by the caller in the transaction of the act.
//!
//! Facts are finite, so the facts an action looks at pack into a small number without loss. That number
//! is the place of the decision in the memory of a slice, and going back from it gives the facts.

use cedar_policy::{EntityUid, RestrictedExpression};
use serde::{Deserialize, Serialize};

use crate::{Action, Class, Reach, Resource, Subject};

/// Where a dataset or an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// In use.
    #[default]
    Active,
    /// Put aside; can be restored or deleted.
    Archived,
    /// Gone; its id answers as unknown.
    Deleted,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Archived, Self::Deleted];

    /// The word for the state in policies, rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
        }
    }
}

/// The facts of one question. What an action does not look at is ignored; the default refuses everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Facts {
    /// The thing belongs to the tenant of the one who asks; for the operator's acts, to this installation.
    pub same_tenant: bool,
    /// The tenant has a signed contract that has not ended.
    pub contract_in_force: bool,
    /// This member has a live grant of this dataset; for the public, a live link has it; for the operator, the tenant lets them
    /// see it.
    pub dataset_granted: bool,
    /// This member has a live lease of this item, of some item for a listing, or holds this task while it is live; for the
    /// public, what is shared by a live link has it; for the operator, the tenant lets them look into this dataset; for whom the data
    /// is about, it is about them alone and is being handed to them.
    pub leased: bool,
    /// That lease, link or access gives the item's original bytes.
    pub lease_originals: bool,
    /// The dataset is one of the key's; only looked at for keys that do not reach the whole tenant.
    pub key_covers_dataset: bool,
    /// The item is one of the key's, or the listing shows no others; only looked at for [`Reach::ListedNames`].
    pub key_covers_name: bool,
    /// The member acts on what is their own: their record, a key or task of theirs, the receipt of their own act, a dataset
    /// that they made; for whom the data is about, a request of theirs, or what is about them.
    pub own: bool,
    /// The life of the item or dataset; of the dataset for `item.create`; leave it active where there is none.
    pub state: State,
    /// A hold forbids deletion.
    pub on_hold: bool,
    /// Processing is restricted for a person this is about.
    pub restricted: bool,
    /// It could not be cleaned of what identifies people, and nobody has let it out of quarantine.
    pub quarantined: bool,
    /// The class of the member acted on, directly or through their key or grant.
    pub target_class: Option<Class>,
    /// The class that is given.
    pub new_class: Option<Class>,
    /// The server itself, or a command on its own machine, acts with the root key open. No request ever has it.
    pub root_at_hand: bool,
}

impl Facts {
    /// The plain case: own tenant, contract in force, active, neither granted nor leased.
    pub fn at_home() -> Self {
        Self {
            same_tenant: true,
            contract_in_force: true,
            ..Self::default()
        }
    }
}

/// One attribute of a request's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    SameTenant,
    KeyCoversAction,
    KeyCoversPlace,
    KeyCoversName,
    KeyNamesAction,
    KeyNarrowed,
    KeyTemporary,
    KeyStale,
    ContractInForce,
    DatasetGranted,
    Leased,
    LeaseOriginals,
    Own,
    OnHold,
    Restricted,
    Quarantined,
    State,
    TargetClass,
    NewClass,
    RootAtHand,
}

impl Resource {
    /// What decisions about this kind look at. INVARIANT: exactly the context type in the schema.
    pub(crate) const fn facts(self) -> &'static [Fact] {
        use Fact::*;
        match self {
            Self::Record | Self::Purpose | Self::AccessTable | Self::Portal => {
                &[SameTenant, KeyCoversAction, KeyCoversPlace]
            }
            Self::Installation | Self::Tenant | Self::Processor | Self::Webhook => {
                &[SameTenant, KeyCoversAction, KeyCoversPlace, KeyStale]
            }
            Self::Session => &[SameTenant, KeyCoversAction, KeyCoversPlace, Own, TargetClass],
            Self::Factor | Self::Staff => &[SameTenant, KeyCoversAction, KeyCoversPlace, KeyStale, Own],
            Self::RootKey => &[SameTenant, KeyCoversAction, KeyCoversPlace, RootAtHand],
            Self::Receipt | Self::Consent | Self::Trail => {
                &[SameTenant, KeyCoversAction, KeyCoversPlace, Own]
            }
            Self::Request | Self::Subject => &[SameTenant, KeyCoversAction, KeyCoversPlace, KeyStale, Own],
            Self::Member => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyNarrowed,
                KeyStale,
                Own,
                TargetClass,
                NewClass,
            ],
            Self::Key => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyNarrowed,
                KeyTemporary,
                KeyStale,
                Own,
                TargetClass,
            ],
            Self::Dataset => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyStale,
                KeyCoversName,
                ContractInForce,
                DatasetGranted,
                OnHold,
                State,
            ],
            Self::Grant => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyStale,
                KeyCoversName,
                DatasetGranted,
                TargetClass,
            ],
            Self::Item => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyStale,
                KeyCoversName,
                ContractInForce,
                DatasetGranted,
                Leased,
                LeaseOriginals,
                OnHold,
                Restricted,
                Quarantined,
                State,
            ],
            Self::Task => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyCoversName,
                DatasetGranted,
                Leased,
                Own,
            ],
            Self::Register | Self::Admission | Self::Duty | Self::Hold => {
                &[SameTenant, KeyCoversAction, KeyCoversPlace, KeyStale, Own]
            }
            Self::Export => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyStale,
                KeyCoversName,
                DatasetGranted,
                Restricted,
            ],
            Self::Share => &[
                SameTenant,
                KeyCoversAction,
                KeyCoversPlace,
                KeyNamesAction,
                KeyStale,
                KeyCoversName,
                DatasetGranted,
                Own,
            ],
        }
    }

    /// Whether the thing lies in one dataset, so that a key for listed datasets may reach it.
    fn is_in_a_dataset(self) -> bool {
        self.facts().contains(&Fact::DatasetGranted)
    }

    /// How many different sets of facts there are for this kind.
    pub(crate) fn combinations(self) -> usize {
        self.facts().iter().map(|fact| fact.values()).product()
    }
}

impl Fact {
    /// The attribute's name in the schema.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SameTenant => "sameTenant",
            Self::KeyCoversAction => "keyCoversAction",
            Self::KeyCoversPlace => "keyCoversPlace",
            Self::KeyCoversName => "keyCoversName",
            Self::KeyNamesAction => "keyNamesAction",
            Self::KeyNarrowed => "keyNarrowed",
            Self::KeyTemporary => "keyTemporary",
            Self::KeyStale => "keyStale",
            Self::ContractInForce => "contractInForce",
            Self::DatasetGranted => "datasetGranted",
            Self::Leased => "leased",
            Self::LeaseOriginals => "leaseOriginals",
            Self::Own => "own",
            Self::OnHold => "onHold",
            Self::Restricted => "restricted",
            Self::Quarantined => "quarantined",
            Self::State => "state",
            Self::TargetClass => "targetClass",
            Self::NewClass => "newClass",
            Self::RootAtHand => "rootAtHand",
        }
    }

    /// How many values it can have.
    const fn values(self) -> usize {
        match self {
            Self::State => State::ALL.len(),
            Self::TargetClass | Self::NewClass => Class::ALL.len() + 1,
            _ => 2,
        }
    }

    /// The value in this question, below [`Fact::values`].
    fn value(self, subject: &Subject, action: Action, facts: &Facts) -> usize {
        let class = |class: Option<Class>| class.map_or(0, |class| class.index() + 1);
        match self {
            Self::SameTenant => facts.same_tenant.into(),
            Self::KeyCoversAction => subject.scope.covers(action).into(),
            Self::KeyCoversPlace => key_covers_place(subject, action, facts).into(),
            Self::KeyCoversName => key_covers_name(subject, action, facts).into(),
            Self::KeyNamesAction => subject.scope.names(action).into(),
            Self::KeyNarrowed => subject.scope.is_narrowed().into(),
            Self::KeyTemporary => subject.scope.temporary.into(),
            Self::KeyStale => subject.scope.stale.into(),
            Self::ContractInForce => facts.contract_in_force.into(),
            Self::DatasetGranted => facts.dataset_granted.into(),
            Self::Leased => facts.leased.into(),
            Self::LeaseOriginals => facts.lease_originals.into(),
            Self::Own => facts.own.into(),
            Self::OnHold => facts.on_hold.into(),
            Self::Restricted => facts.restricted.into(),
            Self::Quarantined => facts.quarantined.into(),
            Self::State => facts.state as usize,
            Self::TargetClass => class(facts.target_class),
            Self::NewClass => class(facts.new_class),
            Self::RootAtHand => facts.root_at_hand.into(),
        }
    }
}

fn key_covers_place(subject: &Subject, action: Action, facts: &Facts) -> bool {
    match subject.scope.reach {
        Reach::Tenant => true,
        Reach::ListedDatasets | Reach::ListedNames => {
            action.resource().is_in_a_dataset() && facts.key_covers_dataset
        }
    }
}

/// Of all things, only items have names that a key is narrowed to.
fn key_covers_name(subject: &Subject, action: Action, facts: &Facts) -> bool {
    match subject.scope.reach {
        Reach::Tenant | Reach::ListedDatasets => true,
        Reach::ListedNames => action.resource() == Resource::Item && facts.key_covers_name,
    }
}

/// All that a decision about this action looks at, as one number below [`Resource::combinations`].
pub(crate) fn pack(subject: &Subject, action: Action, facts: &Facts) -> usize {
    action.resource().facts().iter().fold(0, |code, fact| {
        code * fact.values() + fact.value(subject, action, facts)
    })
}

/// The values that [`pack`] put into the number, in the order of [`Resource::facts`].
pub(crate) fn unpack(resource: Resource, mut code: usize) -> Vec<(Fact, usize)> {
    let mut values: Vec<_> = resource
        .facts()
        .iter()
        .rev()
        .map(|fact| {
            let value = code % fact.values();
            code /= fact.values();
            (*fact, value)
        })
        .collect();
    values.reverse();
    values
}

/// Policy expressions for every value of every fact, made once.
pub(crate) struct Expressions {
    classes: Vec<EntityUid>,
    states: Vec<EntityUid>,
}

impl Expressions {
    pub(crate) const fn new(classes: Vec<EntityUid>, states: Vec<EntityUid>) -> Self {
        Self { classes, states }
    }

    /// The attributes of the context for packed facts; an absent class is an absent attribute.
    pub(crate) fn context(&self, resource: Resource, code: usize) -> Vec<(String, RestrictedExpression)> {
        unpack(resource, code)
            .into_iter()
            .filter_map(|(fact, value)| Some((fact.name().to_owned(), self.value(fact, value)?)))
            .collect()
    }

    fn value(&self, fact: Fact, value: usize) -> Option<RestrictedExpression> {
        let uid = |uid: &EntityUid| RestrictedExpression::new_entity_uid(uid.clone());
        match fact {
            Fact::State => self.states.get(value).map(uid),
            Fact::TargetClass | Fact::NewClass => self.classes.get(value.checked_sub(1)?).map(uid),
            _ => Some(RestrictedExpression::new_bool(value == 1)),
        }
    }
}
