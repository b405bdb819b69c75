//! Annotations from other tools.
//!
//! Besides never panicking: what a row gives keeps the bounds, and written and read again it is the same number of things.

#![no_main]

use annotation::{Labelled, Row, coco, darwin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for read in [coco::read, darwin::read] {
        let rows: Vec<Row> = read(bytes).unwrap_or_default();
        for row in rows {
            let (Some(name), Ok(set)) = (row.name, row.set) else {
                continue;
            };
            assert!(set.check().is_ok());
            let item = Labelled { name, set };
            let again = darwin::read(&darwin::write(&item).unwrap()).unwrap();
            let kept = again[0].set.as_ref().unwrap();
            assert_eq!(kept.annotations.len(), item.set.annotations.len());
        }
    }
});
