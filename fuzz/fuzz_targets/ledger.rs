//! Files of the ledger as somebody else hands them to us: receipts, proofs, checkpoints, notes, tiles.
//!
//! Besides never panicking, each has one spelling: a byte that could be changed without notice would be a byte that
//! nothing vouches for.

#![no_main]

use ledger::canonical;
use ledger::checkpoint::SignedCheckpoint;
use ledger::note::Note;
use ledger::proof::Proof;
use ledger::receipt::Receipt;
use ledger::tile::TilePath;
use ledger::tile::decode_bundle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let same = |text: String| assert_eq!(text.as_bytes(), bytes);
    if let Ok(receipt) = Receipt::parse(bytes) {
        same(receipt.to_string());
    }
    if let Ok(proof) = Proof::parse(bytes) {
        same(proof.to_string());
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(bytes) {
        same(checkpoint.to_string());
    }
    if let Ok(note) = Note::parse(bytes) {
        same(note.to_string());
    }
    if let Some(path) = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.parse::<TilePath>().ok())
    {
        same(path.to_string());
    }
    if let Ok(event) = canonical::parse(bytes) {
        same(canonical::canonicalize(&event).expect("what was read as canonical can be written"));
    }
    if let Some((width, bundle)) = bytes.split_first_chunk::<2>() {
        let width = u16::from_be_bytes(*width);
        if let Ok(entries) = decode_bundle(bundle, width) {
            assert_eq!(entries.len(), usize::from(width));
        }
    }
});
