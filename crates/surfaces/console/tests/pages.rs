//! Every sample page is held to the rules of pages, and the kit to its snapshot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "../samples/mod.rs"]
mod samples;

use std::collections::BTreeSet;
use std::path::Path;

use samples::Sample;

/// All that stands between these two texts.
fn between<'a>(page: &'a str, before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(before)
        .skip(1)
        .filter_map(move |rest| rest.split(after).next())
}

fn each(rule: impl Fn(&Sample, &str)) {
    let all = samples::all();
    assert!(all.len() > 60, "only {} samples", all.len());
    for sample in all {
        rule(sample, &sample.page);
    }
}

#[test]
fn the_kit_looks_as_it_did() {
    let kit = samples::all().iter().find(|sample| sample.name == "kit").unwrap();
    // One element a line, so that a difference can be read; names of assets follow their content and say nothing here.
    let text = kit.page.replace("><", ">\n<");
    let asset = |line: &str| line.contains("/console/assets/");
    let text: String = text
        .lines()
        .filter(|line| !asset(line))
        .map(|line| format!("{line}\n"))
        .collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit.html");
    if std::env::var_os("BAILEE_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(
        kept == text,
        "the kit has changed; look at it, then run this with BAILEE_BLESS=1"
    );
}

#[test]
fn samples_have_names_of_their_own() {
    let all = samples::all();
    let names: BTreeSet<_> = all.iter().map(|sample| sample.name).collect();
    assert_eq!(names.len(), all.len());
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    each(|sample, page| {
        for inline in [
            " style=\"",
            " onclick",
            " onload",
            "javascript:",
            "<style",
            "<base",
        ] {
            assert!(!page.contains(inline), "{}: {inline}", sample.name);
        }
        for script in between(page, "<script", "</script>") {
            assert!(
                script.contains(" src=\"/console/assets/") && script.ends_with('>'),
                "{}: {script}",
                sample.name
            );
        }
        for source in
            between(page, " src=\"", "\"").chain(between(page, "<link rel=\"stylesheet\" href=\"", "\""))
        {
            assert!(
                source.starts_with('/') && !source.starts_with("//"),
                "{}: {source}",
                sample.name
            );
        }
    });
}

#[test]
fn every_form_that_changes_something_carries_the_session_s_value() {
    each(|sample, page| {
        for form in between(page, "<form", "</form>").filter(|form| form.contains("method=\"post\"")) {
            assert!(
                form.contains("name=\"csrf\" value=\"sample\""),
                "{}: {form}",
                sample.name
            );
            let action = between(form, "action=\"", "\"").next().unwrap();
            assert!(action.starts_with("/console/"), "{}: {action}", sample.name);
        }
    });
}

#[test]
fn every_page_has_one_title_one_heading_and_one_main_part() {
    each(|sample, page| {
        let many = |what: &str| page.matches(what).count();
        assert_eq!(
            (many("<h1"), many("<main"), many("<title>")),
            (1, 1, 1),
            "{}",
            sample.name
        );
        assert!(page.starts_with("<!DOCTYPE html>"), "{}", sample.name);
    });
}

#[test]
fn ids_are_given_once_and_what_refers_to_them_finds_them() {
    each(|sample, page| {
        let ids: Vec<_> = between(page, " id=\"", "\"").collect();
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{}: {ids:?}", sample.name);
        for attribute in [
            " for=\"",
            " aria-labelledby=\"",
            " aria-describedby=\"",
            " popovertarget=\"",
            " data-copy=\"",
        ] {
            for id in between(page, attribute, "\"").flat_map(str::split_whitespace) {
                assert!(unique.contains(id), "{}:{attribute}{id}", sample.name);
            }
        }
    });
}

#[test]
fn whatever_can_be_filled_in_has_a_label() {
    each(|sample, page| {
        let labels: BTreeSet<_> = between(page, "<label for=\"", "\"").collect();
        let fields = ["<input", "<select", "<textarea"]
            .into_iter()
            .flat_map(|tag| between(page, tag, ">"));
        for field in
            fields.filter(|field| !field.contains("type=\"hidden\"") && !field.contains("type=\"radio\""))
        {
            let id = between(field, " id=\"", "\"").next().unwrap_or_default();
            assert!(labels.contains(id), "{}: {field}", sample.name);
        }
    });
}

#[test]
fn every_picture_of_a_sample_can_be_had() {
    let pictures: Vec<_> = (0..samples::pictures::COUNT)
        .map(samples::pictures::path)
        .collect();
    assert!(samples::pictures::svg(0) != samples::pictures::svg(1));
    each(|sample, page| {
        for picture in between(page, "<img src=\"", "\"") {
            let picture = picture.split('?').next().unwrap();
            assert!(
                pictures.iter().any(|path| path == picture),
                "{}: {picture}",
                sample.name
            );
        }
    });
}

#[test]
fn what_people_typed_is_text_and_nothing_else() {
    use console::kit::{Flash, Problems};
    let bad = "\"><script>alert(1)</script>";
    let flash = console::kit::toast(&Flash::done(bad)).into_string();
    let problems = Problems::one("name", bad).summary().into_string();
    let field = console::kit::Field::text("name", bad)
        .value(bad)
        .hint(bad)
        .show(&Problems::one("name", bad))
        .into_string();
    for page in [flash, problems, field] {
        assert!(
            !page.contains("<script") && page.contains("&lt;script&gt;"),
            "{page}"
        );
    }
}
