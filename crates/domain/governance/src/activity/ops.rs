//! Reading the register: one act, with one entry in the trail.

use access::Action;
use custody::{Credential, Error, Result};
use kernel::EntryId;
use operation::acts::ReadRegister;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;

use super::compose::compose;
use super::gather::gather;
use super::{Activity, Gap, Processing, REGISTER, sheet};
use crate::Governance;

impl Governance {
    /// The register of processing activities, as it is at this moment.
    pub async fn processing(&self, credential: &Credential, request: Request) -> Result<Processing> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let look = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterRead)?;
            let permit: Permit<ReadRegister> = op.permit(Resource::register(), &session.facts())?;
            let made = compose(&gather(op, &permit, &session)?);
            let details =
                json!({ "register": REGISTER, "activities": made.activities.len(), "gaps": made.gaps.len() });
            op.record(permit, details)?;
            Ok::<_, Error>(made)
        };
        self.custody.desk().look(request, look).await
    }

    /// One activity of it, with its gaps.
    pub async fn processing_activity(
        &self,
        credential: &Credential,
        request: Request,
        activity: EntryId,
    ) -> Result<(Activity, Vec<Gap>)> {
        let whole = self.processing(credential, request).await?;
        whole.only(activity).ok_or(Error::NotFound("processing activity"))
    }

    /// The register as CSV, a line for each activity.
    pub async fn processing_csv(&self, credential: &Credential, request: Request) -> Result<Vec<u8>> {
        let whole = self.processing(credential, request).await?;
        sheet::write(&whole)
    }
}
