//! The basic profile, without options.

use redaction::What;
use redaction::dicom::{Profile, ProjectKey, Refused, redact, scan};
use redaction::{Limits, Outcome};

use crate::build::{CT, Elements, Ends, FORMS, Form, ULTRASOUND, image, plain, rest_of_image, unpacked};
use crate::depth::nested;
use crate::{clean, done, held, holds};

const IDENTIFYING: &[&str] = &[
    "MARKER",
    "Simpson",
    "Bartholomew",
    "MRN-4711471",
    "19800401",
    "20240229",
    "20240302",
    "ACC-815815",
    "Springfield",
    "Hibbert",
    "SN-99887766",
    "STUDY-5511",
    "1.3.6.1.4.1.5962",
];

#[test]
fn nothing_that_identifies_is_left_in_any_encoding() {
    for form in FORMS {
        let (file, findings) = clean(&plain(form), &Profile::default());
        let all = unpacked(&file, form);
        for text in IDENTIFYING {
            assert!(!holds(&all, text), "{text} is left in {form:?}");
        }
        for text in ["ACME Scanners", "ORIGINAL", "YES", "113100", "DCM", "REMOVED"] {
            assert!(holds(&all, text), "{text} is missing in {form:?}");
        }
        assert!(holds(&all, "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}"), "pixels");
        assert_eq!(done(&findings, "(0010,0010)"), Some(What::Emptied));
        assert_eq!(done(&findings, "(0010,0020)"), Some(What::Mapped));
        assert_eq!(done(&findings, "(0010,1010)"), Some(What::Removed));
        // A CT image does not need these; objects of unknown kinds might.
        assert_eq!(done(&findings, "(0008,0021)"), Some(What::Removed));
        assert_eq!(done(&findings, "(0018,1000)"), Some(What::Removed));
        assert_eq!(done(&findings, "(0008,0070)"), None);
    }
}

#[test]
fn an_unknown_kind_of_object_stays_valid() {
    let class = "1.2.840.10008.5.1.4.1.1.104.3";
    let file = Elements::new(Form::Explicit)
        .text(0x0008_0016, "UI", class)
        .text(0x0008_0021, "DA", "20240302")
        .text(0x0008_0080, "LO", "Hospital of Springfield")
        .sequence(
            0x0040_A730,
            &[Elements::new(Form::Explicit).text(0x0040_A160, "UT", "MARKER")],
            Ends::Marked,
        )
        .raw(0x0042_0011, "OB", b"%PDF MARKER ")
        .file(class, "1.2.3");
    let (file, findings) = clean(&file, &Profile::default());
    for place in ["(0008,0021)", "(0008,0080)", "(0040,A730)", "(0042,0011)"] {
        assert_eq!(done(&findings, place), Some(What::Replaced), "{place}");
    }
    assert!(!holds(&file, "MARKER") && holds(&file, "19000101") && holds(&file, "CONTAINS"));
}

#[test]
fn overlays_curves_lengths_and_what_no_dictionary_knows_go() {
    let file = rest_of_image(image(Form::Explicit).number(0x0009_0000, 5).text(
        0x0008_9FFE,
        "LO",
        "MARKER-UNKNOWN",
    ));
    let mut file = Elements {
        bytes: file.bytes,
        ..file
    };
    file = file
        .raw(0x5000_3000, "OW", b"MARKER")
        .raw(0x6000_3000, "OW", b"MARKER")
        .text(0x6002_0010, "LO", "MARKER");
    let file = file.raw(0xFFFC_FFFC, "OB", b"MARKER").file(CT, "1.2.3");
    let (file, findings) = clean(&[file, vec![0; 100]].concat(), &Profile::default());
    assert!(!holds(&file, "MARKER") && !file.ends_with(&[0; 100]));
    assert_eq!(done(&findings, "(6000,3000)"), Some(What::Removed));
    assert_eq!(done(&findings, "(0009,0000)"), None);
}

#[test]
fn what_the_table_does_not_name_is_treated_by_its_kind() {
    let file = Elements::new(Form::Explicit)
        .text(0x0008_0117, "UI", "1.2.840.10008.6.1.2")
        .text(0x0008_1190, "UR", "https://example.org/MARKER")
        .text(0x0010_0033, "LO", "MARKER")
        .text(0x0014_0102, "DA", "20240229")
        .text(0x0014_0103, "TM", "101500")
        .text(0x0014_2006, "PN", "MARKER^EVALUATOR")
        .text(0x0018_7006, "LT", "Flat detector of MARKER")
        .text(0x0018_991E, "UI", "1.9.8.7")
        .text(0x3004_0006, "LO", "MARKER");
    let (file, findings) = clean(&file.file("1.2.3", "1.2.3.4"), &Profile::default());
    for text in ["MARKER", "20240229", "101500", "1.9.8.7"] {
        assert!(!holds(&file, text), "{text}");
    }
    assert!(holds(&file, "1.2.840.10008.6.1.2") && holds(&file, "detector of "));
    assert_eq!(done(&findings, "(0014,2006)"), Some(What::Replaced));
    assert_eq!(done(&findings, "(0018,991E)"), Some(What::Mapped));
    assert_eq!(done(&findings, "(0008,1190)"), Some(What::Removed));
}

#[test]
fn one_new_identifier_for_one_old_one_everywhere() {
    let reference = Elements::new(Form::Explicit).text(0x0008_1155, "UI", "1.3.6.1.4.1.5962.1.1");
    let other = rest_of_image(image(Form::Explicit).sequence(0x0008_1199, &[reference], Ends::Marked))
        .file(CT, "1.2.3");
    let (first, _) = clean(&plain(Form::Implicit), &Profile::default());
    let (second, _) = clean(&other, &Profile::default());
    let new = |file: &[u8]| -> Vec<String> {
        let text: String = file
            .iter()
            .map(|&byte| {
                if byte.is_ascii_graphic() {
                    byte as char
                } else {
                    ' '
                }
            })
            .collect();
        text.split_whitespace()
            .filter_map(|word| word.find("2.25.").map(|at| word[at..].to_owned()))
            .collect()
    };
    let (first, second) = (new(&first), new(&second));
    // Meta information, then who wrote it, then the data set, which mentions it once more in the second file.
    assert_eq!(
        (first[0].as_str(), first[2].as_str()),
        (second[0].as_str(), second[0].as_str())
    );
    assert_eq!(second.iter().filter(|uid| **uid == second[0]).count(), 3);
    assert_eq!(first.last(), second.last(), "the series");

    let other_key = ProjectKey::new(&[8; 32]);
    let Outcome::Clean(file, _) = redact(
        &plain(Form::Implicit),
        &Profile::default(),
        &other_key,
        &Limits::default(),
    ) else {
        panic!("held back");
    };
    assert_ne!(new(&file)[0], first[0]);
}

#[test]
fn the_search_of_an_original_finds_what_will_be_changed_and_of_a_clean_file_nothing() {
    for form in FORMS {
        let found = scan(&plain(form), &Profile::default(), &[], &Limits::default()).unwrap();
        for place in [
            "(0010,0010)",
            "(0010,0020)",
            "(0008,0018)",
            "(0002,0003)",
            "(0002,0016)",
            "(0008,103E)",
        ] {
            assert_eq!(done(&found, place), Some(What::Remains), "{place} in {form:?}");
        }
        let (file, _) = clean(&plain(form), &Profile::default());
        let known = ["Simpson", "MRN-4711471", "Hibbert"];
        assert_eq!(
            scan(&file, &Profile::default(), &known, &Limits::default()),
            Ok(Vec::new())
        );
        let found = scan(&file, &Profile::default(), &["Scanners"], &Limits::default()).unwrap();
        assert_eq!(done(&found, "(0008,0070)"), Some(What::Trace));
    }
}

#[test]
fn a_name_in_a_text_takes_the_text_with_it_and_in_a_code_holds_the_file_back() {
    let text = image(Form::Explicit).text(0x0008_1090, "LO", "Scanner of simpson");
    let (file, findings) = clean(&rest_of_image(text).file(CT, "1.2.3"), &Profile::default());
    assert!(!holds(&file, "simpson"));
    assert_eq!(done(&findings, "(0008,1090)"), Some(What::Replaced));

    let code = image(Form::Explicit).text(0x0008_9205, "CS", "SIMPSON");
    assert_eq!(
        held(&rest_of_image(code).file(CT, "1.2.3"), &Profile::default()),
        Refused::NotClean
    );
}

#[test]
fn a_second_run_changes_only_what_follows_from_the_key() {
    for form in FORMS {
        let (once, _) = clean(&plain(form), &Profile::default());
        let (twice, findings) = clean(&once, &Profile::default());
        assert!(
            !findings.is_empty() && findings.iter().all(|it| it.what == What::Mapped),
            "{findings:#?}"
        );
        let keep = Profile {
            retain_uids: true,
            ..Profile::default()
        };
        let nobody = Elements {
            bytes: image(form).bytes,
            form,
        }
        .text(0x0020_000D, "UI", "1.2")
        .file(CT, "1.3.6.1.4.1.5962.1.1");
        let (once, _) = clean(&nobody, &keep);
        assert_eq!(clean(&once, &keep), (once, Vec::new()), "{form:?}");
        assert_eq!(unpacked(&twice, form).len() % 2, 0);
    }
}

#[test]
fn an_earlier_method_stays_beside_ours() {
    let code = Elements::new(Form::Explicit)
        .text(0x0008_0100, "SH", "113100")
        .text(0x0008_0102, "SH", "DCM")
        .text(0x0008_0104, "LO", "Basic Application Confidentiality Profile");
    let file = image(Form::Explicit)
        .text(0x0010_0020, "LO", "MRN-4711471")
        .text(0x0012_0062, "CS", "NO")
        .text(0x0012_0063, "LO", "Earlier tool")
        .sequence(0x0012_0064, &[code], Ends::Marked)
        .text(0x0028_0303, "CS", "MODIFIED")
        .file(CT, "1.2.3");
    let (file, _) = clean(&file, &Profile::default());
    let count = |text: &str| {
        file.windows(text.len())
            .filter(|part| *part == text.as_bytes())
            .count()
    };
    assert_eq!(
        (count("Earlier tool\\Bailee"), count("113100"), count("YES")),
        (1, 1, 1)
    );
    assert_eq!((count("REMOVED"), count("MODIFIED")), (1, 0));
}

#[test]
fn suspect_pixels_hold_a_file_back_until_somebody_answers_for_them() {
    let ultrasound =
        rest_of_image(image(Form::Explicit).text(0x0008_0060, "CS", "US")).file(ULTRASOUND, "1.2.3");
    assert!(matches!(
        held(&ultrasound, &Profile::default()),
        Refused::Pixels { .. }
    ));
    let looked = Profile {
        pixels: redaction::dicom::Pixels::Cleaned,
        ..Profile::default()
    };
    let (file, _) = clean(&ultrasound, &looked);
    assert!(holds(&file, "113101") && holds(&file, "\u{28}\0\u{1}\u{3}CS\u{2}\0NO"));
}

#[test]
fn an_independent_reader_reads_what_was_written() {
    use dicom_object::{FileDicomObject, InMemDicomObject};
    for form in [Form::Implicit, Form::Explicit, Form::BigEndian] {
        let mut file = image(form);
        file.bytes.extend(nested(form, 3, Ends::Counted).bytes);
        let (file, _) = clean(&rest_of_image(file).file(CT, "1.2.3"), &Profile::default());
        let read: FileDicomObject<InMemDicomObject> = dicom_object::from_reader(&file[..]).expect("readable");
        let text = |name: &str| {
            read.element_by_name(name)
                .unwrap()
                .to_str()
                .unwrap()
                .trim()
                .to_owned()
        };
        assert_eq!(text("PatientIdentityRemoved"), "YES");
        assert_eq!(text("PatientName"), "");
        assert!(text("PatientID").starts_with('P') && text("PatientID").len() == 16);
        assert_eq!(
            text("SOPInstanceUID"),
            read.meta().media_storage_sop_instance_uid.trim_end_matches('\0')
        );
        assert_eq!(
            read.element_by_name("PixelData")
                .unwrap()
                .to_bytes()
                .unwrap()
                .len(),
            8
        );
    }
}
