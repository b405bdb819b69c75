//! What the server records about itself: results of its checks, and evidence for what no check can know.

use kernel::EventId;
use operation::acts::RecordAssurance;
use operation::{Op, Permit, Request, Resource};
use serde_json::Value as Json;
use store::Tx;

use super::system;
use crate::Custody;
use crate::error::{Error, Result};

impl Custody {
    /// Records it in the operator's trail, as done by the system, and keeps its rows in the same transaction: both are
    /// durable afterwards, or neither. `keep` writes rows that hold no tenant's content, and may run more than once.
    ///
    /// Fails with [`crate::Error::Conflict`] before the first start.
    pub async fn record_assurance<F, E>(&self, request: Request, details: Json, keep: F) -> Result<EventId>
    where
        F: Fn(&mut Tx, EventId) -> std::result::Result<(), E> + Send + 'static,
        Error: From<E>,
    {
        let custody = self.clone();
        self.desk
            .act(request, move |op: &mut Op<'_>| {
                let tenant = custody.operator_tenant(op)?;
                let tenant_key = system::tenant_key(op, &custody.roots, tenant)?;
                let permit: Permit<RecordAssurance> =
                    system::permit(op, tenant, &tenant_key, Resource::tenant())?;
                let event = op.record(permit, &details)?;
                keep(op.housekeeping(), event)?;
                Ok(event)
            })
            .await
    }
}
