//! Texts that come with every request: ids, cursors, moments.
//!
//! Besides never panicking, each has one spelling: what is read is written as it was.

#![no_main]

use kernel::Cursor;
use kernel::ItemId;
use kernel::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(id) = text.parse::<ItemId>() {
        assert!(id.to_string().eq_ignore_ascii_case(text));
    }
    if let Ok(cursor) = Cursor::from_text(text) {
        assert_eq!(cursor.to_text(), text);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        // Other offsets are read, so the text may differ; the moment may not.
        assert_eq!(moment.to_string().parse::<Timestamp>().ok(), Some(moment));
    }
});
