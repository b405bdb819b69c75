//! Word of requests that came too fast, in the trail of whom it concerns.

use access::{Action, Class, Subject};
use kernel::{Actor, TenantId};
use operation::{Caller, Request, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::json;
use store::params;

use crate::Custody;
use crate::error::{Error, Result};

const LETTERBOX: &str = "SELECT letterbox FROM tenant WHERE tenant_id = $1";
const OPERATOR: &str = "SELECT operator_tenant FROM installation";

impl Custody {
    /// Records that requests were refused since more came in a minute than `limit` says: what it counts, and how many.
    ///
    /// In the trail of the tenant whose credential it was, as a letter, for no key is open then; in the operator's where it was
    /// nobody's. Who calls this sees to it that it is not called for each of them.
    pub async fn note_flood(
        &self,
        by: Option<(TenantId, Actor)>,
        request: Request,
        (limit, most): (&'static str, u32),
    ) -> Result<()> {
        let noted = self.desk.act(request, move |op| {
            let (tenant, actor) = match by {
                Some(by) => by,
                None => {
                    let row = op.find(OPERATOR, &[])?;
                    (row.ok_or(Error::Altered)?.get(0)?, Actor::System)
                }
            };
            let row = op.find(LETTERBOX, params![tenant])?;
            let letterbox: Vec<u8> = row.ok_or(Error::Altered)?.get(0)?;
            let letterbox = letterbox.try_into().map_err(|_| Error::Altered)?;
            op.enter(Caller {
                actor,
                tenant,
                subject: Subject::of(Class::Public),
                trail: TrailSeal::Letterbox(LetterboxPublic(letterbox)),
            });
            let details = json!({ "reasons": ["too-many-requests"], "limit": limit, "most": most });
            op.refuse(Action::TrafficSend, Resource::tenant(), details)?;
            // Refusals are recorded after an act that came to nothing, as this one does.
            Err::<(), _>(Error::Conflict(NOTED.into()))
        });
        match noted.await {
            Err(Error::Conflict(told)) if told == NOTED => Ok(()),
            other => other,
        }
    }
}

const NOTED: &str = "requests came too fast";
