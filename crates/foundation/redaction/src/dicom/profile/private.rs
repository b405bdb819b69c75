//! Private elements that are known to be safe.
//!
//! Promises: an element is known by its group, the text that owns its block and the low byte of its number, never by
//! its tag, as blocks move from file to file (PS3.5, 7.8); only numbers and codes are kept, never bulk or prose.
//! Leaves out: the whole of table E.3.10-1 (PS3.15); the caller adds what it knows.

use crate::dicom::tag::Tag;
use crate::dicom::vr::Vr;

/// A private element that says nothing about people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafePrivate {
    /// The odd group.
    pub group: u16,
    /// The text in the element that reserves the block, without spaces at its ends.
    pub creator: String,
    /// The low byte of the element's number.
    pub element: u8,
    /// What its value must be; prose and bytes are never kept.
    pub vr: [u8; 2],
}

type Builtin = (u16, &'static str, u8, &'static [u8; 2]);

/// From PS3.15, table E.3.10-1: what turns pixel values into measurements, and how a scan was made.
const BUILTIN: &[Builtin] = &[
    (0x0019, "GEMS_ACQU_01", 0x23, b"DS"),
    (0x0019, "GEMS_ACQU_01", 0x24, b"DS"),
    (0x0019, "GEMS_ACQU_01", 0x27, b"DS"),
    (0x0019, "SIEMENS MR HEADER", 0x0C, b"IS"),
    (0x0019, "SIEMENS MR HEADER", 0x0D, b"CS"),
    (0x0019, "SIEMENS MR HEADER", 0x0E, b"FD"),
    (0x0019, "SIEMENS MR HEADER", 0x27, b"FD"),
    (0x0043, "GEMS_PARM_01", 0x27, b"SH"),
    (0x0045, "GEMS_HELIOS_01", 0x01, b"SS"),
    (0x0045, "GEMS_HELIOS_01", 0x02, b"FL"),
    (0x00E1, "ELSCINT1", 0x21, b"DS"),
    (0x01E1, "ELSCINT1", 0x26, b"CS"),
    (0x01E1, "ELSCINT1", 0x50, b"DS"),
    (0x01F1, "ELSCINT1", 0x01, b"CS"),
    (0x01F1, "ELSCINT1", 0x07, b"DS"),
    (0x01F1, "ELSCINT1", 0x26, b"DS"),
    (0x01F1, "ELSCINT1", 0x27, b"DS"),
    (0x0903, "GEIIS PACS", 0x10, b"US"),
    (0x0903, "GEIIS PACS", 0x11, b"US"),
    (0x0903, "GEIIS PACS", 0x12, b"US"),
    (0x2001, "Philips Imaging DD 001", 0x03, b"FL"),
    (0x2001, "Philips Imaging DD 001", 0x04, b"CS"),
    (0x2005, "Philips MR Imaging DD 001", 0x0D, b"FL"),
    (0x2005, "Philips MR Imaging DD 001", 0x0E, b"FL"),
    (0x7053, "Philips PET Private Group", 0x00, b"DS"),
    (0x7053, "Philips PET Private Group", 0x09, b"DS"),
];

/// Who owns which block of which group, in one data set or item.
#[derive(Debug, Default)]
pub(in crate::dicom) struct Blocks(Vec<(u16, u8, String)>);

impl Blocks {
    /// Remembers the owner of a block, and says whether anything of that owner is known to be safe.
    pub(in crate::dicom) fn reserve(&mut self, tag: Tag, value: &[u8], further: &[SafePrivate]) -> bool {
        let Ok(block) = u8::try_from(tag.element()) else {
            return false;
        };
        let creator = String::from_utf8_lossy(value)
            .trim_matches([' ', '\0'])
            .to_owned();
        let group = tag.group();
        let is_known = BUILTIN.iter().any(|it| (it.0, it.1) == (group, creator.as_str()))
            || further
                .iter()
                .any(|it| it.group == group && it.creator == creator);
        self.0.retain(|it| (it.0, it.1) != (group, block));
        if is_known {
            self.0.push((group, block, creator));
        }
        is_known
    }

    /// What the value of a safe element must be; nothing for elements that are not known to be safe.
    pub(super) fn safe(&self, tag: Tag, further: &[SafePrivate]) -> Option<Vr> {
        let [block, element] = tag.element().to_be_bytes();
        let group = tag.group();
        let (_, _, creator) = self.0.iter().find(|it| (it.0, it.1) == (group, block))?;
        let builtin = BUILTIN
            .iter()
            .find(|it| (it.0, it.1, it.2) == (group, creator.as_str(), element));
        let vr = builtin.map(|it| *it.3).or_else(|| {
            let matches =
                |it: &&SafePrivate| it.group == group && it.element == element && it.creator == *creator;
            further.iter().find(matches).map(|it| it.vr)
        })?;
        is_short(Vr(vr)).then_some(Vr(vr))
    }
}

/// Numbers, codes and short strings of numbers.
fn is_short(vr: Vr) -> bool {
    matches!(
        &vr.0,
        b"CS" | b"DS" | b"FD" | b"FL" | b"IS" | b"SH" | b"SL" | b"SS" | b"SV" | b"UL" | b"US" | b"UV"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_known_by_its_owner_wherever_its_block_is() {
        let mut blocks = Blocks::default();
        assert!(blocks.reserve(Tag(0x2005_0011), b"Philips MR Imaging DD 001 ", &[]));
        assert!(!blocks.reserve(Tag(0x2005_0012), b"SOMEBODY", &[]));
        assert_eq!(blocks.safe(Tag(0x2005_110E), &[]), Some(Vr(*b"FL")));
        assert_eq!(blocks.safe(Tag(0x2005_100E), &[]), None);
        assert_eq!(blocks.safe(Tag(0x2005_120E), &[]), None);
        assert!(!blocks.reserve(Tag(0x2005_0011), b"SOMEBODY", &[]));
        assert_eq!(blocks.safe(Tag(0x2005_110E), &[]), None);
    }

    #[test]
    fn the_caller_adds_numbers_but_not_prose() {
        let further = |vr: &[u8; 2]| {
            [SafePrivate {
                group: 0x0029,
                creator: "ACME".into(),
                element: 1,
                vr: *vr,
            }]
        };
        let mut blocks = Blocks::default();
        assert!(blocks.reserve(Tag(0x0029_0010), b"ACME", &further(b"FD")));
        assert_eq!(blocks.safe(Tag(0x0029_1001), &further(b"FD")), Some(Vr(*b"FD")));
        assert_eq!(blocks.safe(Tag(0x0029_1001), &further(b"LT")), None);
    }
}
