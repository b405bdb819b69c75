//! API keys as text, and the names of datasets in a path.
//!
//! Besides never panicking: a key that is read is written as it was.

#![no_main]

use custody::Credential;
use custody::dataset::DatasetRef;
use libfuzzer_sys::fuzz_target;
use secrecy::ExposeSecret;

fuzz_target!(|text: &str| {
    if let Ok(credential) = Credential::parse(text) {
        assert!(credential.to_text().expose_secret().eq_ignore_ascii_case(text));
    }
    let _ = DatasetRef::parse(text);
});
