//! Pictures: cut, scaled, turned, and nothing carried over.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use rendering::{Format, Limits, Refused, Region, Rendered, Size, Sort, View, probe, render};

/// Every pixel says where it stands.
fn map(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 99]))
}

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn png(width: u32, height: u32) -> Vec<u8> {
    file(&map(width, height).into(), ImageFormat::Png)
}

fn view(bytes: &[u8], view: &View) -> Result<Rendered, Refused> {
    render(bytes, "", view, &Limits::default())
}

fn pixels(rendered: &Rendered) -> DynamicImage {
    image::load_from_memory(&rendered.bytes).unwrap()
}

/// A JPEG segment before everything else in the file.
fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, content, &jpeg[2..]].concat()
}

/// The Exif segment that says how the picture is turned, with a name in it.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    exif.extend([0x0E, 1, 2, 0, 12, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"MARKER-NAME\0");
    exif
}

#[test]
fn every_kind_of_picture_is_probed_and_drawn() {
    let picture = DynamicImage::ImageRgb8(map(70, 50));
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Tiff,
        ImageFormat::Bmp,
    ] {
        let bytes = file(&picture, format);
        let seen = probe(&bytes, "text/plain", &Limits::default()).unwrap();
        assert_eq!(
            (seen.sort, seen.width, seen.height, seen.frames),
            (Sort::Picture, 70, 50, 1),
            "{format:?}"
        );
        let drawn = view(&bytes, &View::default()).unwrap();
        assert_eq!((drawn.width, drawn.height), (70, 50));
        assert_eq!((pixels(&drawn).width(), pixels(&drawn).height()), (70, 50));
    }
}

#[test]
fn sixteen_bits_and_transparency_are_drawn() {
    let deep = DynamicImage::ImageLuma16(image::ImageBuffer::from_fn(40, 30, |x, _| {
        image::Luma([x as u16 * 1000])
    }));
    let drawn = pixels(&view(&file(&deep, ImageFormat::Png), &View::default()).unwrap());
    assert!(drawn.to_luma8().get_pixel(39, 0).0[0].abs_diff((39_000 / 257) as u8) <= 1);
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(40, 30, Rgba([9, 9, 9, 0])));
    let drawn = view(&file(&clear, ImageFormat::WebP), &View::default()).unwrap();
    assert_eq!(
        (drawn.format, pixels(&drawn).to_rgba8().get_pixel(5, 5).0[3]),
        (Format::Png, 0)
    );
}

#[test]
fn a_region_is_cut_exactly_and_scaled_down_only() {
    let bytes = png(200, 100);
    let region = Region {
        x: 30,
        y: 40,
        width: 50,
        height: 20,
    };
    let drawn = view(
        &bytes,
        &View {
            region: Some(region),
            ..View::default()
        },
    )
    .unwrap();
    assert_eq!(
        pixels(&drawn).to_rgb8(),
        RgbImage::from_fn(50, 20, |x, y| Rgb([x as u8 + 30, y as u8 + 40, 99]))
    );
    let half = View {
        region: Some(region),
        size: Some(Size {
            width: 25,
            height: 4000,
        }),
        ..View::default()
    };
    let drawn = view(&bytes, &half).unwrap();
    assert_eq!((drawn.width, drawn.height), (25, 10));
    let first = pixels(&drawn).to_rgb8().get_pixel(0, 0).0;
    assert!(
        first[0].abs_diff(30) <= 1 && first[1].abs_diff(40) <= 1,
        "{first:?}"
    );
    let large = View {
        size: Some(Size {
            width: 4000,
            height: 4000,
        }),
        ..View::default()
    };
    assert_eq!(view(&bytes, &large).unwrap().width, 200);
}

#[test]
fn regions_outside_of_the_picture_are_refused() {
    let bytes = png(200, 100);
    for (x, y, width, height) in [
        (0, 0, 201, 1),
        (199, 0, 2, 1),
        (0, 0, 0, 1),
        (0, 100, 1, 1),
        (u32::MAX, 0, 2, 1),
    ] {
        let asked = View {
            region: Some(Region { x, y, width, height }),
            ..View::default()
        };
        assert!(matches!(
            view(&bytes, &asked),
            Err(Refused::Outside { field: "region", .. })
        ));
    }
    assert!(matches!(
        view(
            &bytes,
            &View {
                frame: 1,
                ..View::default()
            }
        ),
        Err(Refused::Outside { field: "frame", .. })
    ));
}

#[test]
fn a_picture_is_shown_the_way_up_that_it_says() {
    // Smooth, so that compression leaves it alone.
    let stored = DynamicImage::ImageRgb8(RgbImage::from_fn(96, 64, |x, y| {
        Rgb([x as u8 * 2, y as u8 * 3, 128])
    }));
    let jpeg = file(&stored, ImageFormat::Jpeg);
    for number in 1..=8u8 {
        let bytes = with_segment(&jpeg, 0xE1, &exif(number));
        let mut shown = stored.clone();
        shown.apply_orientation(Orientation::from_exif(number).unwrap());
        let seen = probe(&bytes, "", &Limits::default()).unwrap();
        assert_eq!(
            (seen.width, seen.height),
            (shown.width(), shown.height()),
            "{number}"
        );
        for (x, y, width, height) in [(0, 0, shown.width(), shown.height()), (8, 16, 40, 24)] {
            let asked = View {
                region: Some(Region { x, y, width, height }),
                ..View::default()
            };
            let drawn = pixels(&view(&bytes, &asked).unwrap()).to_rgb8();
            let expected = shown.crop_imm(x, y, width, height).to_rgb8();
            assert_eq!(drawn.dimensions(), expected.dimensions());
            let far = drawn
                .pixels()
                .zip(expected.pixels())
                .filter(|(a, b)| (0..3).any(|c| a.0[c].abs_diff(b.0[c]) > 20));
            assert_eq!(far.count(), 0, "turned by {number}");
        }
    }
}

#[test]
fn metadata_is_not_in_the_picture() {
    let jpeg = file(&map(120, 80).into(), ImageFormat::Jpeg);
    let mut told = with_segment(&jpeg, 0xE1, &exif(1));
    for (marker, content) in [
        (0xFE, &b"MARKER-COMMENT"[..]),
        (0xED, b"Photoshop 3.0\0MARKER-IPTC"),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0MARKER-XMP"),
    ] {
        told = with_segment(&told, marker, content);
    }
    assert!(
        told.windows(6).any(|six| six == b"MARKER"),
        "the original does hold it"
    );
    for asked in [
        View::default(),
        View {
            mark: Some("Wanda 14:03".into()),
            ..View::default()
        },
    ] {
        let drawn = view(&told, &asked).unwrap();
        assert!(!drawn.bytes.windows(6).any(|six| six == b"MARKER"));
        assert!(!drawn.bytes.windows(4).any(|four| four == b"Exif"));
    }
}

#[test]
fn a_mark_is_in_every_tile_and_changes_with_who_looks() {
    let bytes = png(1200, 900);
    let draw = |mark: Option<&str>, x: u32, y: u32| {
        let region = Some(Region {
            x,
            y,
            width: 128,
            height: 128,
        });
        pixels(
            &view(
                &bytes,
                &View {
                    region,
                    mark: mark.map(Into::into),
                    ..View::default()
                },
            )
            .unwrap(),
        )
    };
    for (x, y) in [(0, 0), (1072, 772), (500, 333)] {
        let (plain, wanda, willi) = (
            draw(None, x, y),
            draw(Some("Wanda 2026-11-22 14:03 UTC"), x, y),
            draw(Some("Willi 2026-11-22 14:03 UTC"), x, y),
        );
        assert_ne!(plain, wanda);
        assert_ne!(wanda, willi);
    }
}

#[test]
fn bombs_and_absurd_sizes_are_refused_before_they_are_unpacked() {
    let mut huge = png(8, 8);
    // The header says 60,000 by 60,000, with its checksum right.
    huge[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let sum = crc(&huge[12..29]).to_be_bytes();
    huge[29..33].copy_from_slice(&sum);
    assert!(matches!(
        view(&huge, &View::default()),
        Err(Refused::TooLarge { .. })
    ));
    assert!(matches!(
        probe(&huge, "", &Limits::default()),
        Err(Refused::TooLarge { .. })
    ));
    let tight = Limits {
        unpacked_bytes: 1000,
        ..Limits::default()
    };
    assert!(matches!(
        render(&png(200, 100), "", &View::default(), &tight),
        Err(Refused::TooLarge { .. })
    ));
}

#[test]
fn what_is_no_picture_says_what_to_do() {
    let refused = |bytes: &[u8]| view(bytes, &View::default()).unwrap_err().to_string();
    assert!(refused(b"%PDF-1.7\n").contains("download"));
    assert!(refused(b"{\"a\":1}").contains("fields"));
    assert!(refused(b"\x89PNG\r\n\x1a\nnothing").contains("damaged"));
    assert!(refused(&[0xff, 0, 3]).contains("download"));
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32| {
        (0..8).fold(sum, |sum, _| {
            if sum & 1 == 1 {
                0xEDB8_8320 ^ (sum >> 1)
            } else {
                sum >> 1
            }
        })
    };
    !bytes
        .iter()
        .fold(u32::MAX, |sum, byte| step(sum ^ u32::from(*byte)))
}
