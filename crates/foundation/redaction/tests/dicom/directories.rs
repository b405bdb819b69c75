//! Directories: records that point at each other.

use redaction::What;
use redaction::dicom::{Profile, Refused};

use crate::build::{DIRECTORY, Elements, Ends, Form};
use crate::{clean, done, held, holds};

fn record(next: u32, lower: u32, inside: impl FnOnce(Elements) -> Elements) -> Elements {
    let start = Elements::new(Form::Explicit)
        .number(0x0004_1400, next)
        .number(0x0004_1420, lower);
    inside(start)
}

/// A directory of two patients; the first one has a study. `shift` is added to every offset.
fn directory(shift: u32) -> Vec<u8> {
    let build = |offsets: [u32; 3]| {
        let [first, study, second] = offsets;
        let name = |it: Elements, name: &str| {
            it.text(0x0004_1430, "CS", "PATIENT")
                .text(0x0010_0010, "PN", name)
        };
        let records = [
            record(second, study, |it| name(it, "MARKER^LONG^NAME^THAT^GOES")),
            record(0, 0, |it| {
                it.text(0x0004_1430, "CS", "STUDY")
                    .text(0x0008_0020, "DA", "20240229")
                    .text(0x0020_000D, "UI", "1.9.8.7")
            }),
            record(0, 0, |it| name(it, "MARKER^TWO")),
        ];
        let head = Elements::new(Form::Explicit)
            .number(0x0004_1200, first)
            .number(0x0004_1202, second);
        let file = head
            .sequence(0x0004_1220, &records, Ends::Counted)
            .file(DIRECTORY, "1.2.3");
        let lengths = records.map(|it| u32::try_from(it.bytes.len()).unwrap() + 8);
        let start = u32::try_from(file.len()).unwrap() - lengths.iter().sum::<u32>();
        (file, [start, start + lengths[0], start + lengths[0] + lengths[1]])
    };
    let (_, offsets) = build([0; 3]);
    build(offsets.map(|offset| offset + shift)).0
}

/// Where items begin in a file whose records say their length.
fn items(file: &[u8]) -> Vec<u32> {
    let starts = file
        .windows(4)
        .enumerate()
        .filter(|(_, part)| *part == [0xFE, 0xFF, 0x00, 0xE0]);
    starts.map(|(at, _)| u32::try_from(at).unwrap()).collect()
}

fn pointers(file: &[u8], tag: [u8; 4]) -> Vec<u32> {
    let places = file
        .windows(8)
        .enumerate()
        .filter(|(_, part)| part[..4] == tag && part[4..] == *b"UL\x04\0");
    places
        .map(|(at, _)| u32::from_le_bytes(file[at + 8..at + 12].try_into().unwrap()))
        .collect()
}

#[test]
fn records_are_cleaned_and_still_point_at_each_other() {
    let (file, findings) = clean(&directory(0), &Profile::default());
    assert!(!holds(&file, "MARKER") && !holds(&file, "1.9.8.7") && !holds(&file, "20240229"));
    assert_eq!(done(&findings, "(0004,1220)[2].(0010,0010)"), Some(What::Emptied));
    let items = items(&file);
    assert_ne!(items, self::items(&directory(0)), "they have moved");
    assert_eq!(pointers(&file, [4, 0, 0x00, 0x12]), [items[0]]);
    assert_eq!(pointers(&file, [4, 0, 0x02, 0x12]), [items[2]]);
    assert_eq!(pointers(&file, [4, 0, 0x00, 0x14]), [items[2], 0, 0]);
    assert_eq!(pointers(&file, [4, 0, 0x20, 0x14]), [items[1], 0, 0]);
}

#[test]
fn a_pointer_to_nowhere_holds_it_back() {
    assert_eq!(held(&directory(2), &Profile::default()), Refused::Directory);
}
