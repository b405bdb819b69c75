//! Uploads that nobody completes: given up after a week, with a line in the tenant's trail.

use access::Action;
use kernel::{DatasetId, TenantId, UploadId, VersionId};
use operation::{Caller, Op, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::json;
use store::objects::{self, Address};
use store::{Row, StoreError, Tx, params};

use super::{KEPT, rows};
use crate::Custody;
use crate::error::{Error, Result};
use crate::installation::system_caller;
use crate::item::LetGo;

impl Custody {
    /// Gives up uploads that were begun more than [`KEPT`] ago; gives how many. Housekeeping; call it now and then.
    ///
    /// The notice goes first: when this breaks off between the two, the next call says it again and removes the rest.
    pub async fn sweep_uploads(&self) -> Result<usize> {
        let (mut swept, mut places) = (0, LetGo::new());
        loop {
            let before = self.desk.clock.now().minus(KEPT);
            let found = self
                .desk
                .db
                .read(move |tx| tx.all(rows::FORGOTTEN, params![before]))
                .await?;
            let forgotten = found.iter().map(Forgotten::read).collect::<Result<Vec<_>>>()?;
            if forgotten.is_empty() {
                break;
            }
            for upload in forgotten {
                self.tell(&upload).await?;
                let now = self.desk.clock.now();
                let removed = self.desk.db.write(move |tx| remove(tx, &upload, now));
                places.extend(removed.await?);
                swept += 1;
            }
        }
        self.empty_trash_of(places).await;
        Ok(swept)
    }

    async fn tell(&self, upload: &Forgotten) -> Result<()> {
        let upload = *upload;
        let told: Result<()> = self
            .desk
            .act(self.desk.own_request(), move |op: &mut Op<'_>| {
                op.enter(upload.caller());
                let details = json!({ "upload": upload.id, "cause": "abandoned" });
                op.fail(Action::ItemCreate, Resource::dataset(upload.dataset), details)?;
                Err(Error::Interrupted("abandoned".into()))
            })
            .await;
        match told {
            Err(Error::Interrupted(_)) | Ok(()) => Ok(()),
            Err(other) => Err(other),
        }
    }
}

#[derive(Clone, Copy)]
struct Forgotten {
    id: UploadId,
    version: VersionId,
    tenant: TenantId,
    dataset: DatasetId,
    letterbox: LetterboxPublic,
}

impl Forgotten {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            tenant: row.get(2)?,
            dataset: row.get(3)?,
            letterbox: LetterboxPublic(row.get(4)?),
        })
    }

    fn caller(&self) -> Caller {
        system_caller(self.tenant, TrailSeal::Letterbox(self.letterbox))
    }
}

fn remove(tx: &mut Tx, upload: &Forgotten, now: kernel::Timestamp) -> std::result::Result<LetGo, StoreError> {
    let mut places = LetGo::new();
    for row in tx.all(rows::ALL_PARTS, params![upload.tenant, upload.version])? {
        if let Some(address) = Address::read(&row, 1, 2)? {
            objects::discard(tx, &address, now)?;
            places.insert(address.place);
        }
    }
    tx.execute(rows::DELETE_PARTS, params![upload.tenant, upload.version])?;
    tx.execute(rows::DELETE, params![upload.tenant, upload.id])?;
    Ok(places)
}
