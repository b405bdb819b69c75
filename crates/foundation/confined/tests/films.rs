//! Films, by the process that draws them: this program is started again, gives up its rights, and is given whole and changed films.
//! Whatever they hold, the answer is pixels or a reason that speaks of the film.
//!
//! It has no harness, for one that is started to draw must have one thread and nothing open.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by the one and speaks by the other"
)]

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use confined::Process;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use rendering::{Elsewhere as _, Film, Limits, Refused, Size, View};

const USUAL: &[u8] = include_bytes!("films/usual.mp4");
const FILMS: [&[u8]; 6] = [
    USUAL,
    include_bytes!("films/open.mp4"),
    include_bytes!("films/turned.mov"),
    include_bytes!("films/pieces.mp4"),
    include_bytes!("films/fields.mp4"),
    include_bytes!("films/ten-bits.mp4"),
];
const EACH_PIXEL: &[u8] = include_bytes!("films/each-pixel.mp4");

const BROKEN: Refused = Refused::Broken { format: "film" };

fn main() -> ExitCode {
    if confined::is_one(std::env::args_os()) {
        return confined::one();
    }
    let folder = tempfile::tempdir().unwrap();
    let process = Process::new(Path::new("/proc/self/exe"), folder.path(), Duration::from_secs(3));
    type Test = (&'static str, fn(&Process));
    let tests: [Test; 4] = [
        ("films_are_told_and_drawn", films_are_told_and_drawn),
        ("what_cannot_be_drawn_says_why", what_cannot_be_drawn_says_why),
        ("lies_end_their_own_process", lies_end_their_own_process),
        (
            "changed_films_are_drawn_or_refused",
            changed_films_are_drawn_or_refused,
        ),
    ];
    for (name, test) in tests {
        test(&process);
        println!("test {name} ... ok");
    }
    // As a harness says it, so that they are counted.
    println!("test result: ok. {} passed; 0 failed", tests.len());
    ExitCode::SUCCESS
}

fn frame(number: u32) -> View {
    View {
        frame: number,
        ..View::default()
    }
}

fn films_are_told_and_drawn(process: &Process) {
    for film in FILMS {
        let told = process.film(film).unwrap();
        let (frames, duration) = (30, Duration::from_secs(3));
        let upright = Size {
            width: 96,
            height: 64,
        };
        let turned = Size {
            width: 64,
            height: 96,
        };
        assert!(
            [upright, turned]
                .map(|size| Film {
                    frames,
                    size,
                    duration
                })
                .contains(&told),
            "{told:?}"
        );
        let last = process.frame(film, &frame(29), &Limits::default()).unwrap();
        assert_eq!(last.size(), told.size);
        let at = View {
            at: Some(Duration::from_millis(2950)),
            ..View::default()
        };
        assert_eq!(process.frame(film, &at, &Limits::default()), Ok(last));
    }
}

fn what_cannot_be_drawn_says_why(process: &Process) {
    let draw = |film: &[u8], view: &View| {
        process
            .frame(film, view, &Limits::default())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(draw(USUAL, &frame(30)), "frame: there are 30, numbered from 0");
    let late = View {
        at: Some(Duration::from_secs(3)),
        ..View::default()
    };
    assert_eq!(
        draw(USUAL, &late),
        "at: the film takes 3 seconds; ask for an earlier time"
    );
    let said = draw(EACH_PIXEL, &frame(0));
    assert!(said.contains("H.264 of a rare kind (4:4:4"), "{said}");
    for broken in [
        &b""[..],
        b"\0\0\0\x14ftypisom\0\0\0\0isom",
        &USUAL[..USUAL.len() / 2],
    ] {
        assert_eq!(process.film(broken), Err(BROKEN));
        assert_eq!(process.frame(broken, &frame(0), &Limits::default()), Err(BROKEN));
    }
    let few = Limits {
        pixels: 1_000,
        ..Limits::default()
    };
    assert!(matches!(
        process.frame(USUAL, &frame(0), &few),
        Err(Refused::TooLarge { .. })
    ));
}

/// Puts this behind the first box of this name, so many bytes from its beginning.
fn with(name: &[u8; 4], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut film = USUAL.to_vec();
    let start = film.windows(4).position(|it| it == name).unwrap() + 4 + at;
    film[start..start + bytes.len()].copy_from_slice(bytes);
    film
}

fn lies_end_their_own_process(process: &Process) {
    for (lie, film) in [
        (
            "four milliards of frames",
            with(b"stsz", 4, &[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]),
        ),
        (
            "more lengths than there are",
            with(b"stsz", 8, &[0x7F, 0xFF, 0xFF, 0xFF]),
        ),
        ("more times than there are", with(b"stts", 4, &[0xFF; 4])),
        ("no measure of time", with(b"mdhd", 12, &[0; 4])),
        ("a chunk outside of the file", with(b"stco", 8, &[0xFF; 4])),
        ("no settings", with(b"avcC", 5, &[0xE0])),
        ("long settings", with(b"avcC", 6, &[0xFF; 2])),
    ] {
        let said = process.frame(&film, &frame(5), &Limits::default());
        let known = matches!(
            said,
            Err(Refused::Broken { .. } | Refused::TookTooMuch { .. } | Refused::TookTooLong { .. })
        );
        assert!(known, "{lie}: {said:?}");
        assert!(process.frame(USUAL, &frame(5), &Limits::default()).is_ok());
    }
}

fn changed_films_are_drawn_or_refused(process: &Process) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(200)
    };
    let change = (any::<Index>(), any::<u8>(), any::<bool>());
    let changes = proptest::collection::vec(change, 1..6);
    let cases = (0..FILMS.len(), changes, 0u32..32, any::<bool>());
    let tried = TestRunner::new(config).run(&cases, |(which, changes, number, told)| {
        let mut film = FILMS[which].to_vec();
        for (place, byte, at_tables) in changes {
            // The tables are the last of a whole film, and the first of one in pieces.
            let reach = film.len() * 2 / 5;
            let from = if at_tables { film.len() - reach } else { 0 };
            let place = from + place.index(film.len() - from);
            film[place] = byte;
        }
        let said = match told {
            true => process.film(&film).map(|_| ()),
            false => process
                .frame(&film, &frame(number), &Limits::default())
                .map(|_| ()),
        };
        // What is ours to mend is a failure; the rest is the film's.
        prop_assert!(!matches!(said, Err(Refused::Failed { .. })), "{said:?}");
        Ok(())
    });
    tried.unwrap();
}
