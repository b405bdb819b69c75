//! Bodies in chunks, as S3 clients frame them.
//!
//! Besides never panicking: where the pieces of a body are cut changes nothing, and a body whose chunks are signed comes
//! through as it was, or not at all.

#![no_main]

use libfuzzer_sys::fuzz_target;
use s3::framing::{Frames, reframe};

fuzz_target!(|bytes: &[u8]| {
    let Some((&piece, body)) = bytes.split_first() else {
        return;
    };
    if let Ok(passed) = reframe(body, Frames::Signed, piece.into()) {
        assert_eq!(passed, body);
    }
    for frames in [Frames::Signed, Frames::Unsigned] {
        let cut = reframe(body, frames, piece.into());
        let whole = reframe(body, frames, body.len());
        assert_eq!(cut.is_ok(), whole.is_ok());
    }
});
