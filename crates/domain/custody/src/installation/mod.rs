//! The installation: its first start, its root key, its log's signing key.
//!
//! Promises: a first start makes everything in one transaction or nothing; a later start with no root key or
//! the wrong one is told which one is wanted before anything is opened; putting everything under another root
//! key re-wraps keys and never touches data, goes on where it was interrupted, and leaves a trail; where every key
//! of the operator or of a tenant's owners was lost, the root key alone makes a new one. Leaves out: where
//! root keys come from (configuration), and when log entries are signed (the sequencer).

mod backups;
mod drill;
mod first_start;
mod home;
mod instruments;
mod letters;
mod probe;
mod record;
mod reissue;
mod root;
mod rotation;
mod rows;
mod system;
#[cfg(test)]
mod tests;

use kernel::{TenantId, Timestamp};

pub use backups::BackupAct;
pub use drill::Tried;
pub(crate) use first_start::OPERATOR;
pub use first_start::{FirstStart, Installed};
pub use home::home_permit;
pub use instruments::KeysTried;
pub use probe::{ProbeOwner, ProbeTeam, SLUGS_KEPT};
pub use reissue::Reissued;
pub(crate) use root::root_trouble;
pub use root::{RootTrouble, wanted_root};
pub use rotation::RewrapProgress;
pub(crate) use system::{caller as system_caller, tenant_key as tenant_key_by_root};

use crate::Custody;
use crate::contexts;
use crate::error::{Error, Result};

/// What is known of an installation without any key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// When it was first started.
    pub made_at: Timestamp,
    /// The tenant in whose trail the operator's acts stand.
    pub operator_tenant: TenantId,
    /// The root key that its check value and its log's key are wrapped by.
    pub root_id: String,
    /// The name of its log.
    pub log_origin: String,
    /// The key that its log is verified with, as text (C2SP signed-note).
    pub log_verifier: String,
}

impl Custody {
    /// The installation; `None` before the first start.
    pub async fn installation(&self) -> Result<Option<Installation>> {
        let row = self.desk.db.read(rows::find).await?;
        Ok(row.map(|row| row.installation))
    }

    /// Opens the key that signs the log's checkpoints. For the sequencer; keep it no longer than needed.
    pub async fn log_signer(&self) -> Result<ledger::SigningKey> {
        let row = self.desk.db.read(rows::find).await?.ok_or_else(not_installed)?;
        let root = self.roots.find(Some(&row.installation.root_id))?;
        let context = contexts::log_key(row.installation.operator_tenant);
        let seed = root
            .unwrap(&context, &row.log_key_wrapped)
            .map_err(root_trouble)?;
        let origin = &row.installation.log_origin;
        let signer = ledger::SigningKey::from_seed(origin, ledger::KeyKind::Log, seed.expose());
        let signer = signer.map_err(|error| Error::Internal(error.to_string()))?;
        // A log whose key changed without notice would look forked to everybody who follows it.
        if signer.verifier().to_string() != row.installation.log_verifier {
            return Err(Error::Internal(
                "the log's signing key is not the one its verifier key names".into(),
            ));
        }
        Ok(signer)
    }
}

fn not_installed() -> Error {
    Error::Conflict("nothing is installed here yet; make the first start".into())
}
