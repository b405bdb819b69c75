//! The key that letters are sent with. It follows from the key of the operator's own tenant, which the root key opens: so it moves to
//! another root key with that one, and is kept nowhere.

use operation::Op;
use outbox::OutboxKey;
use sealing::Key;

use super::{not_installed, rows, system};
use crate::Custody;
use crate::error::Result;

impl Custody {
    /// Opens the key that letters are sent with. For whoever sends them; keep it no longer than needed.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] before the first start.
    pub async fn outbox_key(&self) -> Result<OutboxKey> {
        Ok(OutboxKey::new(&self.own_key().await?))
    }

    /// The key of the operator's own tenant.
    async fn own_key(&self) -> Result<Key> {
        let wrapped = self.desk.db.read(move |tx| {
            let row = rows::find(tx)?.ok_or_else(not_installed)?;
            system::wrapped_key(tx, row.installation.operator_tenant)
        });
        system::unwrap(&self.roots, &wrapped.await?)
    }

    /// A key of the installation for one purpose of a crate above, which follows from the root key as that of letters does. For what is
    /// needed while nobody of a tenant is there, and never for what a tenant keeps.
    ///
    /// # Errors
    /// As [`Custody::outbox_key`].
    pub async fn installation_key(&self, purpose: &str) -> Result<Key> {
        Ok(self
            .own_key()
            .await?
            .derive("installation purpose", &[purpose.as_bytes()]))
    }

    /// Lets letters be written, in an installation that was made before there were any.
    ///
    /// # Errors
    /// As [`Custody::outbox_key`].
    pub async fn prepare_outbox(&self) -> Result<()> {
        let key = self.outbox_key().await?;
        Ok(self.desk.db.write(move |tx| key.prepare(tx)).await?)
    }
}

/// The same at the first start.
pub(super) fn prepare(op: &mut Op<'_>, tenant_key: &Key) -> Result<()> {
    Ok(OutboxKey::new(tenant_key).prepare(op.housekeeping())?)
}
