//! What every page has to be, whatever stands on it.

use rights::portal::Portal;

use crate::samples;

#[test]
fn a_page_is_one_request_and_needs_no_script() {
    for sample in samples::all() {
        let (name, page) = (sample.name, &sample.page);
        assert!(page.len() < 40_000, "{name} has {} bytes", page.len());
        for foreign in [
            "<script", "<img", "<link", "@import", "url(", " style=", " onclick", "http:",
        ] {
            assert!(!page.contains(foreign), "{name}: {foreign}");
        }
        assert_eq!(page.matches("<h1>").count(), 1, "{name}");
        assert!(
            page.contains("<html lang=\"") && page.contains("<title>"),
            "{name}"
        );
        // A key that is missing stands as it is called.
        for key in [
            "kind.", "state.", "trouble.", "front.", "request.", "consent.", "access.", "ways.",
        ] {
            let shown = page.split('>').any(|part| part.starts_with(key));
            assert!(!shown, "{name}: {key}");
        }
        for form in page.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            assert!(
                form.contains("method=\"post\"") && form.contains("name=\"csrf\""),
                "{name}"
            );
        }
    }
}

#[test]
fn taking_back_is_one_button_as_agreeing_is() {
    let sample = samples::all()
        .into_iter()
        .find(|sample| sample.name == "privacy-consent")
        .unwrap();
    for button in ["I no longer agree", "I agree", "I object"] {
        assert_eq!(
            sample.page.matches(&format!(">{button}</button>")).count(),
            1,
            "{button}"
        );
    }
}

#[test]
fn a_page_loads_nothing_but_its_own_two_sheets() {
    let policy = portal::policy(&[portal::Style::of(&Portal::default())]);
    assert_eq!(policy.matches("'sha256-").count(), 2);
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"));
}
