//! Films of JPEG frames: found by their tables, drawn one by one, refused when a table lies.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod common;

use std::io::Cursor;

use common::films::{avi, mp4};
use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use rendering::{Limits, Refused, Region, Sort, View, probe, render};

/// Frames of one colour each, of which the red part says which frame it is.
fn frames(count: u8) -> Vec<Vec<u8>> {
    let frame = |number: u8| {
        let picture = RgbImage::from_pixel(64, 48, Rgb([number * 40, 90, 90]));
        let mut bytes = Vec::new();
        picture
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg)
            .unwrap();
        bytes
    };
    (0..count).map(frame).collect()
}

fn films() -> Vec<Vec<u8>> {
    let frames = frames(5);
    vec![
        avi(b"MJPG", &frames),
        mp4(b"jpeg", &frames, 1),
        mp4(b"jpeg", &frames, 2),
        mp4(b"mjpa", &frames, 9),
    ]
}

fn red(film: &[u8], frame: u32) -> u8 {
    let view = View {
        frame,
        ..View::default()
    };
    let drawn = render(film, "video/mp4", &view, &Limits::default()).unwrap();
    image::load_from_memory(&drawn.bytes)
        .unwrap()
        .to_rgb8()
        .get_pixel(20, 20)
        .0[0]
}

#[test]
fn every_frame_is_found_and_drawn() {
    for film in films() {
        let seen = probe(&film, "", &Limits::default()).unwrap();
        assert_eq!(
            (seen.sort, seen.width, seen.height, seen.frames),
            (Sort::Video, 64, 48, 5)
        );
        for frame in [0u8, 3, 1, 4, 2] {
            assert!(red(&film, frame.into()).abs_diff(frame * 40) < 6, "frame {frame}");
        }
    }
}

#[test]
fn a_frame_is_cut_and_marked_as_any_picture() {
    for film in films() {
        let region = Some(Region {
            x: 8,
            y: 8,
            width: 16,
            height: 8,
        });
        let view = View {
            region,
            frame: 2,
            ..View::default()
        };
        let plain = render(&film, "", &view, &Limits::default()).unwrap();
        assert_eq!((plain.width, plain.height), (16, 8));
        let mark = Some("Wanda 14:03".into());
        let marked = render(&film, "", &View { mark, ..view }, &Limits::default()).unwrap();
        assert_ne!(plain.bytes, marked.bytes);
        assert!(marked.width >= 64, "letters need so much");
    }
}

#[test]
fn a_frame_that_is_not_there_is_told() {
    for film in films() {
        let view = View {
            frame: 5,
            ..View::default()
        };
        let refused = render(&film, "", &view, &Limits::default()).unwrap_err();
        assert_eq!(refused.to_string(), "frame: the film has 5, numbered from 0");
    }
}

#[test]
fn an_empty_chunk_of_an_avi_repeats_the_frame_before() {
    let mut frames = frames(2);
    frames.insert(1, Vec::new());
    let film = avi(b"MJPG", &frames);
    assert_eq!(probe(&film, "", &Limits::default()).unwrap().frames, 3);
    assert_eq!(red(&film, 1), red(&film, 0));
    assert_ne!(red(&film, 2), red(&film, 0));
}

#[test]
fn other_codecs_are_named() {
    for (film, says) in [
        (mp4(b"avc1", &frames(1), 1), "H.264"),
        (mp4(b"av01", &frames(1), 1), "AV1"),
        (avi(b"XVID", &frames(1)), "MPEG-4"),
        (avi(b"cvid", &frames(1)), "another form than motion JPEG"),
    ] {
        let seen = probe(&film, "", &Limits::default()).unwrap();
        assert_eq!((seen.sort, seen.width, seen.frames), (Sort::Video, 0, 0));
        let refused = render(&film, "", &View::default(), &Limits::default()).unwrap_err();
        assert!(matches!(refused, Refused::Unsupported { .. }), "{refused}");
        assert!(refused.to_string().contains(says), "{refused}");
    }
}

#[test]
fn frames_are_held_to_the_limits() {
    let limits = Limits {
        pixels: 1000,
        ..Limits::default()
    };
    for film in films() {
        assert!(matches!(probe(&film, "", &limits), Err(Refused::TooLarge { .. })));
        assert!(matches!(
            render(&film, "", &View::default(), &limits),
            Err(Refused::TooLarge { .. })
        ));
    }
}

#[test]
fn a_table_that_promises_more_than_there_is_is_refused() {
    let film = mp4(b"jpeg", &frames(2), 1);
    let at = film.windows(4).position(|it| it == b"stsz").unwrap();
    // All frames as long as this, and so many of them.
    let mut lying = film.clone();
    lying[at + 8..at + 16].copy_from_slice(&[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert_eq!(
        probe(&lying, "", &Limits::default()),
        Err(Refused::Broken { format: "film" })
    );
    // More frames than there are lengths.
    let mut lying = film;
    lying[at + 12..at + 16].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF]);
    assert_eq!(
        probe(&lying, "", &Limits::default()),
        Err(Refused::Broken { format: "film" })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_films_are_drawn_or_refused(
        which in 0usize..4,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        at_tables in any::<bool>(),
        frame in 0u32..7
    ) {
        let mut film = films()[which].clone();
        // The tables of an MP4 stand in the front of it here, the head of an AVI as well.
        let reach = if at_tables { film.len().min(500) } else { film.len() };
        for (place, byte) in changes {
            film[place.index(reach)] = byte;
        }
        let limits = Limits { pixels: 100_000, ..Limits::default() };
        let view = View { frame, ..View::default() };
        if let Ok(drawn) = render(&film, "", &view, &limits) {
            prop_assert!(drawn.width <= limits.side && drawn.height <= limits.side);
        }
        let _ = probe(&film, "", &limits);
    }
}
