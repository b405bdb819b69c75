//! Files from anywhere: DICOM, pictures, records, text.
//!
//! Besides never panicking: what is called clean is searched and found clean, and is not held back when it comes again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redaction::dicom::{Dates, Pixels, Profile, ProjectKey, redact, scan};
use redaction::{Claim, Limits, Outcome, Settings};

fuzz_target!(|bytes: &[u8]| {
    let Some((&options, file)) = bytes.split_first() else {
        return;
    };
    masked(file);
    let on = |bit: u8| options >> bit & 1 == 1;
    let profile = Profile {
        retain_uids: on(0),
        retain_safe_private: on(1),
        dates: if on(2) { Dates::Modified } else { Dates::Removed },
        clean_descriptors: on(3),
        clean_structured_content: on(4),
        clean_graphics: on(5),
        pixels: if on(6) { Pixels::Cleaned } else { Pixels::HoldSuspect },
        ..Profile::default()
    };
    let limits = Limits { unpacked_bytes: 1 << 20, ..Limits::default() };
    let key = ProjectKey::new(&[7; 32]);
    if let Outcome::Clean(clean, _) = redact(file, &profile, &key, &limits) {
        assert_eq!(scan(&clean, &profile, &[], &limits), Ok(Vec::new()));
        assert!(matches!(redact(&clean, &profile, &key, &limits), Outcome::Clean(..)));
    }
});

/// Whatever the bytes say they are, and as records.
fn masked(file: &[u8]) {
    let limits = Limits { unpacked_bytes: 1 << 20, ..Limits::default() };
    let settings = Settings { limits, ..Settings::new(ProjectKey::new(&[7; 32])) };
    for claim in [Claim::Nothing, Claim::of_name("a.csv"), Claim::of_name("a.json")] {
        if let Outcome::Clean(clean, _) = redaction::redact(file, claim, &settings) {
            assert!(matches!(redaction::redact(&clean, claim, &settings), Outcome::Clean(..)));
        }
    }
}
