//! What each part of a transfer costs in one thread on this machine: hashing, sealing, opening, TLS, the disk.
//!
//! The parts are the very ones that the server uses, each on its own and with nothing else to do. Their sum is what a
//! transfer would cost without copying, system calls and scheduling.

use std::fmt;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use kernel::SystemRandom;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use sealing::{ChunkSize, Context, Key, Layout, Refused, Sealing, StreamOpener};
use tokio::time::Instant;
use tokio_util::bytes::Bytes;

use crate::Outcome;

/// Bytes that every part is measured with.
const BYTES: usize = 512 << 20;
/// Bytes given at once, as they come from the network.
const PIECE: usize = 64 << 10;

/// The costs. Its text is a Markdown table.
#[derive(Debug)]
pub(crate) struct Shares(Vec<(&'static str, Duration)>);

/// Measures all of them.
pub(crate) fn measure(folder: &Path) -> Outcome<Shares> {
    let (sealed, opened) = seal_and_open()?;
    let (encrypted, decrypted) = tls()?;
    let (written, synced, read) = disk(folder)?;
    Ok(Shares(vec![
        ("SHA-256", hash()),
        ("sealing, 64 KiB chunks", sealed),
        ("opening, 64 KiB chunks", opened),
        ("TLS 1.3 out (encrypt)", encrypted),
        ("TLS 1.3 in (decrypt)", decrypted),
        ("disk: write", written),
        ("disk: fsync after it", synced),
        ("disk: read back (from the page cache)", read),
    ]))
}

fn hash() -> Duration {
    let (piece, began) = (vec![0x5a; PIECE], Instant::now());
    let mut hasher = digest::Context::new(&digest::SHA256);
    (0..BYTES / PIECE).for_each(|_| hasher.update(black_box(&piece)));
    black_box(hasher.finish());
    began.elapsed()
}

fn seal_and_open() -> Outcome<(Duration, Duration)> {
    let (key, context) = (Key::generate(&SystemRandom), Context::new("load program"));
    // Written once before the clock starts: the system gives memory page by page, which is not sealing's cost.
    let (piece, mut sealed) = (Bytes::from(vec![0x5a; PIECE]), vec![1; BYTES + BYTES / 1_000]);
    sealed.clear();
    let began = Instant::now();
    let (mut sealing, header) = Sealing::new(&key, &context, ChunkSize::DEFAULT, &SystemRandom);
    let mut write = |chunk: &[u8]| -> Result<(), Refused> {
        sealed.extend_from_slice(chunk);
        Ok(())
    };
    for _ in 0..BYTES / PIECE {
        sealing.push_shared(piece.clone(), &mut write)?;
    }
    sealing.finish(&mut write)?;
    let sealing_took = began.elapsed();

    let began = Instant::now();
    let opener = StreamOpener::new(&key, &context, &header)?;
    let layout = Layout::new(BYTES as u64, ChunkSize::DEFAULT)?;
    let base = header.len() as u64;
    for index in 0..layout.chunk_count() {
        let span = layout.chunk(index)?;
        let range = (span.sealed.start - base) as usize..(span.sealed.end - base) as usize;
        black_box(opener.open_chunk(span.index, span.last, &mut sealed[range])?);
    }
    Ok((sealing_took, began.elapsed()))
}

/// Both ends of one connection in memory: what one encrypts, the other decrypts.
fn tls() -> Outcome<(Duration, Duration)> {
    let (mut client, mut server) = handshake()?;
    let (piece, mut plain) = (vec![0x5a; PIECE], vec![0; 2 * PIECE]);
    client.set_buffer_limit(None);
    let (mut encrypting, mut decrypting) = (Duration::ZERO, Duration::ZERO);
    let mut wire = Vec::with_capacity(2 * PIECE);
    for _ in 0..BYTES / PIECE {
        wire.clear();
        let began = Instant::now();
        client.writer().write_all(&piece)?;
        while client.wants_write() {
            client.write_tls(&mut wire)?;
        }
        encrypting += began.elapsed();
        let (began, mut came) = (Instant::now(), wire.as_slice());
        while !came.is_empty() {
            server.read_tls(&mut came)?;
            let ready = server.process_new_packets()?.plaintext_bytes_to_read();
            server.reader().read_exact(&mut plain[..ready])?;
        }
        black_box(&plain);
        decrypting += began.elapsed();
    }
    Ok((encrypting, decrypting))
}

fn handshake() -> Outcome<(ClientConnection, ServerConnection)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone())?;
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(client), ServerName::try_from("localhost")?)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire)?;
        feed(&mut wire.as_slice(), |from| server.read_tls(from))?;
        server.process_new_packets()?;
        wire.clear();
        while server.wants_write() {
            server.write_tls(&mut wire)?;
        }
        feed(&mut wire.as_slice(), |from| client.read_tls(from))?;
        client.process_new_packets()?;
    }
    Ok((client, server))
}

fn feed(from: &mut &[u8], mut take: impl FnMut(&mut &[u8]) -> std::io::Result<usize>) -> std::io::Result<()> {
    while !from.is_empty() {
        take(from)?;
    }
    Ok(())
}

fn disk(folder: &Path) -> Outcome<(Duration, Duration, Duration)> {
    let place = tempfile::Builder::new()
        .prefix("bailee-load-")
        .tempdir_in(folder)?;
    let path = place.path().join("object");
    let (mut piece, mut file) = (vec![0x5a; PIECE], File::create(&path)?);
    let began = Instant::now();
    for _ in 0..BYTES / PIECE {
        file.write_all(&piece)?;
    }
    let written = began.elapsed();
    let began = Instant::now();
    file.sync_all()?;
    let synced = began.elapsed();
    let (began, mut file) = (Instant::now(), File::open(&path)?);
    for _ in 0..BYTES / PIECE {
        file.read_exact(&mut piece)?;
    }
    Ok((written, synced, began.elapsed()))
}

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| part, one thread | MB/s | s/GiB |\n|---|---:|---:|")?;
        for (part, took) in &self.0 {
            let seconds = took.as_secs_f64();
            let (rate, each) = (
                BYTES as f64 / seconds / 1e6,
                seconds * (1u64 << 30) as f64 / BYTES as f64,
            );
            writeln!(f, "| {part} | {rate:.0} | {each:.2} |")?;
        }
        Ok(())
    }
}
