//! How fast the ledger is: proofs at ten million entries, sequencing, and hashing of small inputs.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(
    clippy::unwrap_used,
    reason = "a bench that cannot set up has nothing to measure"
)]

use std::collections::HashMap;
use std::convert::Infallible;
use std::hint::black_box;

use criterion::BatchSize;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use ledger::Chain;
use ledger::Hash;
use ledger::commit;
use ledger::tree::Frontier;
use ledger::tree::TileStore;
use ledger::tree::append_entries;
use ledger::tree::consistency_proof;
use ledger::tree::inclusion_proof;
use ledger::tree::verify_inclusion;

const ENTRIES: u64 = 10_000_000;

#[derive(Default)]
struct Tiles(HashMap<(u8, u64), Vec<u8>>);

impl TileStore for Tiles {
    type Error = Infallible;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(&(level, index)).cloned())
    }
}

fn link(index: u64) -> Hash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&index.to_be_bytes());
    Hash::from_bytes(bytes)
}

fn ten_million() -> (Tiles, Frontier) {
    let (mut tiles, mut frontier) = (Tiles::default(), Frontier::empty());
    for start in (0..ENTRIES).step_by(100_000) {
        let links: Vec<_> = (start..start + 100_000).map(link).collect();
        let appended = append_entries(&mut frontier, &links);
        tiles.0.extend(
            appended
                .tiles
                .into_iter()
                .map(|tile| ((tile.level, tile.index), tile.bytes)),
        );
    }
    (tiles, frontier)
}

/// A walk through the log that visits no place twice in a row.
fn next_place(place: &mut u64) -> u64 {
    *place = (*place + 7_654_321) % ENTRIES;
    *place
}

fn proofs(criterion: &mut Criterion) {
    let (tiles, frontier) = ten_million();
    let mut group = criterion.benchmark_group("ten million entries");
    let mut place = 0;
    group.bench_function("inclusion proof", |bencher| {
        bencher.iter(|| inclusion_proof(&tiles, next_place(&mut place), ENTRIES).unwrap());
    });
    group.bench_function("consistency proof", |bencher| {
        bencher.iter(|| consistency_proof(&tiles, next_place(&mut place), ENTRIES).unwrap());
    });
    let (root, proof) = (frontier.root(), inclusion_proof(&tiles, 4_711, ENTRIES).unwrap());
    let leaf = Hash::leaf(link(4_711).as_bytes());
    group.bench_function("verification", |bencher| {
        bencher.iter(|| verify_inclusion(&leaf, 4_711, ENTRIES, black_box(&proof), &root).unwrap());
    });
    group.bench_function("root from the right edge", |bencher| {
        bencher.iter(|| frontier.root())
    });
    group.finish();
}

fn sequencing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sequencing");
    for batch in [100_u64, 10_000] {
        let commitments: Vec<_> = (0..batch).map(link).collect();
        group.throughput(Throughput::Elements(batch));
        group.bench_function(format!("link, append and tiles, {batch} at once"), |bencher| {
            bencher.iter_batched(
                || (Chain::start(), Frontier::empty()),
                |(mut chain, mut frontier)| {
                    let links: Vec<_> = commitments
                        .iter()
                        .map(|commitment| chain.append(commitment).link)
                        .collect();
                    append_entries(&mut frontier, &links)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn hashing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hashing");
    let (left, right) = (link(1), link(2));
    group.bench_function("leaf of a link, one call", |bencher| {
        bencher.iter(|| Hash::leaf(black_box(left.as_bytes())))
    });
    group.bench_function("node, one call", |bencher| {
        bencher.iter(|| Hash::node(black_box(&left), black_box(&right)))
    });
    group.bench_function("leaf of 33 bytes, running context", |bencher| {
        bencher.iter(|| Hash::leaf(black_box(&[0; 33])));
    });
    group.bench_function("commitment to 300 bytes", |bencher| {
        bencher.iter(|| commit(&[0; 32], black_box(&[b'x'; 300])))
    });
    group.finish();
}

criterion_group!(benches, proofs, sequencing, hashing);
criterion_main!(benches);
