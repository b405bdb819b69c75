//! The options that are used with the basic profile.

use redaction::What;
use redaction::dicom::{Dates, Profile, SafePrivate};

use crate::build::{CT, Elements, Ends, FORMS, Form, image, plain, unpacked};
use crate::{clean, done, holds};

fn with(change: impl FnOnce(&mut Profile)) -> Profile {
    let mut profile = Profile::default();
    change(&mut profile);
    profile
}

#[test]
fn what_is_retained_stays_and_is_named_and_nothing_else() {
    let cases: [(Profile, &str, &str); 5] = [
        (with(|it| it.retain_uids = true), "1.3.6.1.4.1.5962.1.3", "113110"),
        (
            with(|it| it.retain_device_identity = true),
            "SN-99887766",
            "113109",
        ),
        (
            with(|it| it.retain_institution_identity = true),
            "Hospital of Springfield",
            "113112",
        ),
        (
            with(|it| it.retain_patient_characteristics = true),
            "010Y",
            "113108",
        ),
        (with(|it| it.dates = Dates::Full), "20240302", "113106"),
    ];
    for form in FORMS {
        for (profile, kept, code) in &cases {
            let file = unpacked(&clean(&plain(form), profile).0, form);
            for (_, other, _) in &cases {
                assert_eq!(
                    holds(&file, other),
                    other == kept,
                    "{other} with {code} in {form:?}"
                );
            }
            assert!(
                holds(&file, code) && !holds(&file, "MRN-4711471") && !holds(&file, "Simpson"),
                "{code}"
            );
        }
    }
}

/// The dates of study and series of a cleaned file.
fn dates(file: &[u8]) -> Vec<i64> {
    let at = |tag: [u8; 4]| {
        file.windows(6)
            .position(|part| part[..4] == tag && &part[4..] == b"DA")
            .unwrap()
            + 8
    };
    [[8, 0, 0x20, 0], [8, 0, 0x21, 0]]
        .map(|tag| {
            let text = std::str::from_utf8(&file[at(tag)..at(tag) + 8]).unwrap();
            let date: jiff::civil::Date = jiff::civil::Date::strptime("%Y%m%d", text).unwrap();
            i64::from(date.since(jiff::civil::date(2000, 1, 1)).unwrap().get_days())
        })
        .to_vec()
}

#[test]
fn modified_dates_move_alike_for_one_patient_and_keep_intervals() {
    let profile = with(|it| it.dates = Dates::Modified);
    let (first, findings) = clean(&plain(Form::Explicit), &profile);
    let other_study = image(Form::Explicit)
        .text(0x0010_0020, "LO", "MRN-4711471")
        .text(0x0020_000D, "UI", "1.9.9.9")
        .file(CT, "1.2.99");
    let (second, _) = clean(&other_study, &profile);
    let moved = dates(&first);
    assert_eq!(moved[1] - moved[0], 2, "from 29 February to 2 March");
    assert_eq!(moved, dates(&second));
    assert!(!holds(&first, "20240229") && !holds(&first, "20240302") && !holds(&first, "19800401"));
    assert!(holds(&first, "MODIFIED") && holds(&first, "101500"));
    assert_eq!(done(&findings, "(0008,0020)"), Some(What::Shifted));

    let somebody = Elements::new(Form::Explicit)
        .text(0x0008_0020, "DA", "20240229")
        .text(0x0008_0021, "DA", "20240302")
        .text(0x0010_0020, "LO", "SOMEBODY-ELSE-1")
        .file(CT, "1.2.98");
    assert_ne!(dates(&clean(&somebody, &profile).0), moved);
}

#[test]
fn what_is_not_a_date_is_replaced() {
    let file = Elements::new(Form::Explicit)
        .text(0x0008_0012, "DA", "MARKER")
        .text(0x0008_0020, "DA", r"20240229\MARKER")
        .text(0x0018_9074, "DT", "20240229101500.000000+0100")
        .text(0x0014_0102, "DA", "20240229")
        .file("1.2.3", "1.2.3.4");
    let (clean_file, findings) = clean(&file, &with(|it| it.dates = Dates::Modified));
    assert!(!holds(&clean_file, "MARKER") && holds(&clean_file, "101500.000000+0100"));
    assert_eq!(done(&findings, "(0008,0020)"), Some(What::Replaced));
    assert_eq!(
        done(&findings, "(0014,0102)"),
        Some(What::Shifted),
        "a date that the table does not name"
    );
    let (basic, _) = clean(&file, &Profile::default());
    assert!(!holds(&basic, "20240229"));
}

#[test]
fn descriptors_keep_harmless_words() {
    let (file, findings) = clean(&plain(Form::Explicit), &with(|it| it.clean_descriptors = true));
    assert!(holds(&file, "Thorax axial for") && !holds(&file, "Hibbert"));
    assert_eq!(done(&findings, "(0008,103E)"), Some(What::Cleaned));
    assert!(!holds(
        &clean(&plain(Form::Explicit), &Profile::default()).0,
        "Thorax"
    ));
}

#[test]
fn a_report_keeps_its_tree_without_people() {
    let form = Form::Explicit;
    let finding = Elements::new(form)
        .text(0x0040_A010, "CS", "CONTAINS")
        .text(0x0040_A032, "DT", "20240229101500")
        .text(0x0040_A040, "CS", "TEXT")
        .text(0x0040_A123, "PN", "MARKER^NAME")
        .text(0x0040_A124, "UI", "1.9.8.7")
        .text(0x0040_A160, "UT", "Nodule in the left lung, seen by MARKER");
    let tree = Elements::new(form).text(0x0040_A040, "CS", "CONTAINER").sequence(
        0x0040_A730,
        &[finding],
        Ends::Marked,
    );
    let class = "1.2.840.10008.5.1.4.1.1.88.11";
    let file = Elements::new(form)
        .sequence(0x0040_A730, &[tree], Ends::Counted)
        .file(class, "1.2.3");
    let (file, findings) = clean(&file, &with(|it| it.clean_structured_content = true));
    assert!(holds(&file, "Nodule in the left lung") && holds(&file, "CONTAINER") && holds(&file, "113104"));
    assert!(!holds(&file, "MARKER") && !holds(&file, "1.9.8.7") && !holds(&file, "20240229"));
    assert_eq!(
        done(&findings, "(0040,A730)[0].(0040,A730)[0].(0040,A123)"),
        Some(What::Replaced)
    );
}

#[test]
fn drawings_keep_their_shapes_without_text() {
    let form = Form::Explicit;
    let text = Elements::new(form)
        .text(0x0070_0006, "ST", "MARKER")
        .raw(0x0070_0014, "FL", &[0; 8]);
    let layer =
        Elements::new(form)
            .text(0x0070_0002, "CS", "LAYER1")
            .sequence(0x0070_0008, &[text], Ends::Marked);
    let file = Elements::new(form).sequence(0x0070_0001, &[layer], Ends::Marked);
    let file = file.raw(0x6000_3000, "OW", b"MARKER").file("1.2.3", "1.2.3.4");
    let (cleaned, _) = clean(&file, &with(|it| it.clean_graphics = true));
    assert!(holds(&cleaned, "LAYER1") && !holds(&cleaned, "MARKER"));
    assert!(!holds(&clean(&file, &Profile::default()).0, "LAYER1"));
}

#[test]
fn private_numbers_known_to_be_safe_stay_with_their_owner() {
    let safe = |form| {
        Elements::new(form)
            .text(0x2005_0010, "LO", "MARKER OWNER")
            .text(0x2005_0012, "LO", "Philips MR Imaging DD 001")
            .raw(0x2005_100E, "FL", b"MARK")
            .raw(0x2005_120E, "FL", b"SLOP")
            .raw(0x2005_12FF, "FL", b"MARK")
            .text(0x7053_0010, "LO", "Mine")
            .text(0x7053_1001, "DS", "3.25")
            .text(0x7053_1002, "LT", "MARKER")
    };
    let mine = |element, vr| SafePrivate {
        group: 0x7053,
        creator: "Mine".into(),
        element,
        vr,
    };
    let profile = with(|it| {
        it.retain_safe_private = true;
        it.further_safe_private = vec![mine(1, *b"DS"), mine(2, *b"LT")];
    });
    for form in FORMS {
        let file = safe(form).file("1.2.3", "1.2.3.4");
        let (kept, _) = clean(&file, &profile);
        let kept = unpacked(&kept, form);
        assert!(
            holds(&kept, "Philips MR") && holds(&kept, "SLOP") && holds(&kept, "3.25"),
            "{form:?}"
        );
        assert!(!holds(&kept, "MARK"), "{form:?}");
        let (basic, _) = clean(&file, &Profile::default());
        assert!(!holds(&unpacked(&basic, form), "SLOP"));
    }
}
