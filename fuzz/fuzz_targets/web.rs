//! Header fields of requests: ranges, entity tags, digests; and names on their way into a header.
//!
//! Besides never panicking: a range lies within what there is, and a file name cannot end a header line.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(range) = web::range::ByteRange::parse(bytes)
        && let Ok(part) = range.of(1_000)
    {
        assert!(part.start < part.end && part.end <= 1_000);
    }
    let _ = web::conditions::Tags::parse(bytes);
    if let Ok(Some(sha256)) = web::digest::parse(bytes) {
        let text = web::digest::format(&sha256);
        assert_eq!(web::digest::parse(text.as_bytes()).ok().flatten(), Some(sha256));
    }
    if let Ok(name) = std::str::from_utf8(bytes) {
        let header = web::disposition::attachment(name);
        assert!(header.as_bytes().iter().all(|byte| (0x20..0x7f).contains(byte)));
    }
});
