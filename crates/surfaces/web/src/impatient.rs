//! A connection that gives up on clients that stall.
//!
//! The HTTP library times the head of a request, but not the first bytes, from which it learns whether a client
//! speaks HTTP/1.1 or HTTP/2; nor does it time a client that stops reading its answer. Both would hold a
//! connection, and what hangs on it, for ever.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a new connection may take to show which protocol it speaks.
const GREETING: Duration = Duration::from_secs(10);
/// How long a client may leave an answer lying.
const READING: Duration = Duration::from_secs(60);
/// What every HTTP/2 connection begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The connection with its two timers.
pub(crate) struct Impatient<S> {
    stream: S,
    /// How many bytes of the preface have come; `None` once the protocol is known.
    greeted: Option<usize>,
    greeting: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
    is_stuck: bool,
}

impl<S> Impatient<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            greeted: Some(0),
            greeting: Box::pin(tokio::time::sleep(GREETING)),
            writing: Box::pin(tokio::time::sleep(READING)),
            is_stuck: false,
        }
    }

    fn note_greeting(&mut self, bytes: &[u8]) {
        if let Some(seen) = self.greeted {
            let rest = &PREFACE[seen..];
            let known = bytes.len() >= rest.len() || !rest.starts_with(bytes);
            self.greeted = if known { None } else { Some(seen + bytes.len()) };
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the runtime's timer, not the time of any event"
    )]
    fn time_write<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.is_stuck = false;
            return outcome;
        }
        if !self.is_stuck {
            self.is_stuck = true;
            self.writing.as_mut().reset(Instant::now() + READING);
        }
        match self.writing.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client stopped reading",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Pending if this.greeted.is_some() => match this.greeting.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the client says nothing",
                ))),
                Poll::Pending => Poll::Pending,
            },
            Poll::Ready(Ok(())) => {
                this.note_greeting(&buffer.filled()[before..]);
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.time_write(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.time_write(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.time_write(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(context);
        self.time_write(context, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    async fn kind_after(greeting: &[u8]) -> Option<io::ErrorKind> {
        let (mut client, server) = duplex(1_024);
        let mut server = Impatient::new(server);
        client.write_all(greeting).await.unwrap();
        let mut buffer = [0; 64];
        loop {
            match tokio::time::timeout(GREETING * 2, server.read(&mut buffer)).await {
                Err(_) => return None,
                Ok(Err(error)) => return Some(error.kind()),
                Ok(Ok(_)) => {}
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_say_its_protocol_is_let_go() {
        assert_eq!(kind_after(b"").await, Some(io::ErrorKind::TimedOut));
        assert_eq!(kind_after(&PREFACE[..20]).await, Some(io::ErrorKind::TimedOut));
        assert_eq!(kind_after(PREFACE).await, None);
        assert_eq!(kind_after(b"P").await, Some(io::ErrorKind::TimedOut));
        assert_eq!(kind_after(b"PUT").await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_reading_is_let_go() {
        let (_client, server) = duplex(8);
        let failed = Impatient::new(server).write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
    }
}
