//! One row of the profile's table.
//!
//! Promises: a row is found by its tag. Leaves out: what a code means for a value.

use super::table::TABLE;
use crate::dicom::tag::Tag;

pub(super) const UIDS: u16 = 1;
pub(super) const DEVICE: u16 = 1 << 1;
pub(super) const INSTITUTION: u16 = 1 << 2;
pub(super) const PATIENT: u16 = 1 << 3;
pub(super) const FULL_DATES: u16 = 1 << 4;
pub(super) const MODIFIED_DATES: u16 = 1 << 5;
pub(super) const DESCRIPTORS: u16 = 1 << 6;
pub(super) const STRUCTURED: u16 = 1 << 7;
pub(super) const GRAPHICS: u16 = 1 << 8;

/// The codes of the basic profile (PS3.15, table E.1-1a); a combined code depends on whether the kind of object needs
/// the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::upper_case_acronyms, reason = "the letters of the standard's codes")]
pub(super) enum Code {
    X,
    Z,
    D,
    U,
    ZD,
    XZ,
    XD,
    XZD,
    XZU,
}

/// What the table says of one attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) tag: Tag,
    pub(super) code: Code,
    /// Options that keep it.
    pub(super) keep: u16,
    /// Options that clean it.
    pub(super) clean: u16,
}

pub(super) const fn row(tag: u32, code: Code, keep: u16, clean: u16) -> Row {
    Row {
        tag: Tag(tag),
        code,
        keep,
        clean,
    }
}

/// The row of an attribute, if the table names it.
pub(super) fn find(tag: Tag) -> Option<&'static Row> {
    let at = TABLE.binary_search_by_key(&tag, |row| row.tag).ok()?;
    TABLE.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = include_str!("../../../tables/basic-profile-2026c.csv");

    const COLUMNS: [(&str, u16); 9] = [
        ("retain_uids", UIDS),
        ("retain_device_id", DEVICE),
        ("retain_institution_id", INSTITUTION),
        ("retain_patient_chars", PATIENT),
        ("retain_long_full_dates", FULL_DATES),
        ("retain_long_modified_dates", MODIFIED_DATES),
        ("clean_descriptors", DESCRIPTORS),
        ("clean_structured_content", STRUCTURED),
        ("clean_graphics", GRAPHICS),
    ];

    fn cells(line: &str) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        cells
    }

    fn spelt(code: Code) -> &'static str {
        match code {
            Code::X => "X",
            Code::Z => "Z",
            Code::D => "D",
            Code::U => "U",
            Code::ZD => "Z/D",
            Code::XZ => "X/Z",
            Code::XD => "X/D",
            Code::XZD => "X/Z/D",
            Code::XZU => "X/Z/U*",
        }
    }

    #[test]
    fn the_table_says_what_its_source_says() {
        let mut lines = SOURCE.lines();
        let heads = cells(lines.next().unwrap());
        let column = |name: &str| heads.iter().position(|head| head == name).unwrap();
        let mut singles = 0;
        for line in lines {
            let cells = cells(line);
            let digits: String = cells[0].chars().filter(char::is_ascii_hexdigit).collect();
            if digits.len() != 8 || cells[0].contains(['X', 'g']) {
                continue;
            }
            singles += 1;
            let row = find(Tag(u32::from_str_radix(&digits, 16).unwrap())).expect(line);
            assert_eq!(spelt(row.code), cells[column("basic")], "{line}");
            for (name, option) in COLUMNS {
                assert_eq!(
                    row.keep & option != 0,
                    cells[column(name)] == "K",
                    "{name} of {line}"
                );
                assert_eq!(
                    row.clean & option != 0,
                    cells[column(name)] == "C",
                    "{name} of {line}"
                );
            }
        }
        assert_eq!((singles, TABLE.len()), (652, 652));
        assert!(TABLE.is_sorted_by_key(|row| row.tag));
    }
}
