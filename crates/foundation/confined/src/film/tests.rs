//! Small films that `tests/films/make.sh` made: every frame is found, whatever leans on what; changed ones are drawn or refused.

use rendering::Region;

use super::*;

/// Frame N is grey, 40 + 6 N in luma, with a white quarter in its upper left and a red one in its lower right.
const FILMS: [(&str, &[u8]); 6] = [
    ("usual", include_bytes!("../../tests/films/usual.mp4")),
    ("open", include_bytes!("../../tests/films/open.mp4")),
    ("turned", include_bytes!("../../tests/films/turned.mov")),
    ("pieces", include_bytes!("../../tests/films/pieces.mp4")),
    ("fields", include_bytes!("../../tests/films/fields.mp4")),
    ("ten-bits", include_bytes!("../../tests/films/ten-bits.mp4")),
];
const EACH_PIXEL: &[u8] = include_bytes!("../../tests/films/each-pixel.mp4");

const FRAMES: u32 = 30;
const LIMITS: Limits = Limits {
    pixels: 1_000_000,
    unpacked_bytes: 1 << 20,
    side: 4096,
    text_bytes: 1,
};

fn frame(number: u32) -> View {
    View {
        frame: number,
        ..View::default()
    }
}

fn at(time: Duration) -> View {
    View {
        at: Some(time),
        ..View::default()
    }
}

/// The colours of the upper left, the upper right and the lower right, as the film is not turned.
fn corners(film: &Film<'_>, view: &View) -> [[u8; 3]; 3] {
    let drawn = film.draw(view, &LIMITS).unwrap();
    let Size { width, height } = drawn.size();
    let pixels = drawn.into_bytes();
    let places = match (width, height) {
        (96, 64) => [(20, 10), (70, 10), (70, 50)],
        // A quarter to the left.
        (64, 96) => [(10, 70), (10, 20), (50, 20)],
        other => panic!("{other:?}"),
    };
    places.map(|(x, y)| {
        let pixel = (y * width as usize + x) * 3;
        [pixels[pixel], pixels[pixel + 1], pixels[pixel + 2]]
    })
}

fn near(left: [u8; 3], right: [u8; 3]) -> bool {
    left.iter()
        .zip(right)
        .all(|(left, right)| left.abs_diff(right) < 6)
}

/// What frame N shows in its upper right.
fn grey(number: u32) -> [u8; 3] {
    [((40.0 + 6.0 * f64::from(number) - 16.0) * 255.0 / 219.0).round() as u8; 3]
}

#[test]
fn every_frame_is_found_by_number_and_by_time() {
    for (name, bytes) in FILMS {
        let film = Film::open(bytes).unwrap();
        assert_eq!(
            (film.count(), film.duration()),
            (FRAMES, Duration::from_secs(3)),
            "{name}"
        );
        for number in 0..FRAMES {
            let [white, own, red] = corners(&film, &frame(number));
            assert!(
                near(white, [255; 3]) && near(red, [254, 0, 0]),
                "{name}: {white:?} {red:?}"
            );
            assert!(near(own, grey(number)), "{name}: {number} is {own:?}");
            for later in [0, 99] {
                let time = Duration::from_millis(u64::from(number) * 100 + later);
                assert_eq!(corners(&film, &at(time))[1], own, "{name}: at {time:?}");
            }
        }
    }
}

#[test]
fn a_part_is_cut_out_and_made_as_large_as_wanted() {
    let film = Film::open(FILMS[0].1).unwrap();
    let view = View {
        region: Some(Region {
            x: 52,
            y: 36,
            width: 40,
            height: 24,
        }),
        size: Some(Size {
            width: 20,
            height: 20,
        }),
        ..frame(3)
    };
    let drawn = film.draw(&view, &LIMITS).unwrap();
    assert_eq!((drawn.size().width, drawn.size().height), (20, 12));
    assert!(
        drawn
            .into_bytes()
            .chunks(3)
            .all(|pixel| near([pixel[0], pixel[1], pixel[2]], [254, 0, 0]))
    );
}

#[test]
fn what_is_not_there_is_told() {
    let film = Film::open(FILMS[2].1).unwrap();
    assert_eq!(film.draw(&frame(30), &LIMITS), Err(Trouble::NoSuch(30)));
    let end = Duration::from_secs(3);
    assert_eq!(film.draw(&at(end), &LIMITS), Err(Trouble::NoTime(end)));
    let outside = View {
        region: Some(Region {
            x: 0,
            y: 0,
            width: 96,
            height: 64,
        }),
        ..View::default()
    };
    let (width, height) = (64, 96);
    assert_eq!(
        film.draw(&outside, &LIMITS),
        Err(Trouble::NoPart(Size { width, height }))
    );
    let few = Limits {
        pixels: 6_000,
        ..LIMITS
    };
    assert_eq!(film.draw(&frame(0), &few), Err(Trouble::TooLarge));
}

#[test]
fn what_is_not_drawn_is_named() {
    let refused = Film::open(EACH_PIXEL).err();
    assert_eq!(refused, Some(Trouble::NotDrawn(Kind::Rare)));
    let mut among = FILMS[0].1.to_vec();
    let name = among.windows(4).position(|it| it == b"avc1").unwrap();
    let entry = among[name + 4..]
        .windows(4)
        .position(|it| it == b"avc1")
        .map_or(name, |next| name + 4 + next);
    among[entry..entry + 4].copy_from_slice(b"avc3");
    let refused = Film::open(&among).err();
    assert_eq!(refused, Some(Trouble::NotDrawn(Kind::SettingsAmongFrames)));
    for nothing in [&b""[..], b"\0\0\0\x08ftyp", &FILMS[0].1[..900]] {
        assert_eq!(Film::open(nothing).err(), Some(Trouble::Broken));
    }
}
