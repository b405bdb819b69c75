//! Bodies on their way to `s3s` and from it to custody, watched as they pass.
//!
//! Promises: a fault of a body is kept where the answer is made, so that the client is told which; a body that is not
//! what was stated ends in an error, after which custody keeps nothing.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody as _};
use bytes::Bytes;
use custody::item::{BodyError, Notes};
use futures_util::{Stream, StreamExt, stream};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, TrailingHeaders, s3_error};

use crate::errors::hash_mismatch;
use crate::framing::{Broken, Framing};
use crate::stated::{Stated, Sums};

/// What was wrong with the body of a request, if anything was: the first fault counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Option<S3Error>>>);

impl Faults {
    fn note(&self, fault: S3Error) -> BodyError {
        let said = BodyError(fault.code().as_str().to_owned());
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert(fault);
        said
    }

    /// Takes the fault, to answer with it.
    pub(crate) fn take(&self) -> Option<S3Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An `aws-chunked` body with frames that a reader may hold in memory.
pub(crate) fn framed(body: Body, framing: Framing, faults: Faults) -> Body {
    let begun = Some((body.into_data_stream(), framing));
    let passed = stream::unfold(begun, move |begun| {
        let faults = faults.clone();
        async move {
            let (mut body, mut framing) = begun?;
            let mut out = Vec::new();
            match body.next().await {
                Some(Ok(piece)) => match framing.push(piece, &mut out) {
                    Ok(()) => Some((Ok(Bytes::from(out.concat())), Some((body, framing)))),
                    Err(broken) => Some((Err(faults.note(of_framing(broken))), None)),
                },
                Some(Err(_)) => Some((Err(faults.note(of_framing(Broken::Ended))), None)),
                None => match framing.finish() {
                    Ok(()) => None,
                    Err(broken) => Some((Err(faults.note(of_framing(broken))), None)),
                },
            }
        }
    });
    // An empty piece would be an empty frame to whoever counts frames.
    Body::from_stream(passed.filter(|piece| {
        let empty = piece.as_ref().is_ok_and(Bytes::is_empty);
        std::future::ready(!empty)
    }))
}

fn of_framing(broken: Broken) -> S3Error {
    let code = match broken {
        Broken::Ended => S3ErrorCode::IncompleteBody,
        Broken::Malformed | Broken::TooLarge => S3ErrorCode::InvalidRequest,
    };
    S3Error::with_message(code, format!("{broken}; nothing was kept"))
}

/// A body that `s3s` reads by itself, held to what was stated about it.
pub(crate) fn document(body: Body, stated: Stated, faults: Faults) -> Body {
    // Of nothing `s3s` wants to see that it is nothing.
    if body.is_end_stream() && Sums::new(stated.clone()).finish(None).is_ok() {
        return body;
    }
    let watch = Watch {
        sums: Sums::new(stated),
        trailers: None,
        // `s3s` stops at the declared length, without asking whether there is more.
        stops_at_length: true,
        faults,
        notes: Notes::default(),
    };
    Body::from_stream(watch.over(body.into_data_stream()))
}

/// The content of an object as custody takes it, held to what was stated about it. What held is noted with its end.
pub(crate) fn content(
    body: Option<StreamingBlob>,
    stated: Stated,
    trailers: Option<TrailingHeaders>,
    faults: Faults,
    notes: Notes,
) -> impl Stream<Item = Result<Bytes, BodyError>> + Unpin + Send {
    let body = body.map_or_else(|| stream::empty().boxed(), StreamExt::boxed);
    let watch = Watch {
        sums: Sums::new(stated),
        trailers,
        stops_at_length: false,
        faults,
        notes,
    };
    watch.over(body).boxed()
}

/// Holds a passing body to what was stated.
struct Watch {
    sums: Sums,
    trailers: Option<TrailingHeaders>,
    stops_at_length: bool,
    faults: Faults,
    /// Where what held is kept with the version, before custody commits.
    notes: Notes,
}

type Passed<S> = Option<(Result<Bytes, BodyError>, Option<(S, Watch)>)>;

impl Watch {
    fn over<S, E>(self, body: S) -> impl Stream<Item = Result<Bytes, BodyError>> + Send
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin + Send,
        E: std::fmt::Display + Send,
    {
        stream::unfold(Some((body, self)), async |begun| {
            let (mut body, watch) = begun?;
            match body.next().await {
                Some(Ok(piece)) => watch.pass(body, piece),
                Some(Err(error)) => {
                    let fault = watch.faults.note(of_reader(&error.to_string()));
                    Some((Err(fault), None))
                }
                None => watch.finish().err().map(|fault| (Err(fault), None)),
            }
        })
    }

    fn pass<S>(mut self, body: S, piece: Bytes) -> Passed<S> {
        if let Err(fault) = self.sums.update(&piece) {
            return Some((Err(self.faults.note(fault)), None));
        }
        if self.stops_at_length && self.sums.is_at_length() {
            return Some((self.finish().map(|()| piece), None));
        }
        Some((Ok(piece), Some((body, self))))
    }

    fn finish(self) -> Result<(), BodyError> {
        let trailers = self.trailers.and_then(|trailers| trailers.take());
        let sums = self
            .sums
            .finish(trailers.as_ref())
            .map_err(|fault| self.faults.note(fault))?;
        sums.into_iter()
            .for_each(|(name, value)| self.notes.set(name, value));
        Ok(())
    }
}

/// What the readers of `s3s` say; their types are not public, and a test holds the words.
fn of_reader(said: &str) -> S3Error {
    if said.contains("Sha256Mismatch") {
        return hash_mismatch();
    }
    if said.contains("SignatureMismatch") {
        return s3_error!(
            SignatureDoesNotMatch,
            "the signature of a chunk does not match; nothing was kept"
        );
    }
    if said.contains("FormatError") || said.contains("TooLarge") || said.contains("TooMany") {
        return of_framing(Broken::Malformed);
    }
    s3_error!(
        IncompleteBody,
        "the body ended before its end; nothing was kept, send it again"
    )
}
