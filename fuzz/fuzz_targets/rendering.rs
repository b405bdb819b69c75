//! Pictures, DICOM files and texts from anywhere.
//!
//! Besides never panicking, not even where the crate would catch it: what is drawn lies within the limits, is a picture, and is
//! marked when it is to be; values of records stay covered.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rendering::{Limits, Region, View, Window, excerpt, probe, render};

const LIMITS: Limits = Limits { pixels: 1 << 20, unpacked_bytes: 8 << 20, side: 256, text_bytes: 4 << 10 };

fuzz_target!(|bytes: &[u8]| {
    let Some((options, file)) = bytes.split_first_chunk::<6>() else {
        return;
    };
    let [kind, frame, x, y, width, height] = *options;
    let on = |bit: u8| kind >> bit & 1 == 1;
    let media_type = ["", "application/dicom", "application/json", "text/csv"][usize::from(kind & 3)];
    let part = Region { x: x.into(), y: y.into(), width: width.into(), height: height.into() };
    let view = View {
        region: on(2).then_some(part),
        frame: frame.into(),
        window: on(3).then(|| Window { center: f64::from(x) * 16.0, width: f64::from(y) }),
        ..View::default()
    };
    let seen = probe(file, media_type, &LIMITS);
    if let Ok(drawn) = render(file, media_type, &view, &LIMITS) {
        assert!(seen.is_ok(), "what cannot be probed is not drawn");
        assert!(drawn.width <= LIMITS.side && drawn.height <= LIMITS.side);
        let marked = View { mark: Some("Wanda 2026-11-22 14:03 UTC".into()), ..view };
        let marked = render(file, media_type, &marked, &LIMITS).expect("the same with a mark is drawn");
        assert_ne!(marked.bytes, drawn.bytes);
    }
    if let Ok(page) = excerpt(file, media_type, frame.into(), None, &LIMITS) {
        assert!(page.fields.iter().all(|field| field.value.is_none()));
    }
});
