//! One line per request: which operation, method, route, status, how long, how many bytes.
//!
//! Promises: nothing in it comes from the client as text. The route is the pattern that matched, never the
//! path; unknown methods are all `OTHER`. The line is written when the answer's last byte has left, so that
//! streams that broke off show.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::MatchedPath;
use axum::response::Response;
use bytes::{Buf as _, Bytes};
use http::Method;
use http::header::CONTENT_LENGTH;
use kernel::{Clock, OperationId, Timestamp};

use crate::meter::Counted;

/// What is known of a request when it arrives.
pub(crate) struct Arrival {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) began: Timestamp,
    pub(crate) operation: OperationId,
    pub(crate) method: Method,
    pub(crate) route: Option<MatchedPath>,
    pub(crate) counted: Option<Counted>,
}

impl Arrival {
    /// Wraps the answer so that its end writes the line.
    pub(crate) fn follow(self, response: Response) -> Response {
        let status = response.status().as_u16();
        let declared = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        // An answer to HEAD declares a length and sends nothing.
        let expected = if self.method == Method::HEAD {
            Some(0)
        } else {
            declared
        };
        response.map(|body| {
            Body::new(Followed {
                body,
                line: Line {
                    arrival: self,
                    status,
                    bytes: 0,
                    expected,
                    ended: false,
                },
            })
        })
    }
}

struct Line {
    arrival: Arrival,
    status: u16,
    bytes: u64,
    expected: Option<u64>,
    ended: bool,
}

impl Drop for Line {
    fn drop(&mut self) {
        let Arrival {
            clock,
            began,
            operation,
            method,
            route,
            counted,
        } = &self.arrival;
        let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
        let micros = clock.now().as_micros().saturating_sub(began.as_micros());
        let whole = self.ended || self.expected.is_some_and(|expected| self.bytes >= expected);
        let (method, status, bytes) = (word(method), self.status, self.bytes);
        tracing::info!(target: "access", %operation, method, route, status, micros, bytes, whole);
        if let Some(counted) = counted {
            let took = Duration::from_micros(micros.try_into().unwrap_or_default());
            counted.ended(method, route, status, took, bytes);
        }
    }
}

fn word(method: &Method) -> &'static str {
    const KNOWN: [(&Method, &str); 8] = [
        (&Method::GET, "GET"),
        (&Method::HEAD, "HEAD"),
        (&Method::POST, "POST"),
        (&Method::PUT, "PUT"),
        (&Method::PATCH, "PATCH"),
        (&Method::DELETE, "DELETE"),
        (&Method::OPTIONS, "OPTIONS"),
        (&Method::TRACE, "TRACE"),
    ];
    KNOWN
        .iter()
        .find(|(known, _)| *known == method)
        .map_or("OTHER", |(_, word)| word)
}

struct Followed {
    body: Body,
    line: Line,
}

impl HttpBody for Followed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            None => self.line.ended = true,
            Some(Ok(frame)) => {
                self.line.bytes += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                self.line.ended = self.body.is_end_stream();
            }
            Some(Err(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
