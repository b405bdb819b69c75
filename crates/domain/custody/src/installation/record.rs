//! What the server records about itself: results of its checks, evidence for what no check can know, and whom it did not connect to.

use access::Action;
use gate::Outward;
use kernel::EventId;
use operation::acts::RecordAssurance;
use operation::{Op, Permit, Request, Resource, TrailSeal};
use serde_json::{Value as Json, json};
use store::Tx;

use super::system;
use crate::Custody;
use crate::error::{Error, Result};
use crate::session::trail_key;

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

impl Custody {
    /// Records in the operator's trail that the server did not connect to a host, why, and how often it was tried.
    ///
    /// Fails with [`Error::Conflict`] before the first start.
    pub async fn record_unconnected(
        &self,
        request: Request,
        (to, why): (Outward, &'static str),
        times: u64,
    ) -> Result<()> {
        let custody = self.clone();
        let refused = self.desk.act(request, move |op: &mut Op<'_>| {
            let tenant = custody.operator_tenant(op)?;
            let tenant_key = system::tenant_key(op, &custody.roots, tenant)?;
            op.enter(system::caller(tenant, TrailSeal::Key(trail_key(&tenant_key))));
            let resource = Resource {
                kind: "host",
                ..Resource::default()
            };
            let details = json!({
                "host": to.host, "port": to.port, "purpose": to.purpose, "why": why, "times": times,
            });
            op.refuse(Action::EgressConnect, resource, details)?;
            // Nothing was done: a refusal is recorded by an act that did not happen.
            let (action, reasons) = (Action::EgressConnect, Vec::new());
            Err::<(), _>(Error::Forbidden { action, reasons })
        });
        match refused.await {
            Err(Error::Forbidden { .. }) => Ok(()),
            other => other,
        }
    }
}
