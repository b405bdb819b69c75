//! Passing bytes on from the tenant's bucket.

use std::ops::Range;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use operation::Resource;
use serde_json::json;
use store::objects::BucketError;
use tokio::sync::mpsc;

use super::Pinned;
use crate::Custody;
use crate::error::{Error, Result};
use crate::live::Liveness;
use crate::session::Witness;

/// Pieces that may wait for a slow client.
const PIECES_IN_FLIGHT: usize = 4;

/// Opens the object, and passes it on piece by piece. That it is another than it was is an error and stands in the trail.
pub(in crate::item) async fn pass(
    custody: &Custody,
    pinned: &Pinned,
    range: Range<u64>,
    resource: Resource,
    witness: Witness,
    live: Liveness,
) -> Result<mpsc::Receiver<Result<Bytes>>> {
    let bucket = pinned.bucket.connect(custody)?;
    let opened = bucket
        .read(&pinned.reference.key, &pinned.state(), range.clone())
        .await;
    let work = Passing {
        telling: Telling::of(custody, resource, witness),
        live,
    };
    let bytes = match opened {
        Ok(bytes) => bytes,
        Err(error) => return Err(work.telling.told(error).await),
    };
    let (pieces, taken) = mpsc::channel(PIECES_IN_FLIGHT);
    drop(tokio::spawn(async move {
        if let Err(error) = work.run(bytes, range.end - range.start, &pieces).await {
            let _ = pieces.send(Err(error)).await;
        }
    }));
    Ok(taken)
}

struct Passing {
    telling: Telling,
    live: Liveness,
}

impl Passing {
    /// INVARIANT: exactly the bytes that were asked for are passed on, or an error after them.
    async fn run(
        &self,
        mut bytes: BoxStream<'static, std::result::Result<Bytes, BucketError>>,
        mut left: u64,
        pieces: &mpsc::Sender<Result<Bytes>>,
    ) -> Result<()> {
        while let Some(piece) = bytes.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return Err(self.telling.told(error).await),
            };
            self.live.check()?;
            left = left.checked_sub(piece.len() as u64).ok_or_else(wrong_length)?;
            // An empty piece would be an empty frame on the wire.
            if !piece.is_empty() && pieces.send(Ok(piece)).await.is_err() {
                return Ok(());
            }
        }
        match left {
            0 => Ok(()),
            _ => Err(wrong_length()),
        }
    }
}

/// Leaves in the trail that an object is not what was referred to.
pub(super) struct Telling {
    custody: Custody,
    resource: Resource,
    witness: Witness,
}

impl Telling {
    pub(super) fn of(custody: &Custody, resource: Resource, witness: Witness) -> Self {
        Self {
            custody: custody.clone(),
            resource,
            witness,
        }
    }

    /// The error, once it stands in the trail if it belongs there.
    pub(super) async fn told(&self, error: BucketError) -> Error {
        if matches!(error, BucketError::Changed | BucketError::Missing) {
            let (witness, resource) = (self.witness.clone(), self.resource.clone());
            let desk = &self.custody.desk;
            // Always an error, so that the act rolls back and its failure is recorded.
            let recorded: Result<()> = desk
                .act(desk.own_request(), move |op| {
                    op.enter(witness.caller());
                    let details = json!({ "cause": "altered in the dataset's own bucket" });
                    op.fail(witness.action, resource.clone(), details)?;
                    Err(Error::Altered)
                })
                .await;
            let recorded = matches!(recorded, Err(Error::Altered));
            tracing::warn!(
                recorded,
                "an object in a tenant's own bucket is not the one that was referred to"
            );
        }
        error.into()
    }
}

fn wrong_length() -> Error {
    Error::Unavailable("the dataset's own bucket did not give the bytes it announced; read again".into())
}
