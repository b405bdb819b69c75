//! Bytes that somebody made to break a decoder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod common;

use std::io::Cursor;
use std::sync::OnceLock;

use common::{BASELINE, JPEG_2000, JPEG_LS, JPEG_LS_EXAMPLE, Kind, RUN_LENGTH};
use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::prelude::*;
use rendering::{Limits, Region, View, excerpt, probe, render};

const LIMITS: Limits = Limits {
    pixels: 1 << 20,
    unpacked_bytes: 8 << 20,
    side: 256,
    text_bytes: 4 << 10,
};

/// One good file of each kind that is unpacked.
fn good() -> &'static [Vec<u8>] {
    static GOOD: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    GOOD.get_or_init(|| {
        let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(33, 21, |x, y| {
            image::Rgb([x as u8 * 7, y as u8 * 9, 3])
        }));
        let kinds = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
            ImageFormat::Tiff,
            ImageFormat::Bmp,
        ];
        let mut files: Vec<Vec<u8>> = kinds
            .into_iter()
            .map(|kind| {
                let mut bytes = Vec::new();
                picture.write_to(&mut Cursor::new(&mut bytes), kind).unwrap();
                bytes
            })
            .collect();
        let color = Kind {
            photometric: "RGB",
            samples: 3,
            bits: (8, 8),
            columns: 33,
            rows: 21,
            ..Kind::default()
        };
        files.push(color.elements().pieces(&[&files[1]]).file(BASELINE));
        files.push(color.elements().pieces(&[&files[1]]).file(JPEG_2000));
        let mut packed = [1u32, 64]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect::<Vec<_>>();
        packed.resize(64, 0);
        packed.extend([3, 0, 50, 100, 150, 253, 255]);
        files.push(
            Kind {
                bits: (8, 8),
                ..Kind::default()
            }
            .elements()
            .pieces(&[&packed])
            .file(RUN_LENGTH),
        );
        files.push(
            Kind {
                frames: 2,
                ..Kind::default()
            }
            .of(&[7; 16]),
        );
        let lines = Kind {
            bits: (8, 8),
            columns: 4,
            rows: 4,
            ..Kind::default()
        };
        files.push(lines.elements().pieces(&[JPEG_LS_EXAMPLE]).file(JPEG_LS));
        files.push(br#"{"name":"Bart","visits":[{"at":7},{}]}"#.to_vec());
        files.push(b"name,mail\nBart,b@example.org\n".to_vec());
        files
    })
}

/// Whatever comes out is within bounds. That nothing panics is the rest of the test.
fn look_at(bytes: &[u8], media_type: &str, view: &View) -> Result<(), TestCaseError> {
    let _ = probe(bytes, media_type, &LIMITS);
    if let Ok(drawn) = render(bytes, media_type, view, &LIMITS) {
        prop_assert!(drawn.width <= LIMITS.side && drawn.height <= LIMITS.side);
        prop_assert!(image::load_from_memory(&drawn.bytes).is_ok());
    }
    let _ = excerpt(bytes, media_type, 0, None, &LIMITS);
    Ok(())
}

fn views() -> impl Strategy<Value = View> {
    let region = proptest::option::of((0u32..40, 0u32..40, 0u32..40, 0u32..40));
    (region, 0u32..3, any::<bool>()).prop_map(|(region, frame, marked)| View {
        region: region.map(|(x, y, width, height)| Region { x, y, width, height }),
        frame,
        mark: marked.then(|| "Wanda 14:03".into()),
        ..View::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_files_are_drawn_or_refused(
        which in 0usize..13,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        view in views()
    ) {
        let mut bytes = good()[which].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        look_at(&bytes, "", &view)?;
        look_at(&bytes, "application/dicom", &view)?;
    }

    #[test]
    fn arbitrary_bytes_are_drawn_or_refused(
        which in 0usize..13, keep in 0usize..200, tail in proptest::collection::vec(any::<u8>(), 0..400), view in views()
    ) {
        let good = &good()[which];
        let bytes = [&good[..keep.min(good.len())], &tail].concat();
        look_at(&bytes, "", &view)?;
    }
}

#[test]
fn the_good_files_are_good() {
    for (place, bytes) in good().iter().enumerate() {
        let drawn = render(bytes, "", &View::default(), &LIMITS);
        // JPEG in a file that says JPEG 2000, and text.
        assert_eq!(
            drawn.is_ok(),
            !matches!(place, 7 | 11 | 12),
            "{place}: {:?}",
            drawn.err()
        );
    }
}
