//! Statements about how the program was built, and the keys of those who sign them.
//!
//! Besides never panicking: what nobody signed shows nothing, and what is read as keys is one to sixteen of them.

#![no_main]

use assurance::provenance::{Provenance, PublicKey, keys_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(keys) = keys_of(text) {
        assert!((1..=16).contains(&keys.len()));
    }
    let unsigned = Provenance {
        program: [0; 32],
        statements: text.to_owned(),
        keys: vec![PublicKey::Ed25519([9; 32])],
    };
    assert_eq!(unsigned.lacks().len(), 1);
});
