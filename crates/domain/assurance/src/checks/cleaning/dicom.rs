//! Small DICOM files (PS3.10, explicit VR little endian) of people who do not exist, with values that can be searched for.

/// CT Image Storage (PS3.4, table B.5-1), whose pixels nobody suspects of names.
const IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
/// Media Storage Directory Storage.
const DIRECTORY: &str = "1.2.840.10008.1.3.10";
const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";

/// A file, and what was planted in it.
pub(super) struct Planted {
    pub(super) bytes: Vec<u8>,
    pub(super) marks: Vec<Mark>,
}

/// A value that must not come out.
pub(super) struct Mark {
    /// Where it was planted.
    pub(super) place: &'static str,
    pub(super) text: String,
}

/// Marks that are all different and look like what stands in such places.
struct Marks {
    word: String,
    made: Vec<Mark>,
}

impl Marks {
    fn of(word: &str) -> Self {
        Self {
            word: word.get(..12).unwrap_or(word).to_uppercase(),
            made: Vec::new(),
        }
    }

    fn at(&mut self, place: &'static str) -> String {
        let text = format!("{}{:02}", self.word, self.made.len());
        self.made.push(Mark {
            place,
            text: text.clone(),
        });
        text
    }
}

/// An image with values in plain sight, two sequences deep and in a private attribute.
pub(super) fn image(word: &str) -> Planted {
    let mut marks = Marks::of(word);
    let deepest = Elements::default().text(0x0010_0010, b"PN", &format!("{}^Deep", marks.at("two deep")));
    let inner = Elements::default()
        .text(0x0008_0050, b"SH", &marks.at("one deep"))
        .sequence(0x0040_1101, &deepest);
    let set = Elements::default()
        .text(0x0008_0008, b"CS", r"ORIGINAL\PRIMARY\AXIAL")
        .text(0x0008_0016, b"UI", IMAGE)
        .text(0x0008_0018, b"UI", "2.25.20260301")
        .text(0x0008_0060, b"CS", "CT")
        .text(0x0008_0080, b"LO", &marks.at("institution"))
        .text(0x0009_0010, b"LO", "BAILEE PROBE")
        .text(0x0009_1001, b"LO", &marks.at("private attribute"))
        .text(
            0x0010_0010,
            b"PN",
            &format!("{}^Probe", marks.at("patient's name")),
        )
        .text(0x0010_0020, b"LO", &marks.at("patient's number"))
        .text(0x0010_4000, b"LT", &marks.at("comment"))
        .text(0x0020_000d, b"UI", "2.25.20260302")
        .text(0x0020_000e, b"UI", "2.25.20260303")
        .number(0x0028_0002, 1)
        .text(0x0028_0004, b"CS", "MONOCHROME2")
        .number(0x0028_0010, 2)
        .number(0x0028_0011, 2)
        .number(0x0028_0100, 8)
        .number(0x0028_0101, 8)
        .number(0x0028_0102, 7)
        .number(0x0028_0103, 0)
        .sequence(0x0040_0275, &inner)
        .long(0x7fe0_0010, b"OB", &[10, 200, 60, 120]);
    Planted {
        bytes: file(IMAGE, &set),
        marks: marks.made,
    }
}

/// A directory with one patient in it.
pub(super) fn directory(word: &str) -> Planted {
    let mut marks = Marks::of(word);
    let record = Elements::default()
        .offset(0x0004_1400, 0)
        .number(0x0004_1410, 0xffff)
        .offset(0x0004_1420, 0)
        .text(0x0004_1430, b"CS", "PATIENT")
        .text(
            0x0010_0010,
            b"PN",
            &format!("{}^Probe", marks.at("patient's name")),
        )
        .text(0x0010_0020, b"LO", &marks.at("patient's number"));
    let set = |first: u32| {
        Elements::default()
            .text(0x0004_1130, b"CS", "PROBE")
            .offset(0x0004_1200, first)
            .offset(0x0004_1202, first)
            .number(0x0004_1212, 0)
            .sequence(0x0004_1220, &record)
    };
    // The record is the last thing in the file, and its item begins eight bytes before it.
    let whole = file(DIRECTORY, &set(0)).len();
    let first = u32::try_from(whole.saturating_sub(record.0.len() + 8)).unwrap_or(0);
    Planted {
        bytes: file(DIRECTORY, &set(first)),
        marks: marks.made,
    }
}

fn file(class: &str, set: &Elements) -> Vec<u8> {
    let meta = Elements::default()
        .long(0x0002_0001, b"OB", &[0, 1])
        .text(0x0002_0002, b"UI", class)
        .text(0x0002_0003, b"UI", "2.25.20260301")
        .text(0x0002_0010, b"UI", EXPLICIT_LITTLE_ENDIAN)
        .text(0x0002_0012, b"UI", "2.25.20260304");
    let length = u32::try_from(meta.0.len()).unwrap_or(0);
    let length = Elements::default().offset(0x0002_0000, length);
    [&[0; 128][..], b"DICM", &length.0, &meta.0, &set.0].concat()
}

/// Elements in a row, in the order of their tags.
#[derive(Default)]
struct Elements(Vec<u8>);

impl Elements {
    /// Text, made even as its representation wants.
    fn text(self, tag: u32, vr: &[u8; 2], value: &str) -> Self {
        let mut value = value.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(if vr == b"UI" { 0 } else { b' ' });
        }
        self.short(tag, vr, &value)
    }

    fn number(self, tag: u32, value: u16) -> Self {
        self.short(tag, b"US", &value.to_le_bytes())
    }

    fn offset(self, tag: u32, value: u32) -> Self {
        self.short(tag, b"UL", &value.to_le_bytes())
    }

    /// An element whose length has two bytes (PS3.5, table 7.1-2).
    fn short(mut self, tag: u32, vr: &[u8; 2], value: &[u8]) -> Self {
        self.tag(tag);
        self.0.extend(vr);
        self.0
            .extend(u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
        self.0.extend(value);
        self
    }

    /// An element whose length has four bytes (PS3.5, table 7.1-1).
    fn long(mut self, tag: u32, vr: &[u8; 2], value: &[u8]) -> Self {
        self.tag(tag);
        self.0.extend(vr);
        self.0.extend([0; 2]);
        self.length(value.len());
        self.0.extend(value);
        self
    }

    /// A sequence of one item.
    fn sequence(self, tag: u32, item: &Self) -> Self {
        let mut inside = Self::default();
        inside.tag(0xfffe_e000);
        inside.length(item.0.len());
        inside.0.extend(&item.0);
        self.long(tag, b"SQ", &inside.0)
    }

    fn tag(&mut self, tag: u32) {
        self.0
            .extend([(tag >> 16) as u8, (tag >> 24) as u8, tag as u8, (tag >> 8) as u8]);
    }

    fn length(&mut self, length: usize) {
        self.0.extend(u32::try_from(length).unwrap_or(0).to_le_bytes());
    }
}
