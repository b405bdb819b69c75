//! What the stream costs over the bare cipher: the same library, the same buffers, the same run.
//!
//! Prints throughput by criterion, then ratios from rounds that alternate between the two, so that a busy
//! machine slows both alike. The aim is 0.80 or more on one core.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench measures with the machine's clock"
)]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench, not a program")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use bytes::Bytes;
use criterion::{Criterion, Throughput};
use kernel::SystemRandom;
use sealing::{ChunkSize, Context, Key, Refused, Sealing, StreamOpener, StreamSealer, TAG_LEN};

/// One item of 4 MiB: 64 chunks of 64 KiB, with the cost of its header and keys.
const CHUNKS: u32 = 64;
const CHUNK: usize = 64 * 1024;
const ROUNDS: usize = 400;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("item of 4 MiB");
    group.throughput(Throughput::Bytes(u64::from(CHUNKS) * CHUNK as u64));
    group.bench_function("seal, raw AES-256-GCM", |b| {
        b.iter_custom(|times| (0..times).map(|_| raw_seal()).sum())
    });
    group.bench_function("seal, stream", |b| {
        b.iter_custom(|times| (0..times).map(|_| stream_seal()).sum())
    });
    group.bench_function("seal, pieces of 64 KiB, shared", |b| {
        b.iter_custom(|times| (0..times).map(|_| shared_pieces_of_a_chunk()).sum())
    });
    group.bench_function("seal, pieces of 64 KiB, borrowed", |b| {
        b.iter_custom(|times| (0..times).map(|_| pieces_of_a_chunk()).sum())
    });
    group.bench_function("seal, pieces of 1 MiB", |b| {
        b.iter_custom(|times| (0..times).map(|_| pieces_of_sixteen()).sum())
    });
    group.bench_function("open, raw AES-256-GCM", |b| {
        b.iter_custom(|times| (0..times).map(|_| raw_open()).sum())
    });
    group.bench_function("open, stream", |b| {
        b.iter_custom(|times| (0..times).map(|_| stream_open()).sum())
    });
    group.finish();
    criterion.final_summary();
    ratio("seal, stream", raw_seal, stream_seal);
    ratio(
        "seal, pieces of 64 KiB, shared",
        raw_seal,
        shared_pieces_of_a_chunk,
    );
    ratio("seal, pieces of 64 KiB, borrowed", raw_seal, pieces_of_a_chunk);
    ratio("seal, pieces of 1 MiB", raw_seal, pieces_of_sixteen);
    ratio("open, stream", raw_open, stream_open);
}

/// Alternating rounds, the median of each.
fn ratio(name: &str, raw: fn() -> Duration, ours: fn() -> Duration) {
    let (mut raws, mut oursies) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raws.push(raw());
        oursies.push(ours());
    }
    raws.sort();
    oursies.sort();
    let (raw, ours) = (raws[ROUNDS / 2].as_secs_f64(), oursies[ROUNDS / 2].as_secs_f64());
    let rate = |seconds: f64| f64::from(CHUNKS) * CHUNK as f64 / seconds / 1e9;
    println!(
        "{name}: {:.2} of raw ({:.2} GB/s of {:.2} GB/s)",
        raw / ours,
        rate(ours),
        rate(raw)
    );
}

fn raw_seal() -> Duration {
    let mut buffer = plaintext();
    timed(|| {
        let cipher = raw_cipher();
        for index in 0..CHUNKS {
            let tag = cipher.seal_in_place_separate_tag(raw_nonce(index), Aad::empty(), &mut buffer[..CHUNK]);
            let _ = black_box(tag.unwrap());
        }
    })
}

fn stream_seal() -> Duration {
    let key = Key::generate(&SystemRandom);
    let mut buffer = plaintext();
    timed(|| {
        let (sealer, header) = StreamSealer::new(&key, &context(), ChunkSize::DEFAULT, &SystemRandom);
        black_box(header);
        for index in 0..CHUNKS {
            buffer.truncate(CHUNK);
            sealer.seal_chunk(index + 1 == CHUNKS, &mut buffer).unwrap();
        }
    })
}

/// Every piece is copied once, as it may be the last.
fn pieces_of_a_chunk() -> Duration {
    pieces_seal(1)
}

/// The piece that may be the last waits where it lies.
fn shared_pieces_of_a_chunk() -> Duration {
    let key = Key::generate(&SystemRandom);
    let buffer = Bytes::from(vec![0x5a; CHUNK]);
    let mut write = take;
    timed(|| {
        let (mut sealing, _) = Sealing::new(&key, &context(), ChunkSize::DEFAULT, &SystemRandom);
        for _ in 0..CHUNKS {
            sealing.push_shared(buffer.clone(), &mut write).unwrap();
        }
        sealing.finish(&mut write).unwrap();
    })
}

/// Fifteen of sixteen chunks are sealed out of the piece.
fn pieces_of_sixteen() -> Duration {
    pieces_seal(16)
}

fn pieces_seal(chunks: u32) -> Duration {
    let key = Key::generate(&SystemRandom);
    let buffer = vec![0x5a; CHUNK * chunks as usize];
    let mut write = take;
    timed(|| {
        let (mut sealing, _) = Sealing::new(&key, &context(), ChunkSize::DEFAULT, &SystemRandom);
        for _ in 0..CHUNKS / chunks {
            sealing.push(&buffer, &mut write).unwrap();
        }
        sealing.finish(&mut write).unwrap();
    })
}

fn take(chunk: &[u8]) -> Result<(), Refused> {
    black_box(chunk);
    Ok(())
}

fn raw_open() -> Duration {
    let cipher = raw_cipher();
    let mut chunks: Vec<_> = (0..CHUNKS)
        .map(|index| {
            let mut chunk = plaintext();
            cipher
                .seal_in_place_append_tag(raw_nonce(index), Aad::empty(), &mut chunk)
                .unwrap();
            chunk
        })
        .collect();
    timed(|| {
        let cipher = raw_cipher();
        for (index, chunk) in (0..).zip(&mut chunks) {
            black_box(
                cipher
                    .open_in_place(raw_nonce(index), Aad::empty(), chunk)
                    .unwrap(),
            );
        }
    })
}

fn stream_open() -> Duration {
    let key = Key::generate(&SystemRandom);
    let (sealer, header) = StreamSealer::new(&key, &context(), ChunkSize::DEFAULT, &SystemRandom);
    let mut chunks: Vec<_> = (0..CHUNKS)
        .map(|index| {
            let mut chunk = plaintext();
            sealer.seal_chunk(index + 1 == CHUNKS, &mut chunk).unwrap();
            chunk
        })
        .collect();
    timed(|| {
        let opener = StreamOpener::new(&key, &context(), &header).unwrap();
        for (index, chunk) in (0..).zip(&mut chunks) {
            black_box(opener.open_chunk(index, index + 1 == CHUNKS, chunk).unwrap());
        }
    })
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn plaintext() -> Vec<u8> {
    let mut buffer = Vec::with_capacity(CHUNK + TAG_LEN);
    buffer.resize(CHUNK, 0x5a);
    buffer
}

fn context() -> Context {
    Context::new("item bytes")
        .with([1; 16])
        .with([2; 16])
        .with([3; 16])
}

fn raw_cipher() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap())
}

fn raw_nonce(index: u32) -> Nonce {
    let mut nonce = [0u8; 12];
    nonce[8..].copy_from_slice(&index.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}
