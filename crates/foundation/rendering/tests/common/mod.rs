//! DICOM files made by hand, for tests.

#![allow(dead_code, reason = "each test file uses some of these words")]

pub(crate) mod films;

/// Elements in explicit form, little endian.
#[derive(Clone, Default)]
pub(crate) struct Elements(pub(crate) Vec<u8>);

impl Elements {
    pub(crate) fn text(self, tag: u32, vr: &str, text: &str) -> Self {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(2), if vr == "UI" { 0 } else { b' ' });
        self.raw(tag, vr, &bytes)
    }

    pub(crate) fn number(self, tag: u32, number: u16) -> Self {
        self.raw(tag, "US", &number.to_le_bytes())
    }

    pub(crate) fn numbers(self, tag: u32, vr: &str, numbers: &[u16]) -> Self {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.raw(tag, vr, &bytes)
    }

    pub(crate) fn raw(mut self, tag: u32, vr: &str, value: &[u8]) -> Self {
        self.head(tag, vr, value.len() as u32);
        self.0.extend_from_slice(value);
        self
    }

    /// A sequence of these items.
    pub(crate) fn items(self, tag: u32, items: &[Elements]) -> Self {
        let inside = items.iter().fold(Vec::new(), |mut inside, item| {
            inside.extend(mark(0xFFFE_E000, item.0.len() as u32));
            inside.extend_from_slice(&item.0);
            inside
        });
        self.raw(tag, "SQ", &inside)
    }

    /// Compressed pixels: an empty table of offsets, and these pieces.
    pub(crate) fn pieces(mut self, pieces: &[&[u8]]) -> Self {
        self.head(0x7FE0_0010, "OB", u32::MAX);
        self.0.extend(mark(0xFFFE_E000, 0));
        for piece in pieces {
            let mut piece = piece.to_vec();
            piece.resize(piece.len().next_multiple_of(2), 0);
            self.0.extend(mark(0xFFFE_E000, piece.len() as u32));
            self.0.extend(piece);
        }
        self.0.extend(mark(0xFFFE_E0DD, 0));
        self
    }

    /// The file around them.
    pub(crate) fn file(&self, syntax: &str) -> Vec<u8> {
        let meta = Elements::default().text(0x0002_0010, "UI", syntax);
        let length = Elements::default().raw(0x0002_0000, "UL", &(meta.0.len() as u32).to_le_bytes());
        [&[0; 128][..], b"DICM", &length.0, &meta.0, &self.0].concat()
    }

    fn head(&mut self, tag: u32, vr: &str, length: u32) {
        self.0.extend(half_words(tag));
        self.0.extend_from_slice(vr.as_bytes());
        if ["OB", "OW", "SQ", "UN"].contains(&vr) {
            self.0.extend([0; 2]);
            self.0.extend(length.to_le_bytes());
        } else {
            self.0.extend((length as u16).to_le_bytes());
        }
    }
}

fn half_words(tag: u32) -> [u8; 4] {
    let [a, b] = ((tag >> 16) as u16).to_le_bytes();
    let [c, d] = (tag as u16).to_le_bytes();
    [a, b, c, d]
}

fn mark(tag: u32, length: u32) -> Vec<u8> {
    [half_words(tag), length.to_le_bytes()].concat()
}

pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(crate) const RUN_LENGTH: &str = "1.2.840.10008.1.2.5";
pub(crate) const BASELINE: &str = "1.2.840.10008.1.2.4.50";
pub(crate) const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
pub(crate) const JPEG_XL: &str = "1.2.840.10008.1.2.4.110";
pub(crate) const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";

/// The example of ITU-T T.87, H.4: four by four values of eight bits.
pub(crate) const JPEG_LS_EXAMPLE: &[u8] = &[
    0xFF, 0xD8, 0xFF, 0xF7, 0, 0x0B, 8, 0, 4, 0, 4, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0xC0,
    0, 0, 0x6C, 0x80, 0x20, 0x8E, 1, 0xC0, 0, 0, 0x57, 0x40, 0, 0, 0x6E, 0xE6, 0, 0, 1, 0xBC, 0x18, 0, 0, 5,
    0xD8, 0, 0, 0x91, 0x60, 0xFF, 0xD9,
];

/// What an image says of itself, before its pixels.
pub(crate) struct Kind {
    pub(crate) modality: &'static str,
    pub(crate) photometric: &'static str,
    pub(crate) samples: u16,
    pub(crate) frames: u16,
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    pub(crate) bits: (u16, u16),
    pub(crate) signed: bool,
    pub(crate) window: Option<(&'static str, &'static str)>,
}

impl Default for Kind {
    fn default() -> Self {
        Self {
            modality: "CT",
            photometric: "MONOCHROME2",
            samples: 1,
            frames: 1,
            columns: 4,
            rows: 2,
            bits: (16, 12),
            signed: false,
            window: None,
        }
    }
}

impl Kind {
    pub(crate) fn elements(&self) -> Elements {
        let mut elements = Elements::default()
            .text(0x0008_0060, "CS", self.modality)
            .text(0x0010_0010, "PN", "MARKER^NAME")
            .number(0x0028_0002, self.samples)
            .text(0x0028_0004, "CS", self.photometric)
            .number(0x0028_0006, 0)
            .text(0x0028_0008, "IS", &self.frames.to_string())
            .number(0x0028_0010, self.rows)
            .number(0x0028_0011, self.columns)
            .number(0x0028_0100, self.bits.0)
            .number(0x0028_0101, self.bits.1)
            .number(0x0028_0102, self.bits.1 - 1)
            .number(0x0028_0103, self.signed.into());
        if let Some((center, width)) = self.window {
            elements = elements
                .text(0x0028_1050, "DS", center)
                .text(0x0028_1051, "DS", width);
        }
        elements
    }

    /// A file of these values, 16 bits each.
    pub(crate) fn of(&self, values: &[u16]) -> Vec<u8> {
        self.elements().numbers(0x7FE0_0010, "OW", values).file(EXPLICIT)
    }

    /// A file of these values, 8 bits each.
    pub(crate) fn of_bytes(&self, values: &[u8]) -> Vec<u8> {
        self.elements().raw(0x7FE0_0010, "OB", values).file(EXPLICIT)
    }
}
