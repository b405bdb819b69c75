//! What every page has to be, whatever stands on it.

use assurance::{Catalogue, Profile, State};
use trust::Voice;

use crate::samples;

#[test]
fn a_page_is_one_request_and_small() {
    for sample in samples::all() {
        assert!(
            sample.page.len() < 50_000,
            "{} has {} bytes",
            sample.name,
            sample.page.len()
        );
        for foreign in [
            "<script",
            "<img",
            "<link rel=\"stylesheet\"",
            "@import",
            "url(",
            " style=",
            " onclick",
        ] {
            assert!(!sample.page.contains(foreign), "{}: {foreign}", sample.name);
        }
        assert_eq!(sample.page.matches("<h1>").count(), 1, "{}", sample.name);
        assert!(
            sample.page.contains("<html lang=\"en\">") && sample.page.contains("<title>"),
            "{}",
            sample.name
        );
    }
}

#[test]
fn the_badge_says_the_worst() {
    let catalogue = Catalogue::load().unwrap();
    let badge = |change: fn(usize, State) -> State| trust::badge(&samples::seen(&catalogue, change));
    assert!(badge(|_, state| state).contains(" hold</title>"));
    assert!(
        badge(|number, state| if number == 0 { State::Late } else { state }).contains("promises: 1 late")
    );
    assert!(
        badge(|number, state| if number < 2 { State::BrokenCheck } else { state })
            .contains("2 cannot be told")
    );
    let both = |number, state| match number {
        0 => State::BrokenCheck,
        1 => State::BrokenPromise,
        _ => state,
    };
    assert!(badge(both).contains("promises: 1 broken"));
    assert!(badge(|_, _| State::OutOfScope).contains("nothing checked"));
}

#[test]
fn words_of_others_stand_on_the_page_as_words() {
    let catalogue = Catalogue::load().unwrap();
    let mut seen = samples::seen(&catalogue, |_, _| State::BrokenPromise);
    seen.claims[0].reason = Some("<script>alert(1)</script>".into());
    let page = trust::page(
        &Voice::front(&Profile::everything(&catalogue), &samples::settings()),
        &seen,
    )
    .into_string();
    assert!(page.contains("&lt;script&gt;alert(1)"), "the reason is shown");
    assert!(!page.contains("<script"));
}
