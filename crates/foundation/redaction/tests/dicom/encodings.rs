//! Files that are encoded oddly, and files that are not what they say.

use redaction::dicom::{Profile, ProjectKey, Refused, redact};
use redaction::{Limits, Outcome, Reason};

use crate::build::{CT, Elements, Ends, Form, image, plain, rest_of_image};
use crate::{clean, held, holds, key};

#[test]
fn a_missing_preamble_or_head_is_made_up_for() {
    for form in [Form::Implicit, Form::Explicit, Form::BigEndian] {
        let bare = rest_of_image(image(form)).bytes;
        let (file, _) = clean(&bare, &Profile::default());
        assert!(
            file.starts_with(&[0; 128]) && holds(&file, form.syntax()) && !holds(&file, "Simpson"),
            "{form:?}"
        );
    }
    let (file, _) = clean(&plain(Form::Explicit)[132..], &Profile::default());
    assert!(file.starts_with(&[0; 128]) && !holds(&file, "Simpson"));
}

#[test]
fn a_file_that_says_the_wrong_encoding_is_written_as_what_it_is() {
    let implicit = rest_of_image(image(Form::Implicit));
    let wrong = Elements {
        form: Form::Explicit,
        ..implicit
    }
    .file(CT, "1.2.3");
    let (file, _) = clean(&wrong, &Profile::default());
    assert!(holds(&file, "1.2.840.10008.1.2\0\u{2}\0\u{12}") && !holds(&file, "Simpson"));
}

#[test]
fn compressed_pixels_are_copied_piece_by_piece() {
    let mut file = image(Form::Explicit).text(0x0010_0020, "LO", "MRN-4711471");
    let pieces = b"\xFE\xFF\x00\xE0\0\0\0\0\xFE\xFF\x00\xE0\x06\0\0\0PIXELS\xFE\xFF\xDD\xE0\0\0\0\0";
    file.bytes
        .extend_from_slice(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
    file.bytes.extend_from_slice(pieces);
    let (cleaned, _) = clean(&file.file(CT, "1.2.3"), &Profile::default());
    assert!(cleaned.ends_with(pieces));

    let nested = Elements::new(Form::Explicit).bytes;
    file.bytes.extend(nested);
    file.bytes.truncate(file.bytes.len() - 9);
    assert!(matches!(
        held(&file.file(CT, "1.2.3"), &Profile::default()),
        Refused::Truncated { .. }
    ));
}

#[test]
fn odd_lengths_become_even() {
    let file = Elements::new(Form::Explicit)
        .raw(0x0008_0070, "LO", b"ACM")
        .raw(0x0020_000D, "UI", b"1.2");
    let (file, _) = clean(&file.file(CT, "1.2.3"), &Profile::default());
    assert!(holds(&file, "LO\u{4}\0ACM "));
}

#[test]
fn what_is_not_understood_is_held_back() {
    let form = Form::Explicit;
    let whole = rest_of_image(image(form)).bytes;
    let with = |more: &[u8]| {
        Elements {
            form,
            bytes: [whole.as_slice(), more].concat(),
        }
        .file(CT, "1.2.3")
    };
    let profile = Profile::default();
    assert_eq!(
        held(b"GIF89a, and then some more bytes", &profile),
        Refused::NotDicom
    );
    assert_eq!(held(b"", &profile), Refused::NotDicom);
    assert!(matches!(
        held(&with(b"leftover"), &profile),
        Refused::UnknownRepresentation { .. }
    ));
    assert!(matches!(
        held(&with(b"\xF0\x7F\x10"), &profile),
        Refused::Trailing { .. }
    ));
    let unknown = with(b"\xF0\x7F\x10\0ZZ\x02\0ab");
    assert!(matches!(
        held(&unknown, &profile),
        Refused::UnknownRepresentation { .. }
    ));
    let stray = with(b"\xFE\xFF\x0D\xE0\0\0\0\0");
    assert!(matches!(held(&stray, &profile), Refused::Misplaced { .. }));
    let bytes_without_end = with(b"\xF0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
    assert!(matches!(
        held(&bytes_without_end, &profile),
        Refused::Misplaced { .. }
    ));
    let mut private_syntax = plain(form);
    let at = private_syntax
        .windows(20)
        .position(|part| part == b"1.2.840.10008.1.2.1\0")
        .unwrap();
    private_syntax[at..at + 20].copy_from_slice(b"1.2.840.113619.5.2\0\0");
    assert_eq!(held(&private_syntax, &profile), Refused::UnknownSyntax);
    let mut deflated = plain(Form::Deflated);
    deflated.truncate(deflated.len() - 20);
    assert_eq!(held(&deflated, &profile), Refused::NotDeflated);
}

#[test]
fn zeros_at_the_end_go_and_what_stands_behind_zeros_holds_the_file_back() {
    let padded = [plain(Form::Explicit), vec![0; 1 << 20]].concat();
    assert_eq!(
        clean(&padded, &Profile::default()),
        clean(&plain(Form::Explicit), &Profile::default())
    );
    let hidden = [padded, b"MARKER".to_vec()].concat();
    assert!(matches!(
        held(&hidden, &Profile::default()),
        Refused::Trailing { .. }
    ));
}

#[test]
fn bytes_instead_of_items_are_not_passed_on() {
    let item = Elements::new(Form::Explicit).text(0x0010_0010, "PN", "MARKER");
    let hidden = Elements::new(Form::Explicit)
        .sequence(0x0008_1199, &[item], Ends::Counted)
        .bytes;
    let file = image(Form::Explicit).raw(0x0008_1199, "OB", &hidden[12..]);
    let (file, _) = clean(&rest_of_image(file).file(CT, "1.2.3"), &Profile::default());
    assert!(!holds(&file, "MARKER"));
}

#[test]
fn text_written_as_bytes_is_text_and_an_identifier_that_is_none_is_not_kept() {
    let file = image(Form::Explicit)
        .raw(0x0008_1090, "OB", b"Scanner of Simpson")
        .text(0x0008_1150, "UI", "MARKER.CLASS");
    let file = rest_of_image(file).file("MARKER.CLASS", "MARKER.INSTANCE");
    let retain = Profile {
        retain_uids: true,
        ..Profile::default()
    };
    for profile in [Profile::default(), retain] {
        let (file, _) = clean(&file, &profile);
        assert!(!holds(&file, "MARKER") && !holds(&file, "Simpson"));
    }
    let nameless = Elements::new(Form::Explicit).text(0x0010_0020, "LO", "MRN-4711471");
    let (file, _) = clean(
        &nameless.file("MARKER.CLASS", "MARKER.INSTANCE"),
        &Profile::default(),
    );
    assert!(!holds(&file, "MARKER"));
}

#[test]
fn every_limit_holds() {
    let run = |file: &[u8], limits: Limits| match redact(file, &Profile::default(), &key(), &limits) {
        Outcome::Quarantine(Reason::Dicom(Refused::Limit { what, .. }), _) => what,
        other => panic!("{other:?}"),
    };
    let deep = (0..40).fold(Elements::new(Form::Explicit), |inside, _| {
        Elements::new(Form::Explicit).sequence(0x0008_1199, &[inside], Ends::Marked)
    });
    assert_eq!(run(&deep.file(CT, "1.2.3"), Limits::default()), "levels");
    let few = Limits {
        elements: 10,
        ..Limits::default()
    };
    assert_eq!(run(&plain(Form::Explicit), few), "elements");
    let zeros = Elements::new(Form::Deflated)
        .raw(0x7FE0_0010, "OW", &vec![0; 1 << 20])
        .file(CT, "1.2.3");
    let small = Limits {
        unpacked_bytes: 1 << 16,
        ..Limits::default()
    };
    assert_eq!(run(&zeros, small), "unpacked bytes");

    let ones = Elements::new(Form::Implicit).text(0x0008_0018, "UI", &r"1\".repeat(30_000));
    let grows = (0..20).fold(ones.clone(), |all, _| Elements {
        bytes: [all.bytes, ones.bytes.clone()].concat(),
        ..all
    });
    assert_eq!(
        run(&grows.file(CT, "1.2.3"), Limits::default()),
        "times its length"
    );

    let brief = Limits {
        findings: 3,
        ..Limits::default()
    };
    let Outcome::Clean(_, findings) = redact(&plain(Form::Explicit), &Profile::default(), &key(), &brief)
    else {
        panic!("held back");
    };
    assert_eq!((findings.len(), findings[3].what), (4, redaction::What::More));
    assert!(!format!("{:?}", ProjectKey::new(&[7; 32])).contains('7'));
}
