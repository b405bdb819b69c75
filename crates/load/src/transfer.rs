//! Large objects: how fast they go in and out, and what the server needs for it.

use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Method};
use tokio::time::Instant;
use tokio_util::bytes::Bytes;

use crate::Outcome;
use crate::connection::{Target, item_of, send};
use crate::process::Server;

/// One gibibyte.
pub(crate) const GIBIBYTE: u64 = 1 << 30;
const PIECE: usize = 256 << 10;

/// The head of a table of [`Transfer`].
pub(crate) const HEAD: &str = "| act | GiB | seconds | GB/s | server CPU s | server CPU s/GiB | server resident peak MB |\n|---|---:|---:|---:|---:|---:|---:|";

/// One object in one direction. Its text is a row of a Markdown table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transfer {
    act: &'static str,
    gibibytes: u64,
    /// From the first byte to the answer's end.
    pub(crate) took: Duration,
    /// Processor time of the server meanwhile.
    pub(crate) processor: Duration,
    /// In bytes.
    pub(crate) resident_peak: u64,
}

/// Puts an object of this size and fetches it back.
pub(crate) async fn there_and_back(
    server: &Server,
    target: &Target,
    gibibytes: u64,
) -> Outcome<[Transfer; 2]> {
    let dataset = format!("large-{gibibytes}");
    target.make_dataset(&dataset).await?;
    let size = gibibytes * GIBIBYTE;
    let mut item = String::new();
    let put = watched(server, "PUT", gibibytes, async {
        let piece = Bytes::from(vec![0x5a; PIECE]);
        let pieces =
            stream::iter(0..size / PIECE as u64).map(move |_| Ok::<_, std::io::Error>(piece.clone()));
        let request = target.request(Method::POST, &format!("/v1/datasets/{dataset}/items?name=large"));
        let request = request
            .header(CONTENT_LENGTH, size)
            .body(Body::wrap_stream(pieces));
        item = item_of(send(request).await?).await?;
        Ok(())
    });
    let put = put.await?;
    let get = watched(server, "GET", gibibytes, async {
        let mut answer = send(target.request(Method::GET, &format!("/v1/items/{item}/content"))).await?;
        let mut came = 0;
        while let Some(piece) = answer.chunk().await? {
            came += piece.len() as u64;
        }
        if came == size {
            Ok(())
        } else {
            Err(format!("{came} bytes came").into())
        }
    });
    Ok([put, get.await?])
}

async fn watched(
    server: &Server,
    act: &'static str,
    gibibytes: u64,
    work: impl Future<Output = Outcome<()>>,
) -> Outcome<Transfer> {
    server.forget_peak()?;
    let (before, began) = (server.usage()?, Instant::now());
    work.await?;
    let (took, after) = (began.elapsed(), server.usage()?);
    let processor = after.processor.saturating_sub(before.processor);
    Ok(Transfer {
        act,
        gibibytes,
        took,
        processor,
        resident_peak: after.resident_peak,
    })
}

impl fmt::Display for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, processor) = (self.took.as_secs_f64(), self.processor.as_secs_f64());
        let rate = (self.gibibytes * GIBIBYTE) as f64 / seconds / 1e9;
        let (each, peak) = (processor / self.gibibytes as f64, self.resident_peak as f64 / 1e6);
        write!(
            f,
            "| {} | {} | {seconds:.2} | {rate:.2} | {processor:.2} | {each:.2} | {peak:.0} |",
            self.act, self.gibibytes
        )
    }
}
