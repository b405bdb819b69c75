//! Whose turn it is to be drawn.
//!
//! Promises: so many views at once and no more; documents and films have turns of their own, and so many wait for one at most, who are told to
//! come again and not kept. Leaves out: what is drawn.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// So many documents and films may wait behind each that is drawn. Each of them may take seconds, and nobody waits for many of those.
const WAITING: usize = 8;

/// The turns of one process.
pub(super) struct Turns {
    any: Arc<Semaphore>,
    confined: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

/// One turn. It is over when it is dropped.
pub(super) struct Turn {
    _drawing: OwnedSemaphorePermit,
    _admitted: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// So many at once, and as many documents and films beside them.
    pub(super) fn new(at_once: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS / (1 + WAITING));
        let of = |permits| Arc::new(Semaphore::new(permits));
        Self {
            any: of(at_once),
            confined: of(at_once),
            admitted: of(at_once * (1 + WAITING)),
        }
    }

    /// Waits for a turn.
    pub(super) async fn any(&self) -> Result<Turn> {
        Ok(Turn {
            _drawing: taken(&self.any).await?,
            _admitted: None,
        })
    }

    /// Waits for the turn of a document or a film.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait already.
    pub(super) async fn confined(&self) -> Result<Turn> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let crowded = |_| {
            Error::Unavailable(
                "many documents and films are being drawn at this moment; ask again in some seconds".into(),
            )
        };
        let admitted = admitted.map_err(crowded)?;
        Ok(Turn {
            _drawing: taken(&self.confined).await?,
            _admitted: Some(admitted),
        })
    }
}

async fn taken(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    let taken = Arc::clone(of).acquire_owned().await;
    taken.map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn documents_wait_for_each_other_and_nobody_else_for_them() {
        let turns = Turns::new(1);
        let mut context = Context::from_waker(Waker::noop());
        let drawn = turns.confined().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(turns.confined())).collect();
        for next in &mut waiting {
            assert!(next.as_mut().poll(&mut context).is_pending());
        }
        assert!(matches!(turns.confined().await, Err(Error::Unavailable(_))));
        let picture = turns.any().await.unwrap();
        assert!(pin!(turns.any()).poll(&mut context).is_pending());
        drop((drawn, picture));
        assert!(waiting.remove(0).await.is_ok(), "whoever waited first comes next");
    }
}
