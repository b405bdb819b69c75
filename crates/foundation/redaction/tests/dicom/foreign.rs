//! Bytes from anywhere: nothing panics, and nothing comes out that is not clean.

use proptest::prelude::*;
use redaction::dicom::{Dates, Pixels, Profile, scan};
use redaction::{Limits, Outcome};

use crate::build::{CT, Elements, Ends, FORMS, Form, image, rest_of_image};
use crate::outcome;

/// A file with a bit of everything.
fn rich(form: Form) -> Vec<u8> {
    let person = Elements::new(form)
        .text(0x0008_1155, "UI", "1.9.8.7")
        .text(0x0040_A123, "PN", "MARKER");
    let unknown = Elements::new(Form::Implicit).text(0x0010_0010, "PN", "MARKER");
    let file = image(form)
        .sequence(0x0008_1140, std::slice::from_ref(&person), Ends::Marked)
        .sequence(0x0008_1199, &[person.clone(), person], Ends::Counted)
        .sequence_as(0x0008_9215, "UN", Form::Implicit, &[unknown], Ends::Marked)
        .text(0x0009_0010, "LO", "SOMEBODY");
    rest_of_image(file)
        .raw(0x6000_3000, "OW", &[0; 6])
        .file(CT, "1.2.3")
}

/// Whatever happens, what is called clean is searched and found clean.
fn holds_for(file: &[u8]) {
    for profile in [
        Profile::default(),
        Profile {
            dates: Dates::Modified,
            pixels: Pixels::Cleaned,
            clean_structured_content: true,
            ..Profile::default()
        },
    ] {
        if let Outcome::Clean(cleaned, _) = outcome(file, &profile) {
            assert_eq!(scan(&cleaned, &profile, &[], &Limits::default()), Ok(Vec::new()));
            assert_eq!(&cleaned[..132], [&[0; 128][..], b"DICM"].concat());
            assert!(matches!(outcome(&cleaned, &profile), Outcome::Clean(..)));
        }
        let _no_panic = scan(file, &profile, &["MARKER"], &Limits::default());
    }
}

#[test]
fn a_file_cut_anywhere_is_held_back_or_clean() {
    for form in FORMS {
        let file = rich(form);
        for length in 0..file.len() {
            holds_for(&file[..length]);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        holds_for(&bytes);
        let mut file = vec![0; 128];
        file.extend_from_slice(b"DICM");
        file.extend_from_slice(&bytes);
        holds_for(&file);
        for form in FORMS {
            holds_for(&Elements { form, bytes: bytes.clone() }.file(CT, "1.2.3"));
        }
    }

    #[test]
    fn mutated_files(
        form in 0..FORMS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = rich(FORMS[form]);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        holds_for(&file);
    }
}
