//! Images as DICOM files (PS3.10, section 7), explicit VR little endian: the few elements that a viewer needs, of
//! people who do not exist.

use super::noise::Noise;

/// Secondary Capture Image Storage (PS3.4, table B.5-1): asks for the least about where the picture came from.
const SOP_CLASS: &str = "1.2.840.10008.5.1.4.1.1.7";
/// Explicit VR Little Endian (PS3.5, annex A.2).
const TRANSFER_SYNTAX: &str = "1.2.840.10008.1.2.1";
const IMPLEMENTATION: &str = "2.25.309170023174912000111222333444555";

/// What a made image says about its patient and itself.
pub(super) struct Image {
    /// `Family^Given`.
    pub(super) patient: &'static str,
    pub(super) patient_id: &'static str,
    /// `YYYYMMDD`.
    pub(super) born: &'static str,
    pub(super) case: u32,
    pub(super) number: u32,
    pub(super) rows: u16,
    pub(super) columns: u16,
}

/// The whole file.
pub(super) fn file(image: &Image) -> Vec<u8> {
    let instance = format!("2.25.20260300{:04}{:04}", image.case, image.number);
    let mut meta = Elements::default();
    meta.long(0x0002, 0x0001, b"OB", &[0, 1]);
    meta.text(0x0002, 0x0002, b"UI", SOP_CLASS);
    meta.text(0x0002, 0x0003, b"UI", &instance);
    meta.text(0x0002, 0x0010, b"UI", TRANSFER_SYNTAX);
    meta.text(0x0002, 0x0012, b"UI", IMPLEMENTATION);
    let mut length = Elements::default();
    length.short(0x0002, 0x0000, b"UL", &(meta.0.len() as u32).to_le_bytes());

    let mut file = vec![0; 128];
    file.extend(b"DICM");
    file.extend(length.0);
    file.extend(meta.0);
    file.extend(data_set(image, &instance).0);
    file
}

fn data_set(image: &Image, instance: &str) -> Elements {
    let (study, series) = (
        format!("2.25.20260300{:04}", image.case),
        format!("2.25.20260300{:04}1", image.case),
    );
    let mut set = Elements::default();
    set.text(0x0008, 0x0016, b"UI", SOP_CLASS);
    set.text(0x0008, 0x0018, b"UI", instance);
    set.text(0x0008, 0x0020, b"DA", "20260302");
    set.text(0x0008, 0x0030, b"TM", "101500");
    set.text(0x0008, 0x0050, b"SH", "");
    set.text(0x0008, 0x0060, b"CS", "CT");
    set.text(0x0008, 0x0064, b"CS", "WSD");
    set.text(0x0008, 0x0090, b"PN", "");
    set.text(0x0010, 0x0010, b"PN", image.patient);
    set.text(0x0010, 0x0020, b"LO", image.patient_id);
    set.text(0x0010, 0x0030, b"DA", image.born);
    set.text(0x0010, 0x0040, b"CS", "O");
    set.text(0x0020, 0x000d, b"UI", &study);
    set.text(0x0020, 0x000e, b"UI", &series);
    set.text(0x0020, 0x0010, b"SH", &image.case.to_string());
    set.text(0x0020, 0x0011, b"IS", "1");
    set.text(0x0020, 0x0013, b"IS", &image.number.to_string());
    set.short(0x0028, 0x0002, b"US", &1u16.to_le_bytes());
    set.text(0x0028, 0x0004, b"CS", "MONOCHROME2");
    set.short(0x0028, 0x0010, b"US", &image.rows.to_le_bytes());
    set.short(0x0028, 0x0011, b"US", &image.columns.to_le_bytes());
    set.short(0x0028, 0x0100, b"US", &16u16.to_le_bytes());
    set.short(0x0028, 0x0101, b"US", &12u16.to_le_bytes());
    set.short(0x0028, 0x0102, b"US", &11u16.to_le_bytes());
    set.short(0x0028, 0x0103, b"US", &0u16.to_le_bytes());
    set.long(0x7fe0, 0x0010, b"OW", &pixels(image));
    set
}

/// A bright ellipse with two dark ones in it, and grain: a chest from afar.
fn pixels(image: &Image) -> Vec<u8> {
    let mut noise = Noise::new(u64::from(image.case) * 1_000 + u64::from(image.number));
    let (width, height) = (i64::from(image.columns), i64::from(image.rows));
    let within = |x: i64, y: i64, at: (i64, i64), size: (i64, i64)| {
        let (dx, dy) = (
            (x - at.0) * 1_000 / size.0.max(1),
            (y - at.1) * 1_000 / size.1.max(1),
        );
        dx * dx + dy * dy < 1_000_000
    };
    let mut bytes = Vec::with_capacity(usize::from(image.rows) * usize::from(image.columns) * 2);
    for y in 0..height {
        for x in 0..width {
            let body = within(x, y, (width / 2, height / 2), (width * 2 / 5, height * 2 / 5));
            let lung = [width / 3, width * 2 / 3]
                .iter()
                .any(|at| within(x, y, (*at, height / 2), (width / 8, height / 4)));
            let base: u16 = if lung {
                300
            } else if body {
                2_400
            } else {
                40
            };
            bytes.extend((base + noise.below(90) as u16).to_le_bytes());
        }
    }
    bytes
}

/// Data elements one after the other, which must come in the order of their tags.
#[derive(Default)]
struct Elements(Vec<u8>);

impl Elements {
    /// An element whose length has two bytes (PS3.5, table 7.1-2).
    fn short(&mut self, group: u16, element: u16, vr: &[u8; 2], value: &[u8]) {
        self.tag(group, element, vr);
        self.0.extend((value.len() as u16).to_le_bytes());
        self.0.extend(value);
    }

    /// An element whose length has four bytes (PS3.5, table 7.1-1).
    fn long(&mut self, group: u16, element: u16, vr: &[u8; 2], value: &[u8]) {
        self.tag(group, element, vr);
        self.0.extend([0, 0]);
        self.0.extend((value.len() as u32).to_le_bytes());
        self.0.extend(value);
    }

    /// Text, of even length: identifiers are filled up with NUL, all else with a space (PS3.5, section 6.2).
    fn text(&mut self, group: u16, element: u16, vr: &[u8; 2], text: &str) {
        let mut value = text.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(if vr == b"UI" { 0 } else { b' ' });
        }
        self.short(group, element, vr, &value);
    }

    fn tag(&mut self, group: u16, element: u16, vr: &[u8; 2]) {
        self.0.extend(group.to_le_bytes());
        self.0.extend(element.to_le_bytes());
        self.0.extend(vr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Image {
        Image {
            patient: "Sampleton^Tessa",
            patient_id: "NL-1",
            born: "19700101",
            case: 1,
            number: 1,
            rows: 8,
            columns: 10,
        }
    }

    /// Walks the elements by their lengths, as a reader does.
    fn tags(mut rest: &[u8]) -> Vec<(u16, u16)> {
        let mut tags = Vec::new();
        while !rest.is_empty() {
            let word = |at: usize| u16::from_le_bytes([rest[at], rest[at + 1]]);
            let (value, length) = match &rest[4..6] {
                b"OB" | b"OW" => (12, u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize),
                _ => (8, usize::from(word(6))),
            };
            assert_eq!(length % 2, 0, "values have even length");
            tags.push((word(0), word(2)));
            rest = &rest[value + length..];
        }
        tags
    }

    #[test]
    fn a_reader_finds_every_element_in_order_to_the_last_byte() {
        let file = file(&image());
        assert_eq!(&file[128..132], b"DICM");
        let tags = tags(&file[132..]);
        assert!(tags.is_sorted() && tags.len() == 32, "{} elements", tags.len());
        assert_eq!(tags.last(), Some(&(0x7fe0, 0x0010)));
    }
}
