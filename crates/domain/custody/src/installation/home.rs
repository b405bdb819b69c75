//! The operator's own tenant as the server sees it: for reports that the server makes of itself.
//!
//! Promises: what is opened is the operator's own, by the root key and with a permit that the policies give; every look is an entry of
//! the operator's trail. Leaves out: any other tenant, whose keys this cannot come by.

use access::Facts;
use kernel::{EventId, Page, PageRequest};
use operation::acts::{ReadReceipt, ReadTrail};
use operation::trail::{self, TrailEntry, TrailError, TrailFilter};
use operation::{Act, Op, Permit, Request, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::json;
use store::params;

use super::system;
use crate::Custody;
use crate::error::{Error, Result};
use crate::session::{Home, Session, trail_key};

const HOME: &str = "SELECT letterbox, letterbox_sealed, slug FROM tenant WHERE tenant_id = $1";

impl Custody {
    /// Looks at the operator's own state, with its key open for as long as the look lasts. `look` asks for its permit by
    /// [`home_permit`] and records it, as every act.
    pub async fn look_at_home<T, F>(&self, request: Request, look: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Op<'_>, &Session) -> Result<T> + Send + 'static,
    {
        let custody = self.clone();
        let act = move |op: &mut Op<'_>| {
            let session = custody.at_home(op)?;
            look(op, &session)
        };
        self.desk.look(request, act).await
    }

    /// Receipts of entries of the operator's own trail, in this order; nothing for one that has no place in the log yet.
    pub async fn receipts_at_home(
        &self,
        request: Request,
        events: Vec<EventId>,
    ) -> Result<Vec<Option<String>>> {
        let read = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ReadReceipt> = home_permit(op, session, Resource::trail())?;
            let keys = session.trail_keys()?;
            let mut receipts = Vec::with_capacity(events.len());
            for event in &events {
                match trail::receipt(op, &permit, &keys, *event) {
                    Ok(receipt) => receipts.push(Some(receipt)),
                    Err(TrailError::NotYetSequenced) => receipts.push(None),
                    Err(error) => return Err(error.into()),
                }
            }
            op.record(permit, json!({ "receipts": receipts.len() }))?;
            Ok(receipts)
        };
        self.look_at_home(request, read).await
    }

    /// One page of the operator's own trail, newest first.
    pub async fn trail_at_home(
        &self,
        request: Request,
        filter: TrailFilter,
        page: PageRequest,
    ) -> Result<Page<TrailEntry>> {
        let read = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ReadTrail> = home_permit(op, session, Resource::trail())?;
            let found = trail::query(op, &permit, &session.trail_keys()?, &filter, &page)?;
            op.record(permit, json!({ "count": found.items.len(), "filter": filter }))?;
            Ok(found)
        };
        self.look_at_home(request, read).await
    }

    fn at_home(&self, op: &mut Op<'_>) -> Result<Session> {
        let tenant = self.operator_tenant(op)?;
        let key = system::tenant_key(op, &self.roots, tenant)?;
        let row = op.find(HOME, params![tenant])?.ok_or(Error::Altered)?;
        let letterbox: [u8; 32] = row.get::<Vec<u8>>(0)?.try_into().map_err(|_| Error::Altered)?;
        op.enter(system::caller(tenant, TrailSeal::Key(trail_key(&key))));
        Session::of_the_server(Home {
            tenant,
            tenant_key: key,
            letterbox: LetterboxPublic(letterbox),
            letterbox_sealed: row.get(1)?,
            slug: row.get(2)?,
        })
    }
}

/// The permit of a look at the operator's own state.
///
/// # Errors
/// Those of the policies.
pub fn home_permit<A: Act>(op: &mut Op<'_>, session: &Session, resource: Resource) -> Result<Permit<A>> {
    let facts = Facts {
        root_at_hand: true,
        ..session.facts()
    };
    Ok(op.permit(resource, &facts)?)
}
