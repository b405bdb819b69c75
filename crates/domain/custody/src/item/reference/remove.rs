//! Removing the objects of deleted items, where the dataset says so.
//!
//! Promises: what is to go is noted in the transaction that forgets the item, so that neither a crash nor a bucket that does
//! not answer loses it; an object goes in the state that was referred to alone, and stays while another version of its
//! item refers to it. What could not be removed is tried again with the tenant's next deletion, and every minute where
//! this server holds the tenant's key.

use kernel::{TenantId, VersionId};
use operation::{Act, Op, Permit};
use sealing::Key;
use serde::{Deserialize, Serialize};
use store::objects::BucketError;
use store::{Row, params};

use super::Reference;
use crate::dataset::{NewOwnBucket, own_bucket};
use crate::error::{Error, Result};
use crate::item::rows::{self, ItemRow};
use crate::session::Session;
use crate::{Custody, contexts};

const INSERT: &str =
    "INSERT INTO own_bucket_trash (version_id, tenant_id, object_sealed, at) VALUES ($1, $2, $3, $4)";
const DELETE: &str = "DELETE FROM own_bucket_trash WHERE version_id = $1";
/// Older ones that an act takes along.
const OF_TENANT: &str = "SELECT version_id, tenant_id, object_sealed FROM own_bucket_trash WHERE tenant_id = $1 ORDER BY at LIMIT 20";
const ALL: &str = "SELECT o.version_id, o.tenant_id, o.object_sealed, t.key_wrapped, t.root_id FROM own_bucket_trash o \
     JOIN tenant t ON t.tenant_id = o.tenant_id WHERE t.key_wrapped IS NOT NULL ORDER BY o.at LIMIT 100";

/// An object that is to be removed.
pub(crate) struct Waiting {
    version: VersionId,
    object: Object,
}

#[derive(Serialize, Deserialize)]
struct Object {
    bucket: NewOwnBucket,
    reference: Reference,
}

/// What an act let go of, and what waits from before.
#[derive(Default)]
pub(in crate::item) struct LetGoThere {
    now: Vec<Waiting>,
    before: Vec<Waiting>,
}

impl LetGoThere {
    /// Whether the act let go of anything.
    pub(in crate::item) fn removes(&self) -> bool {
        !self.now.is_empty()
    }

    pub(in crate::item) fn into_all(mut self) -> Vec<Waiting> {
        self.now.extend(self.before);
        self.now
    }
}

/// Notes the objects that an item's versions refer to, or one version's alone, if its dataset removes them.
pub(in crate::item) fn let_go<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
    only: Option<VersionId>,
) -> Result<LetGoThere> {
    let Some(bucket) = removing(session, row)? else {
        return Ok(LetGoThere::default());
    };
    let params = params![session.tenant, row.id, session.member, op.now(), 0i64, i64::MAX];
    let (mut stays, mut goes) = (Vec::new(), Vec::new());
    for version in op.find_all(&rows::versions_sql(), params)? {
        let version = ItemRow::read(session, &version)?;
        let reference = version.meta()?.reference;
        let Some(reference) = reference.filter(|reference| reference.bucket == bucket.address()) else {
            continue;
        };
        match only.is_none_or(|only| only == version.version) {
            true => goes.push((version.version, reference)),
            false => stays.push(reference),
        }
    }
    goes.retain(|(_, reference)| !stays.contains(reference));
    let before = op.find_all(OF_TENANT, params![session.tenant])?;
    let before = before.iter().map(|row| open(session.tenant_key(), row));
    let mut let_go = LetGoThere {
        before: before.collect::<Result<_>>()?,
        now: Vec::new(),
    };
    for (version, reference) in goes {
        let object = Object {
            bucket: bucket.clone(),
            reference,
        };
        let text = serde_json::to_vec(&object).map_err(|error| Error::Internal(error.to_string()))?;
        let text = zeroize::Zeroizing::new(text);
        let context = contexts::own_bucket_trash(session.tenant, version);
        let sealed = sealing::seal(session.tenant_key(), &context, &text, op.random());
        let now = op.now();
        op.change(permit, INSERT, params![version, session.tenant, sealed, now])?;
        let_go.now.push(Waiting { version, object });
    }
    Ok(let_go)
}

/// The dataset's own bucket, if deleting items removes objects there.
fn removing(session: &Session, row: &ItemRow) -> Result<Option<NewOwnBucket>> {
    let sealed = row.own_bucket_sealed.as_deref();
    let bucket = sealed.map(|sealed| own_bucket::open(session, row.dataset, sealed));
    Ok(bucket.transpose()?.filter(|bucket| bucket.delete_remote))
}

fn open(tenant_key: &Key, row: &Row) -> Result<Waiting> {
    let (version, tenant): (VersionId, TenantId) = (row.get(0)?, row.get(1)?);
    let context = contexts::own_bucket_trash(tenant, version);
    let opened = sealing::open(tenant_key, &context, &row.get::<Vec<u8>>(2)?)?;
    let object = serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Waiting { version, object })
}

impl Custody {
    /// Removes these objects. What fails waits on.
    pub(crate) async fn empty_own_trash(&self, waiting: Vec<Waiting>) {
        for one in waiting {
            if let Err(error) = self.remove_object(&one).await {
                tracing::warn!(%error, "a deleted item's object waits in a tenant's own bucket to be removed");
            }
        }
    }

    /// Tries again to remove what waits in tenants' own buckets, of tenants whose key this server holds; gives how many
    /// objects are gone. Housekeeping; call it now and then.
    pub async fn sweep_own_buckets(&self) -> Result<usize> {
        let found = self.desk.db.read(|tx| tx.all(ALL, &[])).await?;
        let mut gone = 0;
        for row in &found {
            let tenant: TenantId = row.get(1)?;
            let root = self.roots.find(row.get::<Option<String>>(4)?.as_deref())?;
            let key = root.unwrap(&contexts::tenant_key(tenant), &row.get::<Vec<u8>>(3)?);
            let key = key.map_err(|error| Error::Internal(error.to_string()))?;
            match self.remove_object(&open(&key, row)?).await {
                Ok(()) => gone += 1,
                // Said when it was deleted; a bucket that is away for long would fill the log.
                Err(error) => tracing::debug!(%error, "an object waits on in a tenant's own bucket"),
            }
        }
        Ok(gone)
    }

    async fn remove_object(&self, waiting: &Waiting) -> Result<()> {
        let Object { bucket, reference } = &waiting.object;
        let connected = bucket.connect(self)?;
        let removed = connected.remove(&reference.key, &reference.tag, reference.version.as_deref());
        match removed.await {
            // A name that cannot be asked for was never imported or written.
            Ok(()) | Err(BucketError::Name) => {}
            Err(error) => return Err(error.into()),
        }
        let version = waiting.version;
        let forgotten = self.desk.db.write(move |tx| tx.execute(DELETE, params![version]));
        forgotten.await?;
        Ok(())
    }
}
