//! Which of the four companies a file would belong to: by the ending of its name, and if that says nothing by its first
//! bytes, since DICOM files often have no ending.

/// How many first bytes are looked at: as far as DICOM's mark (PS3.10, section 7.1).
pub(super) const HEAD: usize = 132;

/// Where a file goes, and its media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) slug: &'static str,
    pub(super) media: &'static str,
}

const fn kind(slug: &'static str, media: &'static str) -> Kind {
    Kind { slug, media }
}

const BYTES: &str = "application/octet-stream";

/// What a file of this name that begins so is.
pub(super) fn kind_of(name: &str, head: &[u8]) -> Kind {
    let file = name.rsplit('/').next().unwrap_or(name);
    let ending = file
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .unwrap_or_default();
    by_ending(&ending)
        .or_else(|| by_head(head))
        .unwrap_or(kind("parley", BYTES))
}

fn by_ending(ending: &str) -> Option<Kind> {
    Some(match ending {
        "dcm" | "dicom" => kind("northlight", "application/dicom"),
        "png" => kind("northlight", "image/png"),
        "jpg" | "jpeg" => kind("northlight", "image/jpeg"),
        "gif" => kind("northlight", "image/gif"),
        "tif" | "tiff" => kind("northlight", "image/tiff"),
        "webp" => kind("northlight", "image/webp"),
        "bmp" => kind("northlight", "image/bmp"),
        "csv" => kind("kindred", "text/csv"),
        "tsv" => kind("kindred", "text/tab-separated-values"),
        "json" => kind("kindred", "application/json"),
        "jsonl" | "ndjson" => kind("kindred", "application/x-ndjson"),
        "pdf" => kind("veridian", "application/pdf"),
        "doc" => kind("veridian", "application/msword"),
        "docx" => kind(
            "veridian",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        "odt" => kind("veridian", "application/vnd.oasis.opendocument.text"),
        "rtf" => kind("veridian", "application/rtf"),
        "txt" => kind("parley", "text/plain"),
        "md" => kind("parley", "text/markdown"),
        _ => return None,
    })
}

fn by_head(head: &[u8]) -> Option<Kind> {
    let marks: [(&[u8], Kind); 7] = [
        (b"\x89PNG\r\n\x1a\n", kind("northlight", "image/png")),
        (b"\xff\xd8\xff", kind("northlight", "image/jpeg")),
        (b"GIF8", kind("northlight", "image/gif")),
        (b"II*\0", kind("northlight", "image/tiff")),
        (b"MM\0*", kind("northlight", "image/tiff")),
        (b"%PDF-", kind("veridian", "application/pdf")),
        (b"{\\rtf", kind("veridian", "application/rtf")),
    ];
    if head.get(128..HEAD) == Some(b"DICM".as_slice()) {
        return Some(kind("northlight", "application/dicom"));
    }
    marks
        .iter()
        .find(|(mark, _)| head.starts_with(mark))
        .map(|(_, kind)| *kind)
}
