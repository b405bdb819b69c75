//! Documents made by code: good ones, and such as were made to break whoever reads them.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// The content of the good page: a red square in the lower left, 20 points from the edges.
const SQUARE: &str = "1 0 0 rg 20 20 60 60 re f";

/// What is put into a document, numbered from 1.
pub(crate) struct Document {
    objects: Vec<Vec<u8>>,
    trailer: String,
}

impl Document {
    /// With these pages, which are objects 3 and so on; the first two are the catalogue and the tree of pages.
    fn with_pages(pages: Vec<String>) -> Self {
        let kids: String = (0..pages.len())
            .map(|page| format!("{} 0 R ", page + 3))
            .collect();
        let tree = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
        let mut objects = vec![b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), tree.into_bytes()];
        objects.extend(pages.into_iter().map(String::into_bytes));
        let trailer = String::new();
        Self { objects, trailer }
    }

    /// One page whose content is object 4.
    fn with_content(dictionary: &str, content: &[u8]) -> Self {
        let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 200] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>";
        let mut document = Self::with_pages(vec![page.to_owned()]);
        document.stream(dictionary, content);
        document
    }

    fn stream(&mut self, dictionary: &str, content: &[u8]) {
        let mut object = format!("<< {dictionary} /Length {} >>\nstream\n", content.len()).into_bytes();
        object.extend(content);
        object.extend(b"\nendstream");
        self.objects.push(object);
    }

    /// As the bytes of a file (ISO 32000-1, section 7.5).
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut table = "0000000000 65535 f \n".to_owned();
        for (at, object) in self.objects.iter().enumerate() {
            writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
            file.extend(format!("{} 0 obj\n", at + 1).bytes());
            file.extend(object);
            file.extend(b"\nendobj\n");
        }
        let (start, count, trailer) = (file.len(), self.objects.len() + 1, &self.trailer);
        write!(
            file,
            "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
        )
        .unwrap();
        file
    }
}

/// A page of 100 by 200 points with a red square.
pub(crate) fn square() -> Vec<u8> {
    Document::with_content("", SQUARE.as_bytes()).bytes()
}

/// Three pages: upright, lying, and upright but turned by a quarter. The second is green all over.
pub(crate) fn three_pages() -> Vec<u8> {
    let page = |sides: &str, content: u8, more: &str| {
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {sides}] /Contents {content} 0 R {more} >>")
    };
    let pages = vec![
        page("100 200", 6, ""),
        page("200 100", 7, ""),
        page("100 300", 6, "/Rotate 90"),
    ];
    let mut document = Document::with_pages(pages);
    document.stream("", SQUARE.as_bytes());
    document.stream("", b"0 1 0 rg 0 0 200 100 re f");
    document.bytes()
}

/// Sealed under a password that nobody has (section 7.6.3).
pub(crate) fn encrypted() -> Vec<u8> {
    let mut document = Document::with_content("", SQUARE.as_bytes());
    let (owner, user, id) = ("4f".repeat(32), "55".repeat(32), "00".repeat(16));
    document.trailer = format!(
        "/Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{owner}> /U <{user}> >> /ID [<{id}> <{id}>]"
    );
    document.bytes()
}

/// A page of a million points a side.
pub(crate) fn huge_page() -> Vec<u8> {
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1000000 1000000] /Contents 4 0 R >>";
    let mut document = Document::with_pages(vec![page.to_owned()]);
    document.stream("", SQUARE.as_bytes());
    document.bytes()
}

/// Forms, each of which draws the next ten times, twelve deep: a million million squares.
pub(crate) fn forms() -> Vec<u8> {
    let mut document = Document::with_content("", b"/X Do");
    for deep in 0..12 {
        let next = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 100 200] /Resources << /XObject << /X {} 0 R >> >>",
            deep + 6
        );
        document.stream(&next, "/X Do ".repeat(10).as_bytes());
    }
    document.stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 100 200]",
        SQUARE.as_bytes(),
    );
    document.bytes()
}

/// A page's content, packed twice, that unpacks to 4 GB of blanks.
pub(crate) fn packed_content() -> Vec<u8> {
    let packed = packed(&long(b' ', 4 << 30));
    Document::with_content("/Filter [/FlateDecode /FlateDecode]", &packed).bytes()
}

/// A picture of 60,000 by 60,000, packed twice.
pub(crate) fn packed_picture() -> Vec<u8> {
    let mut document = Document::with_content("", b"100 0 0 200 0 0 cm /X Do");
    let says = "/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceGray /BitsPerComponent 8 \
        /Filter [/FlateDecode /FlateDecode]";
    document.stream(says, &packed(&long(0, 60_000 * 60_000)));
    document.bytes()
}

/// A line with dashes of a millionth of a point.
pub(crate) fn dashes() -> Vec<u8> {
    Document::with_content("", b"[0.000001] 0 d 0 0 m 100 200 l S").bytes()
}

/// Lists in lists, a million deep.
pub(crate) fn deep_lists() -> Vec<u8> {
    let mut document = Document::with_content("", SQUARE.as_bytes());
    document.trailer = format!("/Info {}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    document.bytes()
}

/// A page that is its own parent, and a content that is not there.
pub(crate) fn circles() -> Vec<u8> {
    let mut document = Document::with_pages(vec![
        "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 /Parent 3 0 R >>".to_owned(),
    ]);
    document.stream("", b"");
    document.bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(6));
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// What unpacks (RFC 1950, RFC 1951) to at least so many times one byte. It is written and not packed, since packing gigabytes takes long.
fn long(byte: u8, times: u64) -> Vec<u8> {
    /// What one code says again.
    const AGAIN: u64 = 258;
    let mut bits = Bits::default();
    // The last block, with fixed codes; and the byte itself.
    bits.low_first(0b011, 3);
    bits.code(0b0011_0000 + u32::from(byte), 8);
    let mut file = vec![0x78, 0x01];
    for _ in 0..16 {
        bits.again();
    }
    // Eight codes of thirteen bits are thirteen bytes, and so on for ever.
    let turn = &bits.bytes[bits.bytes.len() - 13..];
    file.extend(&bits.bytes);
    for _ in 0..(times / AGAIN).div_ceil(8) {
        file.extend(turn);
    }
    file
}

/// Bits on their way to bytes.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn low_first(&mut self, bits: u32, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Codes are written from their highest bit on.
    fn code(&mut self, code: u32, count: u32) {
        self.low_first(code.reverse_bits() >> (32 - count), count);
    }

    /// The byte before, 258 times: length 285 and distance 1.
    fn again(&mut self) {
        self.code(0b1100_0101, 8);
        self.code(0, 5);
    }
}
