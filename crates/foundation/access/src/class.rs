//! The classes of people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a person is to the tenant; for [`Class::Operator`], to the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Everything in the tenant, the contract included.
    Owner,
    /// Everything in the tenant except the contract and the classes above.
    Admin,
    /// Works with all datasets; deletes nothing and manages nobody.
    User,
    /// Leads work in the datasets they were given; takes no originals away.
    WorkforceManager,
    /// Sees the one item that a live lease assigns.
    Worker,
    /// Reads accounts and registers, never content.
    Auditor,
    /// Answers the people the data is about: finds, restricts, erases.
    PrivacyOfficer,
    /// Staff of the installation: no right on anything a tenant keeps.
    Operator,
    /// Nobody's member: whoever follows a link that was shared. No member ever has this class.
    Public,
    /// Whom the data is about, once they proved it at the tenant's page for them. No member ever has this class.
    DataSubject,
}

/// Text that names no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such class: use owner, admin, user, workforce-manager, worker, auditor, privacy-officer, operator, public or data-subject"
)]
pub struct BadClass;

impl Class {
    /// Every class, in the order of the published table.
    pub const ALL: [Self; 10] = [
        Self::Owner,
        Self::Admin,
        Self::User,
        Self::WorkforceManager,
        Self::Worker,
        Self::Auditor,
        Self::PrivacyOfficer,
        Self::Operator,
        Self::Public,
        Self::DataSubject,
    ];

    /// The word for the class in policies, rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::User => "user",
            Self::WorkforceManager => "workforce-manager",
            Self::Worker => "worker",
            Self::Auditor => "auditor",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Operator => "operator",
            Self::Public => "public",
            Self::DataSubject => "data-subject",
        }
    }

    /// The place in [`Class::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Class {
    type Err = BadClass;

    fn from_str(text: &str) -> Result<Self, BadClass> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or(BadClass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_one_word_everywhere() {
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), index);
            assert_eq!(class.to_string().parse(), Ok(class));
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
        }
        assert_eq!("Owner".parse::<Class>(), Err(BadClass));
    }
}
