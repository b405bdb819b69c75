//! The table of rights as a tenant's own people read it.

use access::{Action, Matrix};
use operation::acts::ReadAccess;
use operation::{Permit, Request, Resource};
use serde_json::json;

use crate::error::{Error, Result};
use crate::{Credential, Custody};

impl Custody {
    /// Who may do what, computed from the policies that decide.
    pub async fn access_matrix(&self, credential: &Credential, request: Request) -> Result<Matrix> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::AccessRead)?;
                let permit: Permit<ReadAccess> = op.permit(Resource::tenant(), &session.facts())?;
                op.record(permit, json!(null))?;
                Ok::<_, Error>(())
            })
            .await?;
        // Thousands of decisions: neither inside a transaction nor on a thread that others wait for.
        let policies = self.desk.policies.clone();
        let computed = tokio::task::spawn_blocking(move || policies.matrix());
        computed.await.map_err(|error| Error::Internal(error.to_string()))
    }
}
