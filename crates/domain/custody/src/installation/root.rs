//! Whether the root keys at hand are the right ones, asked at every start before anything else.

use sealing::RootRefused;
use store::{Db, StoreError};

use super::rows;
use crate::error::{Error, Result};
use crate::{Custody, contexts};

/// Why the installation cannot start with the root keys at hand, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RootTrouble {
    /// There was no first start.
    #[error("nothing is installed here yet: make the first start")]
    NotInstalled,
    /// A root key that is still needed was not given.
    #[error(
        "root key {wanted} is needed and not at hand: start with it, or bring its file back from the backup of keys; \
         without it nothing that it wraps can be opened"
    )]
    Missing {
        /// The id of the missing root key.
        wanted: String,
    },
    /// Root keys were given, but not this installation's.
    #[error(
        "this installation wants root key {wanted}, and what is at hand is {}: start with the right one; \
         the data and the key do not belong together",
        .found.join(", ")
    )]
    Wrong {
        /// The id of the root key that is wanted.
        wanted: String,
        /// The ids of those at hand.
        found: Vec<String>,
    },
    /// The root key has the right id, and what it wrapped does not open.
    #[error(
        "root key {wanted} does not open the installation's check value: the row was altered; restore a backup"
    )]
    Altered {
        /// The id of the root key.
        wanted: String,
    },
    /// The provider of the root key or the store did not answer.
    #[error(transparent)]
    Custody(#[from] Error),
}

/// The root key that a database's installation wants; `None` before the first start. Needs no key, so that a
/// start without any can say which one is missing, as [`RootTrouble::Missing`].
pub async fn wanted_root(db: &Db) -> Result<Option<String>> {
    let row = db.read(rows::find).await?;
    Ok(row.map(|row| row.installation.root_id))
}

impl Custody {
    /// Whether the root keys at hand open this installation. Call at every start, before anything is served.
    pub async fn check_root(&self) -> std::result::Result<(), RootTrouble> {
        let read = self.desk.db.read(|tx| {
            let by_root = tx.all(rows::TENANTS_BY_ROOT, &[])?;
            let in_use = by_root
                .iter()
                .map(|row| row.get(0))
                .collect::<std::result::Result<Vec<String>, _>>()?;
            Ok::<_, StoreError>((rows::find(tx)?, in_use))
        });
        let (row, in_use) = read.await.map_err(Error::from)?;
        let row = row.ok_or(RootTrouble::NotInstalled)?;
        let wanted = row.installation.root_id;
        let Some(root) = self.roots.get(&wanted) else {
            return Err(RootTrouble::Wrong {
                wanted,
                found: self.roots.ids(),
            });
        };
        match root.unwrap(
            &contexts::root_check(row.installation.operator_tenant),
            &row.root_check,
        ) {
            Ok(_) => {}
            Err(error @ RootRefused::Unavailable(_)) => return Err(root_trouble(error).into()),
            Err(_) => return Err(RootTrouble::Altered { wanted }),
        }
        // A change of root keys that was interrupted leaves tenants under both.
        match in_use.into_iter().find(|id| self.roots.get(id).is_none()) {
            Some(wanted) => Err(RootTrouble::Missing { wanted }),
            None => Ok(()),
        }
    }
}

/// A root key's refusal as an error of custody.
pub(crate) fn root_trouble(error: RootRefused) -> Error {
    match error {
        RootRefused::Unavailable(_) => Error::Unavailable(error.to_string()),
        other => Error::Internal(other.to_string()),
    }
}
