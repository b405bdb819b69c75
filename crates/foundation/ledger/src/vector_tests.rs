//! The vectors in `vectors/`: trees, a log of 300 entries, its checkpoints and one proof bundle.

use serde_json::Value;

use crate::Hash;
use crate::KeyKind;
use crate::Policy;
use crate::SigningKey;
use crate::checkpoint::SignedCheckpoint;
use crate::hash::sha256;
use crate::memory::MemoryLog;
use crate::proof::Proof;
use crate::tile::TileKind;
use crate::tile::TilePath;
use crate::tree::consistency_proof;
use crate::tree::inclusion_proof;
use crate::tree::root_at;
use crate::tree::verify_consistency;
use crate::tree::verify_inclusion;

const AT_0: &str = include_str!("../vectors/three-hundred-at-0.checkpoint");
const AT_257: &str = include_str!("../vectors/three-hundred-at-257.checkpoint");
const PROOF_290: &str = include_str!("../vectors/entry-290.tlog-proof");

fn eight() -> Value {
    serde_json::from_str(include_str!("../vectors/eight.json")).unwrap()
}

fn three_hundred() -> Value {
    serde_json::from_str(include_str!("../vectors/three-hundred.json")).unwrap()
}

fn hex_hash(value: &Value) -> Hash {
    Hash::from_slice(&hex::decode(value.as_str().unwrap()).unwrap()).unwrap()
}

fn hex_hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hex_hash).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn seed(value: &Value) -> [u8; 32] {
    *hex_hash(value).as_bytes()
}

fn log_key() -> SigningKey {
    let vectors = three_hundred();
    SigningKey::from_seed(
        vectors["origin"].as_str().unwrap(),
        KeyKind::Log,
        &seed(&vectors["seed"]),
    )
    .unwrap()
}

fn witness_key() -> SigningKey {
    let witness = &three_hundred()["witness"];
    SigningKey::from_seed(
        witness["name"].as_str().unwrap(),
        KeyKind::Cosignature,
        &seed(&witness["seed"]),
    )
    .unwrap()
}

fn log_of(count: u64) -> MemoryLog {
    let mut log = MemoryLog::default();
    log.append_bytes(
        &(0..count)
            .map(|index| format!("entry-{index}"))
            .collect::<Vec<_>>(),
    )
    .unwrap();
    log
}

#[test]
fn eight_entries() {
    let vectors = eight();
    let entries: Vec<_> = vectors["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| hex::decode(entry.as_str().unwrap()).unwrap())
        .collect();
    let roots = hex_hashes(&vectors["roots"]);
    let mut log = MemoryLog::default();
    log.append_bytes(&entries).unwrap();
    assert_eq!(
        (0..=8)
            .map(|size| root_at(&log, size).unwrap())
            .collect::<Vec<_>>(),
        roots
    );
    for proof in vectors["inclusion"].as_array().unwrap() {
        let (index, size) = (number(&proof["index"]), number(&proof["size"]));
        let hashes = hex_hashes(&proof["hashes"]);
        assert_eq!(inclusion_proof(&log, index, size).unwrap(), hashes);
        let leaf = Hash::leaf(&entries[index as usize]);
        assert_eq!(
            verify_inclusion(&leaf, index, size, &hashes, &roots[size as usize]),
            Ok(())
        );
    }
    for proof in vectors["consistency"].as_array().unwrap() {
        let (old, new) = (number(&proof["old"]), number(&proof["new"]));
        let hashes = hex_hashes(&proof["hashes"]);
        assert_eq!(consistency_proof(&log, old, new).unwrap(), hashes);
        assert_eq!(
            verify_consistency(old, &roots[old as usize], new, &roots[new as usize], &hashes),
            Ok(())
        );
    }
}

#[test]
fn three_hundred_entries() {
    let (vectors, log) = (three_hundred(), log_of(300));
    assert_eq!(Hash::leaf(b"entry-0"), hex_hash(&vectors["leaf_0"]));
    for (size, root) in vectors["roots"].as_object().unwrap() {
        assert_eq!(
            root_at(&log, size.parse().unwrap()).unwrap(),
            hex_hash(root),
            "at {size}"
        );
    }
    for (path, digest) in vectors["files"].as_object().unwrap() {
        let TilePath { kind, index, .. } = path.parse().unwrap();
        let bytes = match kind {
            TileKind::Hashes(level) => &log.tiles[&(level, index)],
            TileKind::Entries => &log.bundles[&index],
        };
        assert_eq!(sha256(&[bytes]), hex_hash(digest), "{path}");
    }
    for proof in vectors["consistency"].as_array().unwrap() {
        let wanted: Vec<_> = proof["hashes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hash| hash.as_str().unwrap())
            .collect();
        let built = consistency_proof(&log, number(&proof["old"]), number(&proof["new"])).unwrap();
        assert_eq!(built.iter().map(Hash::to_string).collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn keys_and_checkpoints() {
    let vectors = three_hundred();
    assert_eq!(
        log_key().verifier().to_string(),
        vectors["vkey"].as_str().unwrap()
    );
    assert_eq!(
        witness_key().verifier().to_string(),
        vectors["witness"]["vkey"].as_str().unwrap()
    );
    for (size, published) in [(0, AT_0), (257, AT_257)] {
        let signed = log_of(size)
            .checkpoint("log.example/audit")
            .sign(&log_key())
            .unwrap();
        assert_eq!(signed.to_string(), published);
        let policy = Policy::log_only(log_key().verifier().clone()).unwrap();
        let read = SignedCheckpoint::parse(published.as_bytes())
            .unwrap()
            .verify(&policy)
            .unwrap();
        assert_eq!(read.checkpoint().size, size);
    }
}

#[test]
fn the_proof_of_entry_290() {
    let (vectors, log) = (three_hundred(), log_of(300));
    let mut checkpoint = log.checkpoint("log.example/audit").sign(&log_key()).unwrap();
    let line = checkpoint
        .cosignature(&witness_key(), number(&vectors["witness"]["time"]))
        .unwrap();
    checkpoint.add(line).unwrap();
    let proof = Proof {
        extra: None,
        index: 290,
        hashes: inclusion_proof(&log, 290, 300).unwrap(),
        checkpoint,
    };
    assert_eq!(proof.to_string(), PROOF_290);
    assert_eq!(
        sha256(&[PROOF_290.as_bytes()]),
        hex_hash(&vectors["proof_sha256"])
    );
    let policy = Policy::new(
        log_key().verifier().clone(),
        vec![witness_key().verifier().clone()],
        1,
    )
    .unwrap();
    let read = Proof::parse(PROOF_290.as_bytes()).unwrap();
    let verified = read.verify(b"entry-290", &policy).unwrap();
    assert_eq!(verified.cosignatures()[0].time, Some(1_700_000_000));
    assert!(read.verify(b"entry-291", &policy).is_err());
}
