//! Every proof for every size up to 70 against the definition, and larger trees by chance.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::Hash;
use crate::memory::MemoryLog;

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|index| Hash::leaf(&index.to_be_bytes())).collect()
}

/// MTH as RFC 6962 defines it, without any tiles.
fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::empty(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
            Hash::node(&defined_root(left), &defined_root(right))
        }
    }
}

/// PATH as RFC 6962 defines it.
fn defined_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (defined_path(index, left), defined_root(right)),
        Some(index) => (defined_path(index, right), defined_root(left)),
    };
    path.push(sibling);
    path
}

/// SUBPROOF as RFC 6962 defines it.
fn defined_subproof(old: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if known {
            Vec::new()
        } else {
            vec![defined_root(leaves)]
        };
    }
    let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
    let (mut proof, sibling) = match old.checked_sub(left.len()) {
        None | Some(0) => (defined_subproof(old, left, known), defined_root(right)),
        Some(old) => (defined_subproof(old, right, false), defined_root(left)),
    };
    proof.push(sibling);
    proof
}

fn log_of(leaves: &[Hash]) -> MemoryLog {
    let mut log = MemoryLog::default();
    log.append_leaves(leaves);
    log
}

#[test]
fn every_inclusion_proof_up_to_seventy() {
    let all = leaves(70);
    for size in 1..=70usize {
        let (log, root) = (log_of(&all[..size]), defined_root(&all[..size]));
        assert_eq!(log.root(), root);
        for index in 0..size {
            let proof = inclusion_proof(&log, index as u64, size as u64).unwrap();
            assert_eq!(proof, defined_path(index, &all[..size]));
            for claimed in 0..size + 2 {
                let verdict = verify_inclusion(&all[index], claimed as u64, size as u64, &proof, &root);
                assert_eq!(
                    verdict.is_ok(),
                    claimed == index,
                    "{index} as {claimed} of {size}"
                );
            }
        }
    }
}

#[test]
fn every_consistency_proof_up_to_seventy() {
    let all = leaves(70);
    let log = log_of(&all);
    for new in 1..=70usize {
        let new_root = defined_root(&all[..new]);
        for old in 0..=new {
            let old_root = defined_root(&all[..old]);
            let proof = consistency_proof(&log, old as u64, new as u64).unwrap();
            if old > 0 {
                assert_eq!(proof, defined_subproof(old, &all[..new], true));
            }
            let verify = |old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
                verify_consistency(old as u64, old_root, new as u64, new_root, proof)
            };
            assert_eq!(verify(&old_root, &new_root, &proof), Ok(()));
            assert!(verify(&Hash::ZERO, &new_root, &proof).is_err());
            assert!(old == 0 || verify(&old_root, &Hash::ZERO, &proof).is_err());
            assert!(verify(&old_root, &new_root, &[proof.as_slice(), &[Hash::ZERO]].concat()).is_err());
            assert!(proof.is_empty() || verify(&old_root, &new_root, &proof[1..]).is_err());
        }
    }
}

#[test]
fn a_changed_hash_or_length_is_refused() {
    let all = leaves(70);
    let (log, root) = (log_of(&all), defined_root(&all));
    let proof = inclusion_proof(&log, 37, 70).unwrap();
    for place in 0..proof.len() {
        let mut changed = proof.clone();
        changed[place] = Hash::ZERO;
        assert_eq!(
            verify_inclusion(&all[37], 37, 70, &changed, &root),
            Err(ProofRefused::WrongRoot)
        );
        changed.remove(place);
        assert!(verify_inclusion(&all[37], 37, 70, &changed, &root).is_err());
    }
    assert!(verify_inclusion(&all[37], 37, 70, &[proof.as_slice(), &[root]].concat(), &root).is_err());
    assert!(matches!(
        inclusion_proof(&log, 70, 70),
        Err(TreeError::Beyond { .. })
    ));
    assert!(matches!(
        inclusion_proof(&log, 0, 71),
        Err(TreeError::Missing {
            level: 0,
            index: 0,
            found: 70,
            wanted: 71
        })
    ));
}

struct Counted<'a>(&'a MemoryLog, Cell<u32>);

impl TileStore for Counted<'_> {
    type Error = std::convert::Infallible;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        self.1.set(self.1.get() + 1);
        self.0.read_hash_tile(level, index)
    }
}

#[test]
fn a_proof_reads_at_most_two_tiles_per_level() {
    let log = log_of(&leaves(70_000));
    for index in [0, 1, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999] {
        let counted = Counted(&log, Cell::new(0));
        let proof = inclusion_proof(&counted, index, 70_000).unwrap();
        assert!(counted.1.get() <= 6, "{index} read {}", counted.1.get());
        assert_eq!(
            verify_inclusion(
                &Hash::leaf(&index.to_be_bytes()),
                index,
                70_000,
                &proof,
                &log.root()
            ),
            Ok(())
        );
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is gone")]
struct DiskGone;

struct Broken;

impl TileStore for Broken {
    type Error = DiskGone;

    fn read_hash_tile(&self, _: u8, _: u64) -> Result<Option<Vec<u8>>, DiskGone> {
        Err(DiskGone)
    }
}

#[test]
fn a_readers_error_passes_through() {
    assert!(matches!(
        inclusion_proof(&Broken, 1, 2),
        Err(TreeError::Read(DiskGone))
    ));
    assert!(matches!(
        Frontier::from_tiles(&Broken, 2),
        Err(TreeError::Read(DiskGone))
    ));
}

#[test]
fn the_last_possible_entry_has_a_place() {
    assert!(matches!(
        inclusion_proof(&Broken, u64::MAX - 1, u64::MAX),
        Err(TreeError::Read(DiskGone))
    ));
    assert_eq!(
        root_from_inclusion(&Hash::ZERO, u64::MAX - 1, u64::MAX, &[]),
        Err(ProofRefused::WrongLength)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn appending_in_any_steps_gives_the_same_log(steps in proptest::collection::vec(0u64..700, 1..6)) {
        let total = steps.iter().sum::<u64>();
        let all = leaves(total);
        let whole = log_of(&all);
        let (mut log, mut done) = (MemoryLog::default(), 0);
        for step in steps {
            log.append_leaves(&all[done..done + step as usize]);
            done += step as usize;
            prop_assert_eq!(log.root(), defined_root(&all[..done]));
            prop_assert_eq!(&Frontier::from_tiles(&log, done as u64).unwrap(), log.frontier());
            prop_assert_eq!(&Frontier::from_bytes(&log.frontier().to_bytes()).unwrap(), log.frontier());
            prop_assert_eq!(root_at(&whole, done as u64).unwrap(), log.root());
        }
        prop_assert_eq!(log.hash_tiles(), whole.hash_tiles());
    }

    #[test]
    fn proofs_of_larger_logs_verify(size in 1u64..140_000, one in any::<u64>(), other in any::<u64>()) {
        thread_local! { static LOG: MemoryLog = log_of(&leaves(140_000)); }
        let (index, old) = (one % size, other % (size + 1));
        LOG.with(|log| {
            let root = root_at(log, size).unwrap();
            let proof = inclusion_proof(log, index, size).unwrap();
            assert_eq!(verify_inclusion(&Hash::leaf(&index.to_be_bytes()), index, size, &proof, &root), Ok(()));
            let proof = consistency_proof(log, old, size).unwrap();
            let old_root = root_at(log, old).unwrap();
            assert_eq!(verify_consistency(old, &old_root, size, &root, &proof), Ok(()));
        });
    }

    #[test]
    fn any_bytes_are_no_frontier_or_written_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}
