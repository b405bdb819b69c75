//! Who acts.

use serde::Serialize;

use crate::{KeyId, MemberId, OperatorAccessId, ShareId, VisitId};

/// Who stands behind an act, by id only: names are looked up by those who may see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Actor {
    /// A member, through one of their API keys.
    Key {
        /// The key that signed in.
        key: KeyId,
        /// The member it acts for.
        member: MemberId,
    },
    /// Somebody on the staff of the installation, through an operator key or a session.
    Operator {
        /// The key that signed in.
        key: KeyId,
        /// Who they are, in the operator's own tenant.
        member: MemberId,
        /// By which a tenant lets the operator in, in what is that tenant's.
        #[serde(skip_serializing_if = "Option::is_none")]
        access: Option<OperatorAccessId>,
    },
    /// A member who has proved who they are and has no key yet: signing in, or accepting an invitation.
    Person {
        /// Who they are.
        member: MemberId,
    },
    /// Whoever follows a link that was shared with the public.
    Public {
        /// The share whose link it is.
        share: ShareId,
    },
    /// Somebody whom the data is about, at the tenant's page for them.
    DataSubject {
        /// Their visit.
        visit: VisitId,
    },
    /// The server itself: expiry, sweeps, sequencing.
    System,
}

impl Actor {
    /// The word for the kind of actor in stored rows and answers.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Key { .. } => "key",
            Self::Operator { .. } => "operator",
            Self::Person { .. } => "person",
            Self::Public { .. } => "public",
            Self::DataSubject { .. } => "data-subject",
            Self::System => "system",
        }
    }

    /// The key this actor came with, if any.
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::Key { key, .. } | Self::Operator { key, .. } => Some(*key),
            Self::Person { .. } | Self::Public { .. } | Self::DataSubject { .. } | Self::System => None,
        }
    }

    /// The member this actor is, if it is one.
    pub const fn member(&self) -> Option<MemberId> {
        match self {
            Self::Key { member, .. } | Self::Operator { member, .. } | Self::Person { member } => {
                Some(*member)
            }
            Self::Public { .. } | Self::DataSubject { .. } | Self::System => None,
        }
    }
}
