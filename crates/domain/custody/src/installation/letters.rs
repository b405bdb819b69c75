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
        let wrapped = self.desk.db.read(move |tx| {
            let row = rows::find(tx)?.ok_or_else(not_installed)?;
            system::wrapped_key(tx, row.installation.operator_tenant)
        });
        let key = system::unwrap(&self.roots, &wrapped.await?)?;
        Ok(OutboxKey::new(&key))
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
