//! Media types as they are declared and as first bytes tell them.
//!
//! Bytes of many types have no magic number (text, most of DICOM's relatives); of those only the declared type counts.
//! Where there is one, it has to agree with what is declared: a program stays a program, whatever it is called.

/// How many of the first bytes are looked at.
const LOOKED_AT: usize = 8 << 10;
/// What clients declare who know nothing.
const UNDECLARED: [&str; 3] = ["", OPAQUE, "binary/octet-stream"];
const OPAQUE: &str = "application/octet-stream";
/// Types whose bytes always begin with their magic number, so that bytes without it are something else.
const ALWAYS_TOLD: [&str; 6] = [
    "application/gzip",
    "application/zip",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
];
/// Other words for the same type.
const ALIASES: [(&str, &str); 12] = [
    ("application/x-bzip", "application/x-bzip2"),
    ("application/x-gzip", "application/gzip"),
    ("application/x-zip-compressed", "application/zip"),
    ("audio/flac", "audio/x-flac"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/vnd.wave", "audio/x-wav"),
    ("audio/wav", "audio/x-wav"),
    ("audio/wave", "audio/x-wav"),
    ("image/heic", "image/heif"),
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("image/x-png", "image/png"),
];
/// Families whose members begin alike: what the bytes say, and what else may truly be declared of them.
const FAMILIES: [(&str, &[&str]); 13] = [
    (
        "application/zip",
        &[
            "application/epub+zip",
            "application/java-archive",
            "application/vnd.android.package-archive",
            "application/vnd.ms-",
            "application/vnd.oasis.",
            "application/vnd.openxmlformats-",
            "model/3mf",
            "image/openraster",
        ],
    ),
    (
        "application/x-ole-storage",
        &["application/msword", "application/vnd.ms-"],
    ),
    (
        "application/gzip",
        &["application/x-tar", "application/x-tgz", "application/x-nifti"],
    ),
    (
        "video/mp4",
        &[
            "audio/mp4",
            "audio/m4a",
            "audio/x-m4a",
            "video/x-m4v",
            "video/quicktime",
            "application/mp4",
        ],
    ),
    ("audio/m4a", &["audio/mp4", "audio/x-m4a", "video/mp4"]),
    ("video/x-m4v", &["video/mp4"]),
    (
        "video/x-matroska",
        &["video/webm", "audio/webm", "audio/x-matroska"],
    ),
    ("video/webm", &["audio/webm"]),
    ("audio/ogg", &["video/ogg", "application/ogg", "audio/opus"]),
    ("audio/opus", &["audio/ogg", "application/ogg", "video/ogg"]),
    ("application/rtf", &["text/rtf"]),
    (
        "application/vnd.sqlite3",
        &["application/x-sqlite3", "application/geopackage+sqlite3"],
    ),
    ("image/tiff", &["image/x-", "image/dng"]),
];

/// Whether this can be an entry of a dataset's `types`: `image/png` or `image/*`, lowercase, without parameters.
pub(super) fn is_pattern(text: &str) -> bool {
    let part = |part: &str| {
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$&-^_.+".contains(&byte);
        (1..=127).contains(&part.len()) && part.bytes().all(fits)
    };
    text.split_once('/')
        .is_some_and(|(kind, subtype)| part(kind) && (subtype == "*" || part(subtype)))
}

/// Whether bytes that are declared so, and whose beginning says this, are of one of the types. `sniffed` is absent as
/// long as no byte has come.
pub(super) fn fits(types: &[String], declared: &str, sniffed: Option<Option<&str>>) -> bool {
    if types.is_empty() {
        return true;
    }
    let declared = plain(declared);
    if is_undeclared(&declared) {
        return lists(types, OPAQUE)
            || sniffed.is_none_or(|said| said.is_some_and(|said| is_one(types, said)));
    }
    is_one(types, &declared) && sniffed.is_none_or(|said| agrees(&declared, said))
}

/// Whether a media type is what clients send who do not know.
pub(crate) fn is_undeclared(content_type: &str) -> bool {
    UNDECLARED.contains(&content_type)
}

/// Whether a declared type may be true of bytes that begin so.
fn agrees(declared: &str, said: Option<&str>) -> bool {
    let declared = canonical(declared);
    let Some(said) = said else {
        return !ALWAYS_TOLD.contains(&declared);
    };
    if canonical(said) == declared {
        return true;
    }
    // Markup and scripts are text, and text is served as such.
    if said.starts_with("text/") {
        let is_markup = declared.ends_with("+xml") || declared.ends_with("/xml");
        return declared.starts_with("text/") || is_markup;
    }
    is_of_family(said, declared) || is_of_family(declared, said)
}

fn is_of_family(family: &str, media: &str) -> bool {
    let family = FAMILIES.iter().find(|(known, _)| *known == family);
    family.is_some_and(|(_, members)| members.iter().any(|member| is_member(media, member)))
}

/// Names that end with a dot or hyphen stand for all that begin so.
fn is_member(media: &str, member: &str) -> bool {
    media == member || (member.ends_with(['.', '-']) && media.starts_with(member))
}

/// Whether a type is one of these, by whatever word.
fn is_one(types: &[String], media: &str) -> bool {
    let (media, kind) = (canonical(media), media.split('/').next().unwrap_or_default());
    types.iter().any(|pattern| match pattern.strip_suffix("/*") {
        Some(any_of) => any_of == kind,
        None => canonical(pattern) == media,
    })
}

fn lists(types: &[String], media: &str) -> bool {
    types.iter().any(|pattern| pattern == media)
}

/// A media type without its parameters, lowercase.
fn plain(declared: &str) -> String {
    let essence = declared.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn canonical(media: &str) -> &str {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == media);
    alias.map_or(media, |(_, known)| known)
}

/// What the first bytes say, when they have a magic number that is known.
pub(crate) fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let looked_at = &bytes[..bytes.len().min(LOOKED_AT)];
    let said = infer::get(looked_at)?.mime_type();
    (said != OPAQUE).then_some(said)
}

/// Collects the first bytes of a body that comes in pieces.
#[derive(Default)]
pub(crate) struct Sniffer {
    first: zeroize::Zeroizing<Vec<u8>>,
    is_full: bool,
}

impl Sniffer {
    /// Takes a piece. `true` once, when enough has come.
    pub(crate) fn add(&mut self, piece: &[u8]) -> bool {
        if self.is_full {
            return false;
        }
        let wanted = piece.len().min(LOOKED_AT - self.first.len());
        self.first.extend_from_slice(&piece[..wanted]);
        self.is_full = self.first.len() == LOOKED_AT;
        self.is_full
    }

    /// What has come says.
    pub(crate) fn said(&self) -> Option<&'static str> {
        sniff(&self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const PROGRAM: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    fn taken(types: &[&str], declared: &str, bytes: &[u8]) -> bool {
        let types: Vec<String> = types.iter().map(|kind| (*kind).to_owned()).collect();
        fits(&types, declared, Some(sniff(bytes)))
    }

    #[test]
    fn declared_and_found_agree() {
        assert_eq!(sniff(PNG), Some("image/png"));
        assert!(taken(&["image/*"], "image/png", PNG));
        assert!(taken(&["image/png"], "Image/PNG; a=b", PNG));
        assert!(taken(&["image/jpeg"], "image/jpg", b"\xff\xd8\xff\xe0"));
        assert!(!taken(&["image/*"], "image/png", PROGRAM), "{:?}", sniff(PROGRAM));
        assert!(!taken(&["image/*"], "image/jpeg", PNG));
        assert!(!taken(&["image/*"], "image/png", b"no picture at all"));
        assert!(!taken(&["image/*"], "image/png", b""));
        assert!(!taken(&["image/*"], "image/png", b"<html><script>"));
        assert!(!taken(&["image/*"], "text/csv", PNG));
        assert!(taken(&["text/csv"], "text/csv", b"a,b\n1,2\n"));
        assert!(!taken(&["text/csv"], "text/csv", PROGRAM));
        assert!(taken(&[], "image/png", PROGRAM));
    }

    #[test]
    fn without_a_declared_type_the_bytes_count() {
        for unknown in UNDECLARED {
            assert!(taken(&["image/*"], unknown, PNG), "{unknown}");
            assert!(!taken(&["image/*"], unknown, PROGRAM), "{unknown}");
            assert!(!taken(&["image/*"], unknown, b"no picture"), "{unknown}");
        }
        assert!(taken(&["application/octet-stream"], "", b"whatever"));
        let types = ["image/*".to_owned()];
        assert!(fits(&types, "", None), "nothing has come yet");
        assert!(!fits(&types, "text/csv", None));
    }

    #[test]
    fn containers_are_what_their_contents_are_called() {
        let zip = b"PK\x03\x04\x14\0\0\0\0\0";
        assert_eq!(sniff(zip), Some("application/zip"));
        let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert!(taken(&[sheet], sheet, zip));
        assert!(!taken(&["image/*"], "image/svg+xml", zip));
        assert!(!taken(&["application/pdf"], "application/pdf", zip));
    }

    proptest! {
        #[test]
        fn any_bytes_say_something_or_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..600), head in 0usize..4) {
            let heads: [&[u8]; 4] = [b"", PNG, PROGRAM, b"PK\x03\x04"];
            let mut mutated = heads[head].to_vec();
            mutated.extend(&bytes);
            let _ = sniff(&mutated);
        }

        #[test]
        fn pieces_say_what_the_whole_says(bytes in proptest::collection::vec(any::<u8>(), 0..9_000), cut in 1usize..500) {
            let mut sniffer = Sniffer::default();
            for piece in bytes.chunks(cut) {
                sniffer.add(piece);
            }
            prop_assert_eq!(sniffer.said(), sniff(&bytes));
        }
    }
}
