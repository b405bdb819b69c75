//! The side of the server, against processes that do not behave. They are scripts: `sh` is given the one word that every process of
//! a page is given, and takes it for a file of its folder.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by these")]

use std::path::Path;
use std::time::Duration;

use confined::{COMMAND, Process};
use rendering::{Elsewhere as _, Limits, Pages, Pixels, Refused, Size, View};
use tempfile::TempDir;

/// Longer than any script here takes that ends.
const PATIENT: Duration = Duration::from_secs(20);

struct Script(TempDir);

impl Script {
    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(COMMAND), text).unwrap();
        Self(folder)
    }

    fn process(&self, patience: Duration) -> Process {
        Process::new(Path::new("/bin/sh"), self.0.path(), patience)
    }

    fn page(&self) -> Result<Pixels, Refused> {
        let limits = Limits {
            side: 100,
            ..Limits::default()
        };
        self.process(PATIENT)
            .page(b"a document", &View::default(), &limits)
    }

    fn pages(&self) -> Result<Pages, Refused> {
        self.process(PATIENT).pages(b"a document")
    }
}

const BROKEN: Refused = Refused::Broken { format: "PDF" };

#[test]
fn what_is_drawn_comes_back() {
    let drawn = Script::of(r#"echo '{"drawn":{"width":2,"height":1}}'; printf abcdef"#);
    let (width, height) = (2, 1);
    assert_eq!(
        drawn.page().unwrap(),
        Pixels::new(Size { width, height }, b"abcdef".to_vec()).unwrap()
    );
    let told = Script::of(r#"echo '{"pages":{"count":9,"sizes":[[1,2],[3,4]]}}'"#)
        .pages()
        .unwrap();
    assert_eq!((told.count, told.sizes.len()), (9, 2));
}

#[test]
fn the_document_and_nothing_else_comes_in() {
    let asks = r#"read -r question; document=$(/bin/cat)
        [ "$document" = "a document" ] && [ "$#" = 0 ] && [ -z "$HOME$CARGO_MANIFEST_DIR" ] && echo '"encrypted"'"#;
    let document = Script::of(asks);
    assert_eq!(document.page(), Err(Refused::Encrypted));
}

#[test]
fn an_answer_is_held_against_what_was_asked() {
    for lie in [
        "",
        "printf '\"encrypted\"'",
        "echo nothing",
        "echo '{\"drawn\":{\"width\":2,\"height\":1}}'; printf abcde",
        "echo '{\"drawn\":{\"width\":2,\"height\":1}}'; printf abcdefg",
        "echo '{\"drawn\":{\"width\":101,\"height\":1}}'",
        "echo '{\"drawn\":{\"width\":4294967295,\"height\":4294967295}}'",
        "echo '{\"drawn\":{\"width\":-1,\"height\":1}}'",
        "echo '{\"pages\":{\"count\":1,\"sizes\":[[1,1]]}}'",
        // A part that there is, so that nothing speaks for it.
        "echo '{\"no-part\":{\"width\":10,\"height\":10}}'",
        "while :; do echo lies; done",
    ] {
        assert_eq!(Script::of(lie).page(), Err(BROKEN), "{lie}");
    }
    for lie in [
        "echo '{\"pages\":{\"count\":0,\"sizes\":[[1,1]]}}'",
        "echo '{\"pages\":{\"count\":1,\"sizes\":[]}}'",
    ] {
        assert_eq!(Script::of(lie).pages(), Err(BROKEN), "{lie}");
    }
}

#[test]
fn who_never_answers_is_ended() {
    for silent in ["while :; do :; done", "echo '\"broken\"'; while :; do :; done"] {
        let script = Script::of(silent);
        let refused = script.process(Duration::from_millis(200)).pages(b"a document");
        assert_eq!(refused, Err(Refused::TookTooLong { seconds: 0 }), "{silent}");
    }
}

#[test]
fn who_does_not_listen_is_not_waited_for() {
    let refused = Script::of("echo '\"broken\"'")
        .process(PATIENT)
        .pages(&vec![7; 4 << 20]);
    assert_eq!(refused, Err(BROKEN));
}

#[test]
fn how_a_process_ends_says_why() {
    let memory = Err(Refused::TookTooMuch { mebibytes: 1024 });
    assert_eq!(Script::of("kill -ABRT $$").pages(), memory);
    assert_eq!(Script::of("kill -KILL $$").pages(), memory);
    let seconds = PATIENT.as_secs();
    assert_eq!(
        Script::of("kill -XCPU $$").pages(),
        Err(Refused::TookTooLong { seconds })
    );
    assert_eq!(Script::of("exit 101").pages(), Err(BROKEN), "a panic");
    for ours in ["exit 71", "exit 2"] {
        assert!(
            matches!(Script::of(ours).pages(), Err(Refused::Failed { .. })),
            "{ours}"
        );
    }
    let nobody = Process::new(Path::new("/nonexistent"), Path::new("/"), PATIENT);
    assert!(matches!(nobody.pages(b""), Err(Refused::Failed { .. })));
}

#[test]
fn a_part_that_is_not_there_is_said_in_our_words() {
    let view = View {
        region: Some(rendering::Region {
            x: 5,
            y: 0,
            width: 9,
            height: 9,
        }),
        ..View::default()
    };
    let script = Script::of("echo '{\"no-part\":{\"width\":10,\"height\":10}}'");
    let refused = script.process(PATIENT).page(b"", &view, &Limits::default());
    assert!(
        matches!(&refused, Err(Refused::Outside { problem, .. }) if problem.contains("10 by 10")),
        "{refused:?}"
    );
    let refused = Script::of("echo '{\"no-such\":{\"count\":3}}'").page();
    assert!(
        matches!(&refused, Err(Refused::Outside { problem, .. }) if problem.contains("there are 3")),
        "{refused:?}"
    );
}
