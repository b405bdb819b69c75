//! Acts on a dataset's own bucket: setting, showing, removing.

use operation::acts::{ChangeDataset, ViewDataset};
use operation::{Act, Request};
use serde_json::json;
use store::params;

use super::super::ops::permitted;
use super::super::{DatasetRef, rows};
use super::{NewOwnBucket, OwnBucket};
use crate::error::{Error, Result};
use crate::{Credential, Custody, contexts};

impl Custody {
    /// Makes the dataset's items refer to objects of this bucket, or gives new keys for it. Items that have bytes here
    /// already keep them.
    pub async fn set_own_bucket(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        new: NewOwnBucket,
    ) -> Result<OwnBucket> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, ChangeDataset::ACTION)?;
                let (row, permit) = permitted::<ChangeDataset>(op, &session, &dataset)?;
                new.check()?;
                new.connect(&custody)?;
                let text = serde_json::to_vec(&new).map_err(|error| Error::Internal(error.to_string()))?;
                let text = zeroize::Zeroizing::new(text);
                let context = contexts::own_bucket(session.tenant, row.id);
                let sealed = sealing::seal(session.tenant_key(), &context, &text, op.random());
                op.change(
                    &permit,
                    rows::SET_OWN_BUCKET,
                    params![session.tenant, row.id, sealed],
                )?;
                let details = json!({
                    "own_bucket": "set", "endpoint": new.endpoint, "mode": new.mode, "delete_remote": new.delete_remote
                });
                op.record(permit, details)?;
                Ok(new.shown())
            })
            .await
    }

    /// The dataset's own bucket without its keys; [`Error::NotFound`] when it has none.
    pub async fn own_bucket(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<OwnBucket> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, ViewDataset::ACTION)?;
                let (row, permit) = permitted::<ViewDataset>(op, &session, &dataset)?;
                let bucket = row.own_bucket(&session)?.ok_or(Error::NotFound("own bucket"))?;
                op.record(permit, json!({ "own_bucket": "shown" }))?;
                Ok(bucket.shown())
            })
            .await
    }

    /// Forgets the bucket and its keys; [`Error::NotFound`] when there is none. Items that refer to it stay and cannot be
    /// read until it is set again.
    pub async fn remove_own_bucket(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<()> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, ChangeDataset::ACTION)?;
                let (row, permit) = permitted::<ChangeDataset>(op, &session, &dataset)?;
                row.own_bucket_sealed
                    .as_ref()
                    .ok_or(Error::NotFound("own bucket"))?;
                let nothing = params![session.tenant, row.id, None::<Vec<u8>>];
                op.change(&permit, rows::SET_OWN_BUCKET, nothing)?;
                op.record(permit, json!({ "own_bucket": "removed" }))?;
                Ok(())
            })
            .await
    }
}
