//! Sequences in sequences, of every kind.

use redaction::What;
use redaction::dicom::Profile;

use crate::build::{CT, Elements, Ends, FORMS, Form, image, rest_of_image, unpacked};
use crate::{clean, done, holds};

/// A person and an identifier, in items in items.
pub(crate) fn nested(form: Form, depth: usize, ends: Ends) -> Elements {
    let item = Elements::new(form)
        .text(0x0008_1155, "UI", "1.9.8.7")
        .text(0x0040_A123, "PN", "MARKER^DEEP");
    // Sequences that the profile does not name, with those that it does inside.
    (0..depth).fold(item, |inside, _| {
        Elements::new(form).sequence(0x0008_1199, &[inside.clone(), inside], ends)
    })
}

#[test]
fn five_levels_down_it_is_the_same() {
    for form in FORMS {
        for ends in [Ends::Counted, Ends::Marked] {
            let mut file = image(form);
            file.bytes.extend(nested(form, 5, ends).bytes);
            let (file, findings) = clean(&rest_of_image(file).file(CT, "1.2.3"), &Profile::default());
            let all = unpacked(&file, form);
            assert!(
                !holds(&all, "MARKER") && !holds(&all, "1.9.8.7"),
                "{form:?} {ends:?}"
            );
            let deepest =
                "(0008,1199)[1].(0008,1199)[0].(0008,1199)[1].(0008,1199)[1].(0008,1199)[1].(0040,A123)";
            assert_eq!(
                done(&findings, deepest),
                Some(What::Replaced),
                "{form:?} {ends:?}"
            );
        }
    }
}

#[test]
fn unknown_values_that_are_sequences_are_gone_into() {
    for ends in [Ends::Counted, Ends::Marked] {
        let inside = Elements::new(Form::Implicit)
            .text(0x0008_1155, "UI", "1.9.8.7")
            .text(0x0010_0010, "PN", "MARKER")
            .raw(0x0009_1001, "UN", b"MARKER");
        for form in [Form::Explicit, Form::BigEndian] {
            let file = image(form).sequence_as(
                0x0008_1199,
                "UN",
                Form::Implicit,
                std::slice::from_ref(&inside),
                ends,
            );
            let (file, findings) = clean(&rest_of_image(file).file(CT, "1.2.3"), &Profile::default());
            assert!(!holds(&file, "MARKER") && !holds(&file, "1.9.8.7"), "{form:?}");
            assert_eq!(done(&findings, "(0008,1199)[0].(0008,1155)"), Some(What::Mapped));
            assert_eq!(done(&findings, "(0008,1199)[0].(0009,1001)"), Some(What::Removed));
        }
    }
}

#[test]
fn private_attributes_go_with_all_they_hold() {
    let inside = Elements::new(Form::Explicit).text(0x0010_0010, "PN", "MARKER");
    let unknown = Elements::new(Form::Implicit).text(0x0010_0010, "PN", "MARKER");
    let file = image(Form::Explicit)
        .text(0x0009_0010, "LO", "MARKER")
        .sequence(0x0009_1001, std::slice::from_ref(&inside), Ends::Marked)
        .sequence_as(0x0009_1002, "UN", Form::Implicit, &[unknown], Ends::Marked)
        .sequence(0x0009_1003, &[inside], Ends::Counted);
    let (file, findings) = clean(&rest_of_image(file).file(CT, "1.2.3"), &Profile::default());
    assert!(!holds(&file, "MARKER"));
    assert_eq!(
        findings.iter().filter(|it| it.place.starts_with("(0009")).count(),
        4
    );
}
