//! DICOM files made by hand, element by element, in every encoding.

use std::io::Write;

pub(crate) const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub(crate) const ULTRASOUND: &str = "1.2.840.10008.5.1.4.1.1.6.1";
pub(crate) const DIRECTORY: &str = "1.2.840.10008.1.3.10";

/// How elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Implicit,
    Explicit,
    BigEndian,
    Deflated,
}

pub(crate) const FORMS: [Form; 4] = [Form::Implicit, Form::Explicit, Form::BigEndian, Form::Deflated];

impl Form {
    pub(crate) fn syntax(self) -> &'static str {
        match self {
            Self::Implicit => "1.2.840.10008.1.2",
            Self::Explicit => "1.2.840.10008.1.2.1",
            Self::BigEndian => "1.2.840.10008.1.2.2",
            Self::Deflated => "1.2.840.10008.1.2.1.99",
        }
    }
}

/// Elements in a row: a data set, or what an item holds.
#[derive(Clone, Debug)]
pub(crate) struct Elements {
    pub(crate) form: Form,
    pub(crate) bytes: Vec<u8>,
}

/// Whether sequences and items say their length or mark their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Counted,
    Marked,
}

impl Elements {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form,
            bytes: Vec::new(),
        }
    }

    pub(crate) fn text(self, tag: u32, vr: &str, value: &str) -> Self {
        let pad = if vr == "UI" { "\0" } else { " " };
        let padded = if value.len() % 2 == 1 {
            format!("{value}{pad}")
        } else {
            value.to_owned()
        };
        self.raw(tag, vr, padded.as_bytes())
    }

    pub(crate) fn number(self, tag: u32, value: u32) -> Self {
        let bytes = if self.form == Form::BigEndian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        };
        self.raw(tag, "UL", &bytes)
    }

    pub(crate) fn raw(mut self, tag: u32, vr: &str, value: &[u8]) -> Self {
        self.head(tag, vr, u32::try_from(value.len()).unwrap());
        self.bytes.extend_from_slice(value);
        self
    }

    /// A sequence of items in the same form.
    pub(crate) fn sequence(self, tag: u32, items: &[Elements], ends: Ends) -> Self {
        let form = self.form;
        self.sequence_as(tag, "SQ", form, items, ends)
    }

    /// A sequence written as `vr`, whose items stand in a form of their own.
    pub(crate) fn sequence_as(
        mut self,
        tag: u32,
        vr: &str,
        inner: Form,
        items: &[Elements],
        ends: Ends,
    ) -> Self {
        let mut inside = Elements::new(inner);
        for item in items {
            let length = if ends == Ends::Counted {
                u32::try_from(item.bytes.len()).unwrap()
            } else {
                u32::MAX
            };
            inside.mark(0xFFFE_E000, length);
            inside.bytes.extend_from_slice(&item.bytes);
            if ends == Ends::Marked {
                inside.mark(0xFFFE_E00D, 0);
            }
        }
        if ends == Ends::Marked {
            inside.mark(0xFFFE_E0DD, 0);
            self.head(tag, vr, u32::MAX);
        } else {
            self.head(tag, vr, u32::try_from(inside.bytes.len()).unwrap());
        }
        self.bytes.extend_from_slice(&inside.bytes);
        self
    }

    fn mark(&mut self, tag: u32, length: u32) {
        self.tag(tag);
        self.long(length);
    }

    fn head(&mut self, tag: u32, vr: &str, length: u32) {
        self.tag(tag);
        if self.form == Form::Implicit {
            return self.long(length);
        }
        self.bytes.extend_from_slice(vr.as_bytes());
        if ["OB", "OW", "SQ", "UN", "UT", "UC", "UR"].contains(&vr) {
            self.bytes.extend_from_slice(&[0; 2]);
            self.long(length);
        } else {
            self.short(u16::try_from(length).unwrap());
        }
    }

    fn tag(&mut self, tag: u32) {
        self.short((tag >> 16) as u16);
        self.short(tag as u16);
    }

    fn short(&mut self, number: u16) {
        let big = self.form == Form::BigEndian;
        self.bytes.extend_from_slice(&if big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        });
    }

    fn long(&mut self, number: u32) {
        let big = self.form == Form::BigEndian;
        self.bytes.extend_from_slice(&if big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        });
    }

    /// The file around a data set.
    pub(crate) fn file(&self, class: &str, instance: &str) -> Vec<u8> {
        let meta = Elements::new(Form::Explicit)
            .raw(0x0002_0001, "OB", &[0, 1])
            .text(0x0002_0002, "UI", class)
            .text(0x0002_0003, "UI", instance)
            .text(0x0002_0010, "UI", self.form.syntax())
            .text(0x0002_0012, "UI", "1.2.3.4")
            .text(0x0002_0016, "AE", "MARKER-AE");
        let mut file = b"MARKER-PREAMBLE ".repeat(8);
        file.extend_from_slice(b"DICM");
        file.extend(
            Elements::new(Form::Explicit)
                .number(0x0002_0000, u32::try_from(meta.bytes.len()).unwrap())
                .bytes,
        );
        file.extend(meta.bytes);
        if self.form != Form::Deflated {
            file.extend_from_slice(&self.bytes);
            return file;
        }
        let mut encoder = flate2::write::DeflateEncoder::new(file, flate2::Compression::fast());
        encoder.write_all(&self.bytes).unwrap();
        encoder.finish().unwrap()
    }
}

/// Everything that can be read in a file: unpacked if it is deflated.
pub(crate) fn unpacked(file: &[u8], form: Form) -> Vec<u8> {
    if form != Form::Deflated {
        return file.to_vec();
    }
    let length = u32::from_le_bytes(file[140..144].try_into().unwrap()) as usize;
    let (head, packed) = file.split_at(144 + length);
    let mut all = head.to_vec();
    std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(packed), &mut all).unwrap();
    all
}

/// A small CT image of somebody.
pub(crate) fn image(form: Form) -> Elements {
    Elements::new(form)
        .text(0x0008_0005, "CS", "ISO_IR 100")
        .text(0x0008_0008, "CS", r"ORIGINAL\PRIMARY\AXIAL")
        .text(0x0008_0016, "UI", CT)
        .text(0x0008_0018, "UI", "1.3.6.1.4.1.5962.1.1")
        .text(0x0008_0020, "DA", "20240229")
        .text(0x0008_0021, "DA", "20240302")
        .text(0x0008_0023, "DA", "20240302")
        .text(0x0008_0030, "TM", "101500")
        .text(0x0008_0050, "SH", "ACC-815815")
        .text(0x0008_0060, "CS", "CT")
        .text(0x0008_0070, "LO", "ACME Scanners")
        .text(0x0008_0080, "LO", "Hospital of Springfield")
        .text(0x0008_0090, "PN", "Hibbert^Julius")
        .text(0x0008_103E, "LO", "Thorax axial for Dr Hibbert")
}

/// The rest of [`image`], from the patient to the pixels.
pub(crate) fn rest_of_image(start: Elements) -> Elements {
    start
        .text(0x0010_0010, "PN", "Simpson^Bartholomew")
        .text(0x0010_0020, "LO", "MRN-4711471")
        .text(0x0010_0030, "DA", "19800401")
        .text(0x0010_0040, "CS", "M")
        .text(0x0010_1010, "AS", "010Y")
        .text(0x0018_1000, "LO", "SN-99887766")
        .text(0x0020_000D, "UI", "1.3.6.1.4.1.5962.1.2")
        .text(0x0020_000E, "UI", "1.3.6.1.4.1.5962.1.3")
        .text(0x0020_0010, "SH", "STUDY-5511")
        .text(0x0020_0013, "IS", "7")
        .raw(0x7FE0_0010, "OW", &[1, 2, 3, 4, 5, 6, 7, 8])
}

/// A whole file of [`image`].
pub(crate) fn plain(form: Form) -> Vec<u8> {
    rest_of_image(image(form)).file(CT, "1.3.6.1.4.1.5962.1.1")
}
