//! Bodies of requests that stall are let go.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use tokio::time::{Instant, Sleep};

/// A body of which no byte arrives for this long counts as broken off.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A body that fails when nothing arrives for [`PATIENCE`] while somebody waits for it.
pub(crate) struct Patient {
    body: Body,
    waiting: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl Patient {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            body,
            waiting: Box::pin(tokio::time::sleep(PATIENCE)),
            is_waiting: false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no byte of the body arrived for {} seconds", PATIENCE.as_secs())]
struct Stalled;

impl HttpBody for Patient {
    type Data = Bytes;
    type Error = axum::Error;

    #[allow(
        clippy::disallowed_methods,
        reason = "the runtime's timer, not the time of any event"
    )]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.is_waiting = false;
            return Poll::Ready(frame);
        }
        // The time counts from when the handler began to wait, not while it was busy with what came before.
        if !this.is_waiting {
            this.is_waiting = true;
            this.waiting.as_mut().reset(Instant::now() + PATIENCE);
        }
        match this.waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(axum::Error::new(Stalled)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt as _, stream};
    use http_body_util::BodyExt as _;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_fails_and_a_slow_one_does_not() {
        let slow = stream::iter(0..4).then(async |number| {
            tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![number]))
        });
        let read = Patient::new(Body::from_stream(Box::pin(slow)))
            .collect()
            .await
            .unwrap();
        assert_eq!(read.to_bytes()[..], [0, 1, 2, 3]);

        let stalled = stream::pending::<Result<Bytes, std::io::Error>>();
        let failed = Patient::new(Body::from_stream(stalled))
            .collect()
            .await
            .unwrap_err();
        assert!(failed.to_string().contains("60 seconds"), "{failed}");
    }
}
