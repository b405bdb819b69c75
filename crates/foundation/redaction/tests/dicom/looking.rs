//! What is handed out to draw: what describes pixels and the pixels, in every encoding, and nobody's name.

use redaction::Limits;
use redaction::dicom::{File, Held};

use crate::build::{CT, Elements, Ends, FORMS, Form, ULTRASOUND, image};

const COLUMNS: u32 = 0x0028_0011;
const CENTER: u32 = 0x0028_1050;
const WINDOWED: u32 = 0x0028_9132;

fn short(form: Form, number: u16) -> [u8; 2] {
    match form {
        Form::BigEndian => number.to_be_bytes(),
        _ => number.to_le_bytes(),
    }
}

/// An image of two frames, of which the second has a window of its own.
fn framed(form: Form, ends: Ends) -> Vec<u8> {
    let window = |center: &str| Elements::new(form).text(CENTER, "DS", center);
    let group = |center: &str| Elements::new(form).sequence(WINDOWED, &[window(center)], ends);
    image(form)
        .text(0x0010_0010, "PN", "Simpson^Bartholomew")
        .raw(COLUMNS, "US", &short(form, 513))
        .text(CENTER, "DS", r"7\8 ")
        .sequence(
            0x0028_3010,
            &[Elements::new(form).raw(0x0028_3002, "US", &[1; 6])],
            ends,
        )
        .sequence(0x5200_9229, &[group("50")], ends)
        .sequence(0x5200_9230, &[Elements::new(form), group("60")], ends)
        .raw(0x7FE0_0010, "OW", &[1, 2, 3, 4])
        .file(CT, "1.3.6.1.4.1.5962.1.1")
}

#[test]
fn pixels_and_what_describes_them_are_found_in_every_encoding() {
    for (form, ends) in FORMS
        .into_iter()
        .flat_map(|form| [(form, Ends::Counted), (form, Ends::Marked)])
    {
        let bytes = framed(form, ends);
        let file = File::open(&bytes, &Limits::default()).unwrap();
        let image = file.image(&Limits::default()).unwrap();
        assert_eq!(image.number(COLUMNS), Some(513), "{form:?}");
        assert_eq!(image.pixels, Some(Held::Whole(&[1, 2, 3, 4])));
        assert!(image.in_words);
        assert_eq!(image.nested(0x0028_3010, 0x0028_3002), Some(&[1u8; 6][..]));
        let centers = |frame| image.decimals(frame, WINDOWED, CENTER);
        assert_eq!(
            (centers(0), centers(1), centers(2)),
            (vec![50.0], vec![60.0], vec![50.0]),
            "{form:?} {ends:?}"
        );
        assert_eq!(
            image.decimals(0, 0x0028_9145, CENTER),
            [7.0, 8.0],
            "the image's own"
        );
        assert!(image.bytes(0x0010_0010).is_empty() && !format!("{image:?}").contains("Simpson"));
        assert_eq!(image.suspicion, None);
    }
}

#[test]
fn pieces_are_told_apart_and_suspicion_is_told() {
    let mut elements = Elements::new(Form::Explicit).text(0x0008_0060, "CS", "US");
    let pieces = [
        0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 2, 0, 0, 0, 7, 8, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0,
        0, 0,
    ];
    elements
        .bytes
        .extend([0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    elements.bytes.extend(pieces);
    let bytes = elements.file(ULTRASOUND, "1.2.3");
    let file = File::open(&bytes, &Limits::default()).unwrap();
    let image = file.image(&Limits::default()).unwrap();
    assert_eq!(image.pixels, Some(Held::Pieces(vec![&[], &[7, 8]])));
    assert!(image.suspicion.is_some());
    let cut = &bytes[..bytes.len() - 9];
    assert!(
        File::open(cut, &Limits::default())
            .unwrap()
            .image(&Limits::default())
            .is_err()
    );
}
