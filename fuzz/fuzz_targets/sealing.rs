//! Sealed bytes and root key files as they come from a disk that somebody may have touched.
//!
//! Besides never panicking: nothing that was not sealed opens, and a root key file reads back as itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealing::Context;
use sealing::Header;
use sealing::Key;
use sealing::Layout;
use sealing::LetterboxSecret;
use sealing::RootFile;
use sealing::StreamOpener;

fuzz_target!(|bytes: &[u8]| {
    let key = Key::from_bytes([7; 32]);
    let context = Context::new("fuzz");
    // The commitment alone has 256 bits: a success here is a broken format and not luck.
    assert!(sealing::open(&key, &context, bytes).is_err());
    assert!(sealing::unwrap(&key, &context, bytes).is_err());
    assert!(
        LetterboxSecret::from_key(key.duplicate())
            .open(&context, bytes)
            .is_err()
    );
    assert!(StreamOpener::new(&key, &context, bytes).is_err());
    if let Ok(header) = Header::parse(bytes)
        && let Ok(layout) = Layout::from_sealed_len(bytes.len() as u64, header.chunk_size())
    {
        assert_eq!(layout.sealed_len(), bytes.len() as u64);
    }
    if let Ok(file) = RootFile::parse(bytes) {
        let text = file.to_text();
        let again = RootFile::parse(text.as_bytes()).expect("what was written can be read");
        assert_eq!(*again.to_text(), *text);
    }
});
