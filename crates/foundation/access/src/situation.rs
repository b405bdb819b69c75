//! The situations that the published table shows.

use serde::{Deserialize, Serialize};

use crate::facts::{Fact, Facts, State};
use crate::{Action, ActionSet, Class, Reach, Resource, Scope};

/// One set of circumstances, so chosen that each makes some rule visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// Own tenant, contract in force, active, neither granted nor leased; a member acted on is a worker.
    Normal,
    /// The dataset was given to the member.
    Granted,
    /// Given, and the item is leased to the member.
    Leased,
    /// Leased, and the lease gives original bytes.
    LeasedWithOriginals,
    /// The member acts on themselves.
    Own,
    /// Given and leased, but archived.
    Archived,
    /// Archived and on hold.
    OnHold,
    /// Given and leased, but deleted.
    Deleted,
    /// Given and leased, but processing is restricted.
    Restricted,
    /// Restricted, and archived besides.
    RestrictedArchived,
    /// Given and leased, but in quarantine.
    InQuarantine,
    /// In quarantine, of an item that is archived.
    InQuarantineArchived,
    /// Given and leased, but the contract has ended.
    ContractEnded,
    /// Given and leased, with a key narrowed to exactly the action.
    KeyForThisAction,
    /// Given and leased, with a key narrowed to this dataset.
    KeyForThisDataset,
    /// Given and leased, with a key for other datasets.
    KeyForOtherDatasets,
    /// Given and leased, with a key for names such as this item's.
    KeyForThisName,
    /// Given and leased, with a key for other names in this dataset.
    KeyForOtherNames,
    /// Given and leased, with a key for other actions.
    KeyForOtherActions,
    /// Given and leased, with a key that has all rights of its member and names none.
    WholeKey,
    /// On oneself, with a temporary credential.
    TemporaryKey,
    /// On oneself, given and leased, in a session at a browser whose proof is some minutes old.
    StaleSession,
    /// A command on the server's own machine, with the root key open.
    RootAtHand,
    /// Everything speaks for it, but it belongs to another tenant.
    OtherTenant,
}

impl Situation {
    /// Every situation, in the order of the published table.
    pub const ALL: [Self; 24] = [
        Self::Normal,
        Self::Granted,
        Self::Leased,
        Self::LeasedWithOriginals,
        Self::Own,
        Self::Archived,
        Self::OnHold,
        Self::Deleted,
        Self::Restricted,
        Self::RestrictedArchived,
        Self::InQuarantine,
        Self::InQuarantineArchived,
        Self::ContractEnded,
        Self::KeyForThisAction,
        Self::KeyForThisDataset,
        Self::KeyForOtherDatasets,
        Self::KeyForThisName,
        Self::KeyForOtherNames,
        Self::KeyForOtherActions,
        Self::WholeKey,
        Self::TemporaryKey,
        Self::StaleSession,
        Self::RootAtHand,
        Self::OtherTenant,
    ];

    /// The situation in plain words.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Normal => {
                "Normal: own tenant, contract in force, active; dataset not granted, item not leased; a member acted on is a worker"
            }
            Self::Granted => "Granted: the dataset was given to the member",
            Self::Leased => "Leased: the dataset was given to the member and the item is leased to them",
            Self::LeasedWithOriginals => "Leased with originals: the lease gives the item's original bytes",
            Self::Own => "Own: the member's own record, key, task or act",
            Self::Archived => "Archived (granted, leased)",
            Self::OnHold => "Archived and on hold (granted, leased)",
            Self::Deleted => "Deleted (granted, leased)",
            Self::Restricted => "Restricted for a person it is about (granted, leased)",
            Self::RestrictedArchived => "Restricted and archived (granted, leased)",
            Self::InQuarantine => "In quarantine, not cleaned of what identifies people (granted, leased)",
            Self::InQuarantineArchived => "In quarantine, of an archived item (granted, leased)",
            Self::ContractEnded => "Contract ended or never signed (granted, leased)",
            Self::KeyForThisAction => "With a key for exactly this action (granted, leased)",
            Self::KeyForThisDataset => "With a key for exactly this dataset (granted, leased)",
            Self::KeyForOtherDatasets => "With a key for other datasets (granted, leased)",
            Self::KeyForThisName => "With a key for names such as the item's (granted, leased)",
            Self::KeyForOtherNames => "With a key for other names in this dataset (granted, leased)",
            Self::WholeKey => {
                "With an API key that has all rights of its member and names none (granted, leased)"
            }
            Self::TemporaryKey => "Own, with a temporary credential that is not narrowed",
            Self::StaleSession => {
                "Own, archived, granted and leased, at a browser where nobody has proved for ten minutes that it is still they"
            }
            Self::KeyForOtherActions => "With a key for other actions (granted, leased)",
            Self::RootAtHand => {
                "On the server's own machine, with the root key open: no request is ever in this situation"
            }
            Self::OtherTenant => "Another tenant's (granted, leased)",
        }
    }

    /// The facts of the situation.
    pub fn facts(self) -> Facts {
        let worker = Some(Class::Worker);
        let normal = Facts {
            target_class: worker,
            new_class: worker,
            ..Facts::at_home()
        };
        let leased = Facts {
            dataset_granted: true,
            leased: true,
            ..normal
        };
        let archived = Facts {
            state: State::Archived,
            ..leased
        };
        match self {
            Self::Normal => normal,
            Self::Granted => Facts {
                dataset_granted: true,
                ..normal
            },
            Self::Leased
            | Self::KeyForThisAction
            | Self::KeyForOtherDatasets
            | Self::KeyForOtherActions
            | Self::WholeKey => leased,
            Self::LeasedWithOriginals => Facts {
                lease_originals: true,
                ..leased
            },
            Self::Own | Self::TemporaryKey => Facts { own: true, ..normal },
            Self::Archived => archived,
            Self::OnHold => Facts {
                on_hold: true,
                ..archived
            },
            Self::Deleted => Facts {
                state: State::Deleted,
                ..leased
            },
            Self::Restricted => Facts {
                restricted: true,
                ..leased
            },
            Self::RestrictedArchived => Facts {
                restricted: true,
                ..archived
            },
            Self::InQuarantine => Facts {
                quarantined: true,
                ..leased
            },
            Self::InQuarantineArchived => Facts {
                quarantined: true,
                ..archived
            },
            Self::ContractEnded => Facts {
                contract_in_force: false,
                ..leased
            },
            Self::StaleSession => Facts {
                own: true,
                ..archived
            },
            Self::KeyForThisDataset => Facts {
                key_covers_dataset: true,
                ..leased
            },
            Self::KeyForThisName => Facts {
                key_covers_dataset: true,
                key_covers_name: true,
                ..leased
            },
            Self::KeyForOtherNames => Facts {
                key_covers_dataset: true,
                ..leased
            },
            Self::RootAtHand => Facts {
                root_at_hand: true,
                ..normal
            },
            Self::OtherTenant => Facts {
                same_tenant: false,
                ..leased
            },
        }
    }

    /// The scope of the key used on this action.
    pub fn scope(self, action: Action) -> Scope {
        match self {
            Self::KeyForThisAction => Scope {
                actions: Some([action].into_iter().collect()),
                by_key: true,
                ..Scope::default()
            },
            Self::KeyForThisDataset | Self::KeyForOtherDatasets => Scope {
                reach: Reach::ListedDatasets,
                ..Scope::default()
            },
            Self::KeyForThisName | Self::KeyForOtherNames => Scope {
                reach: Reach::ListedNames,
                ..Scope::default()
            },
            Self::WholeKey => Scope {
                by_key: true,
                ..Scope::default()
            },
            Self::TemporaryKey => Scope {
                temporary: true,
                ..Scope::default()
            },
            Self::StaleSession => Scope {
                stale: true,
                ..Scope::default()
            },
            Self::KeyForOtherActions => Scope {
                actions: Some(ActionSet::NONE),
                ..Scope::default()
            },
            _ => Scope::default(),
        }
    }

    /// Whether the situation can matter to decisions about this kind.
    pub(crate) fn concerns(self, resource: Resource) -> bool {
        let looks_at = |fact| resource.facts().contains(&fact);
        match self {
            Self::Normal
            | Self::KeyForThisAction
            | Self::KeyForThisDataset
            | Self::KeyForOtherDatasets
            | Self::KeyForOtherActions
            | Self::OtherTenant => true,
            Self::KeyForThisName | Self::KeyForOtherNames => looks_at(Fact::KeyCoversName),
            Self::WholeKey => looks_at(Fact::KeyNamesAction),
            Self::TemporaryKey => looks_at(Fact::KeyTemporary),
            Self::StaleSession => looks_at(Fact::KeyStale),
            Self::Granted => looks_at(Fact::DatasetGranted),
            Self::Leased => looks_at(Fact::Leased),
            Self::LeasedWithOriginals => looks_at(Fact::LeaseOriginals),
            Self::Own => looks_at(Fact::Own),
            Self::Archived | Self::Deleted => looks_at(Fact::State),
            Self::OnHold => looks_at(Fact::OnHold),
            Self::Restricted => looks_at(Fact::Restricted),
            Self::RestrictedArchived => looks_at(Fact::Restricted) && looks_at(Fact::State),
            Self::InQuarantine => looks_at(Fact::Quarantined),
            Self::InQuarantineArchived => looks_at(Fact::Quarantined) && looks_at(Fact::State),
            Self::ContractEnded => looks_at(Fact::ContractInForce),
            Self::RootAtHand => looks_at(Fact::RootAtHand),
        }
    }
}
