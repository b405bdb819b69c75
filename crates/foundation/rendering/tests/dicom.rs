//! DICOM: windows, frames, colours, compressions, and what must not come out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod common;

use common::{BASELINE, EXPLICIT, Elements, JPEG_LS, JPEG_LS_EXAMPLE, JPEG_XL, Kind, RUN_LENGTH};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rendering::{Format, Limits, Refused, Region, Sort, View, Window, probe, render};

fn draw(bytes: &[u8], view: &View) -> Result<DynamicImage, Refused> {
    let drawn = render(bytes, "", view, &Limits::default())?;
    assert!(!drawn.bytes.windows(6).any(|six| six == b"MARKER"));
    Ok(image::load_from_memory(&drawn.bytes).unwrap())
}

fn tones(bytes: &[u8], view: &View) -> Vec<u8> {
    draw(bytes, view).unwrap().to_luma8().into_raw()
}

fn frame(number: u32) -> View {
    View {
        frame: number,
        ..View::default()
    }
}

const RAMP: [u16; 8] = [0, 1, 100, 1000, 2000, 3000, 4000, 4095];

#[test]
fn values_become_tones_by_the_files_window_or_the_requests() {
    let file = Kind {
        window: Some(("2048", "4096")),
        ..Kind::default()
    }
    .of(&RAMP);
    assert_eq!(tones(&file, &View::default()), [0, 0, 6, 62, 125, 187, 249, 255]);
    let narrow = View {
        window: Some(Window {
            center: 1000.0,
            width: 1.0,
        }),
        ..View::default()
    };
    assert_eq!(tones(&file, &narrow), [0, 0, 0, 255, 255, 255, 255, 255]);
    let none = Kind::default().of(&RAMP);
    assert_eq!(tones(&none, &View::default())[..1], [0]);
    assert_eq!(tones(&none, &View::default())[7..], [255]);
    let seen = probe(&file, "", &Limits::default()).unwrap();
    assert_eq!(
        (seen.sort, seen.width, seen.height, seen.frames, seen.risk),
        (Sort::Dicom, 4, 2, 1, None)
    );
    assert_eq!(
        render(&file, "", &View::default(), &Limits::default())
            .unwrap()
            .format,
        Format::Png
    );
}

#[test]
fn the_lowest_value_may_mean_white() {
    let plain = Kind {
        window: Some(("2048", "4096")),
        ..Kind::default()
    };
    let inverted = Kind {
        photometric: "MONOCHROME1",
        window: plain.window,
        ..Kind::default()
    };
    let opposite: Vec<u8> = tones(&plain.of(&RAMP), &View::default())
        .iter()
        .map(|tone| 255 - tone)
        .collect();
    assert_eq!(tones(&inverted.of(&RAMP), &View::default()), opposite);
}

#[test]
fn slopes_and_signs_are_honoured() {
    let hounsfield = Kind {
        signed: true,
        bits: (16, 16),
        ..Kind::default()
    }
    .elements()
    .text(0x0028_1050, "DS", "40")
    .text(0x0028_1051, "DS", "400")
    .text(0x0028_1052, "DS", "-1024")
    .text(0x0028_1053, "DS", "2")
    .numbers(0x7FE0_0010, "OW", &[0, 432, 532, 632, 0xFFFF, 412, 500, 999])
    .file(EXPLICIT);
    // 532 is the middle: 532 × 2 − 1024 = 40. The window is 200 to either side.
    let drawn = tones(&hounsfield, &View::default());
    assert_eq!(
        [drawn[0], drawn[1], drawn[3], drawn[4], drawn[7]],
        [0, 0, 255, 0, 255]
    );
    assert!(
        drawn[2].abs_diff(128) <= 1 && drawn[6] > 60 && drawn[6] < 128,
        "{drawn:?}"
    );
}

#[test]
fn overlays_that_hide_in_unused_bits_are_not_drawn() {
    let kind = Kind {
        window: Some(("2048", "4096")),
        ..Kind::default()
    };
    let hidden: Vec<u16> = RAMP.iter().map(|value| value | 0xF000).collect();
    assert_eq!(
        tones(&kind.of(&hidden), &View::default()),
        tones(&kind.of(&RAMP), &View::default())
    );
}

#[test]
fn frames_are_told_apart_and_have_windows_of_their_own() {
    let group = |center: &str| {
        let window = Elements::default()
            .text(0x0028_1050, "DS", center)
            .text(0x0028_1051, "DS", "1");
        Elements::default().items(0x0028_9132, &[window])
    };
    let file = Kind {
        frames: 2,
        ..Kind::default()
    }
    .elements()
    .items(0x5200_9229, &[Elements::default()])
    .items(0x5200_9230, &[group("1000"), group("4000")])
    .numbers(0x7FE0_0010, "OW", &[RAMP, RAMP].concat())
    .file(EXPLICIT);
    assert_eq!(tones(&file, &frame(0)), [0, 0, 0, 255, 255, 255, 255, 255]);
    assert_eq!(tones(&file, &frame(1)), [0, 0, 0, 0, 0, 0, 255, 255]);
    assert!(matches!(
        draw(&file, &frame(2)),
        Err(Refused::Outside { field: "frame", .. })
    ));
    assert_eq!(probe(&file, "", &Limits::default()).unwrap().frames, 2);
}

#[test]
fn regions_of_a_frame_are_cut_exactly() {
    let file = Kind {
        window: Some(("2048", "4096")),
        ..Kind::default()
    }
    .of(&RAMP);
    let region = Some(Region {
        x: 1,
        y: 1,
        width: 2,
        height: 1,
    });
    assert_eq!(
        tones(
            &file,
            &View {
                region,
                ..View::default()
            }
        ),
        [187, 249]
    );
}

#[test]
fn colours_of_every_kind_come_out_as_colours() {
    let kind = |photometric| Kind {
        photometric,
        samples: 3,
        bits: (8, 8),
        columns: 2,
        rows: 2,
        ..Kind::default()
    };
    let near = |file: &[u8], expected: [u8; 3]| {
        let drawn = draw(file, &View::default()).unwrap().to_rgb8();
        let pixel = drawn.get_pixel(1, 1).0;
        assert!(
            pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 8),
            "{pixel:?} instead of {expected:?}"
        );
    };
    near(&kind("RGB").of_bytes(&[200, 30, 40].repeat(4)), [200, 30, 40]);
    near(&kind("YBR_FULL").of_bytes(&[76, 85, 255].repeat(4)), [254, 0, 0]);
    near(
        &kind("YBR_FULL_422").of_bytes(&[76, 76, 85, 255].repeat(2)),
        [254, 0, 0],
    );
    let planes = kind("RGB").elements().number(0x0028_0006, 1);
    near(
        &planes
            .raw(0x7FE0_0010, "OB", &[[200; 4], [30; 4], [40; 4]].concat())
            .file(EXPLICIT),
        [200, 30, 40],
    );
    let mut palette = Kind {
        photometric: "PALETTE COLOR",
        bits: (8, 8),
        columns: 2,
        rows: 2,
        ..Kind::default()
    }
    .elements();
    for (table, colour) in [(1, 200u16), (2, 30), (3, 40)] {
        palette = palette.numbers(0x0028_1100 + table, "US", &[3, 5, 16]);
        palette = palette.numbers(0x0028_1200 + table, "OW", &[0, 0, colour << 8]);
    }
    near(
        &palette.raw(0x7FE0_0010, "OB", &[5, 6, 6, 7]).file(EXPLICIT),
        [200, 30, 40],
    );
}

#[test]
fn runs_and_jpeg_are_unpacked() {
    let kind = Kind {
        bits: (8, 8),
        columns: 4,
        rows: 2,
        window: Some(("128", "256")),
        ..Kind::default()
    };
    let mut packed = [1u32, 64]
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect::<Vec<_>>();
    packed.resize(64, 0);
    packed.extend([3, 0, 50, 100, 150, 253, 255]);
    let file = kind.elements().pieces(&[&packed]).file(RUN_LENGTH);
    assert_eq!(
        tones(&file, &View::default()),
        [0, 50, 100, 150, 255, 255, 255, 255]
    );
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(16, 16, Rgb([200, 30, 40]));
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut jpeg, ImageFormat::Jpeg)
        .unwrap();
    let color = Kind {
        photometric: "YBR_FULL_422",
        samples: 3,
        bits: (8, 8),
        columns: 16,
        rows: 16,
        frames: 2,
        ..Kind::default()
    };
    // The first frame in two pieces.
    let (first, second) = jpeg.get_ref().split_at(100);
    let file = color
        .elements()
        .pieces(&[first, second, jpeg.get_ref()])
        .file(BASELINE);
    for number in 0..2 {
        let pixel = draw(&file, &frame(number)).unwrap().to_rgb8().get_pixel(8, 8).0;
        assert!(
            pixel.iter().zip([200, 30, 40]).all(|(a, b)| a.abs_diff(b) < 8),
            "{pixel:?}"
        );
    }
}

#[test]
fn jpeg_ls_is_unpacked() {
    let kind = Kind {
        bits: (8, 8),
        columns: 4,
        rows: 4,
        window: Some(("128", "256")),
        ..Kind::default()
    };
    let file = kind.elements().pieces(&[JPEG_LS_EXAMPLE]).file(JPEG_LS);
    let expected = [
        0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
    ];
    assert_eq!(tones(&file, &View::default()), expected);
}

#[test]
fn a_compression_that_is_not_drawn_is_named() {
    let file = Kind::default().elements().pieces(&[&[0; 8]]).file(JPEG_XL);
    assert!(
        draw(&file, &View::default())
            .unwrap_err()
            .to_string()
            .contains("rare compression")
    );
}

#[test]
fn names_that_may_be_burned_in_are_a_risk() {
    let risk = |modality, burned_in: Option<&str>| {
        let mut elements = Kind {
            modality,
            ..Kind::default()
        }
        .elements();
        if let Some(word) = burned_in {
            elements = elements.text(0x0028_0301, "CS", word);
        }
        let file = elements.numbers(0x7FE0_0010, "OW", &RAMP).file(EXPLICIT);
        probe(&file, "", &Limits::default()).unwrap().risk
    };
    assert!(risk("US", None).is_some());
    assert!(risk("US", Some("NO")).is_none());
    assert!(risk("CT", Some("YES")).is_some());
    assert!(risk("CT", None).is_none());
}

#[test]
fn shapes_that_cannot_be_are_refused() {
    let refused = |kind: Kind, values: &[u16]| draw(&kind.of(values), &View::default()).unwrap_err();
    assert!(matches!(
        refused(Kind::default(), &RAMP[..7]),
        Refused::Broken { .. }
    ));
    assert!(matches!(
        refused(
            Kind {
                rows: 0,
                ..Kind::default()
            },
            &RAMP
        ),
        Refused::Unsupported { .. }
    ));
    assert!(matches!(
        refused(
            Kind {
                samples: 3,
                ..Kind::default()
            },
            &RAMP
        ),
        Refused::Unsupported { .. }
    ));
    assert!(matches!(
        refused(
            Kind {
                columns: u16::MAX,
                rows: u16::MAX,
                ..Kind::default()
            },
            &RAMP
        ),
        Refused::TooLarge { .. }
    ));
    let none = Elements::default().text(0x0008_0060, "CS", "SR").file(EXPLICIT);
    assert!(matches!(
        draw(&none, &View::default()),
        Err(Refused::Unsupported { .. })
    ));
    assert_eq!(probe(&none, "", &Limits::default()).unwrap().frames, 0);
}
