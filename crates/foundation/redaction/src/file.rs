//! Any file: what kind it is, and how that kind is cleaned.
//!
//! Promises: what the bytes say counts; a name or media type only chooses between kinds that bytes cannot tell apart. A file
//! that says it is another kind than it is, and a kind that nobody here cleans, is held back.

use crate::dicom::{self, Profile, ProjectKey};
use crate::image::{self, Format};
use crate::records;
use crate::text::{self, Detector, Mask};
use crate::{Limits, Outcome};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contents {
    /// A DICOM file.
    Dicom,
    /// A picture.
    Image(Format),
    /// One JSON value, or one a line.
    Json,
    /// Rows of fields.
    Csv,
    /// Any other text.
    Text,
}

impl Contents {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dicom => "DICOM",
            Self::Image(Format::Jpeg) => "JPEG",
            Self::Image(Format::Png) => "PNG",
            Self::Image(Format::WebP) => "WebP",
            Self::Image(Format::Gif) => "GIF",
            Self::Image(Format::Tiff) => "TIFF",
            Self::Json => "JSON",
            Self::Csv => "CSV",
            Self::Text => "text",
        }
    }
}

/// What a file is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// One of the kinds that are cleaned here.
    Is(Contents),
    /// Another kind.
    Other,
    /// Nothing was said.
    Nothing,
}

impl Claim {
    /// By the end of a file's name.
    pub fn of_name(name: &str) -> Self {
        let Some((_, ending)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
            return Self::Nothing;
        };
        Self::Is(match ending.to_ascii_lowercase().as_str() {
            "dcm" | "dicom" | "ima" => Contents::Dicom,
            "jpg" | "jpeg" | "jpe" | "jfif" => Contents::Image(Format::Jpeg),
            "png" | "apng" => Contents::Image(Format::Png),
            "webp" => Contents::Image(Format::WebP),
            "gif" => Contents::Image(Format::Gif),
            "tif" | "tiff" => Contents::Image(Format::Tiff),
            "json" | "jsonl" | "ndjson" | "geojson" => Contents::Json,
            "csv" | "tsv" => Contents::Csv,
            "txt" | "text" | "log" | "md" | "rst" | "yaml" | "yml" | "toml" | "ini" | "conf" | "srt"
            | "vtt" | "sql" => Contents::Text,
            "svg" | "xml" | "html" | "htm" | "xhtml" | "rtf" | "eml" | "pdf" => return Self::Other,
            _ => return Self::Nothing,
        })
    }

    /// By a media type.
    pub fn of_media_type(kind: &str) -> Self {
        let essence = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        Self::Is(match essence.as_str() {
            "application/dicom" => Contents::Dicom,
            "image/jpeg" => Contents::Image(Format::Jpeg),
            "image/png" | "image/apng" => Contents::Image(Format::Png),
            "image/webp" => Contents::Image(Format::WebP),
            "image/gif" => Contents::Image(Format::Gif),
            "image/tiff" => Contents::Image(Format::Tiff),
            "application/json" | "application/x-ndjson" | "application/jsonl" | "application/geo+json" => {
                Contents::Json
            }
            "text/csv" | "text/tab-separated-values" => Contents::Csv,
            "text/plain" | "text/markdown" => Contents::Text,
            "" | "application/octet-stream" | "binary/octet-stream" | "application/x-www-form-urlencoded" => {
                return Self::Nothing;
            }
            _ => return Self::Other,
        })
    }
}

/// Why a file is held back before anything is cleaned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Strange {
    /// Nobody here cleans such files.
    #[error(
        "this kind of file cannot be cleaned here: convert it to DICOM, JPEG, PNG, WebP, GIF, TIFF, JSON, CSV or text"
    )]
    Unknown,
    /// It is another kind than its name or media type says.
    #[error("the file is {is}, but it is said to be {said}: give it its right name and media type")]
    NotAsSaid {
        /// What it is.
        is: &'static str,
        /// What it is said to be.
        said: &'static str,
    },
}

impl Contents {
    /// What kind of file this is.
    ///
    /// # Errors
    ///
    /// When it is none that is cleaned here, or another than was said.
    pub fn of(bytes: &[u8], claim: Claim) -> Result<Self, Strange> {
        let said = match (told(bytes), claim) {
            (Some(is), Claim::Is(said)) if is == said => return Ok(is),
            (Some(is), Claim::Nothing) => return Ok(is),
            (Some(is), Claim::Is(said)) => {
                return Err(Strange::NotAsSaid {
                    is: is.name(),
                    said: said.name(),
                });
            }
            (Some(is), Claim::Other) => {
                return Err(Strange::NotAsSaid {
                    is: is.name(),
                    said: "another kind",
                });
            }
            // Without a preamble, DICOM has no mark.
            (None, Claim::Is(Contents::Dicom)) => return Ok(Contents::Dicom),
            (None, Claim::Is(said @ Contents::Image(_))) => {
                return Err(Strange::NotAsSaid {
                    is: "something else",
                    said: said.name(),
                });
            }
            (None, Claim::Other) => return Err(Strange::Unknown),
            (None, Claim::Is(said)) => Some(said),
            (None, Claim::Nothing) => None,
        };
        let text = std::str::from_utf8(bytes).ok().filter(|text| is_plain(text));
        match (text, said) {
            (Some(_), Some(said)) => Ok(said),
            (Some(text), None) => unsaid(text),
            // Said to be text: the reader of texts says where it is none.
            (None, Some(said)) => Ok(said),
            (None, None) => Err(Strange::Unknown),
        }
    }
}

/// What bytes say by themselves.
fn told(bytes: &[u8]) -> Option<Contents> {
    if bytes.get(128..132) == Some(b"DICM") {
        return Some(Contents::Dicom);
    }
    Format::of(bytes).map(Contents::Image)
}

/// Text that is neither a program's nor a drawing, by its first character.
fn unsaid(text: &str) -> Result<Contents, Strange> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    match start.bytes().next() {
        Some(b'<') | Some(b'%')
            if start.starts_with('<') || start.starts_with("%PDF") || start.starts_with("%!") =>
        {
            Err(Strange::Unknown)
        }
        Some(b'{' | b'[') if records::is_json(text) => Ok(Contents::Json),
        _ => Ok(Contents::Text),
    }
}

/// Without the control characters that no text has.
fn is_plain(text: &str) -> bool {
    !text
        .bytes()
        .any(|byte| byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0C | 0x1B))
}

/// How files are cleaned.
pub struct Settings {
    /// What becomes of DICOM attributes.
    pub profile: Profile,
    /// From which new identifiers follow.
    pub key: ProjectKey,
    /// What counts as personal data in texts.
    pub detector: Detector,
    /// What stands in its place.
    pub mask: Mask,
    /// What one file may cost.
    pub limits: Limits,
}

impl Settings {
    /// The defaults: the basic profile, every kind of personal data, labels.
    pub fn new(key: ProjectKey) -> Self {
        Self {
            profile: Profile::default(),
            key,
            detector: Detector::new(),
            mask: Mask::default(),
            limits: Limits::default(),
        }
    }
}

/// Cleans a file of any kind.
pub fn redact(bytes: &[u8], claim: Claim, settings: &Settings) -> Outcome {
    let Settings {
        profile,
        key,
        detector,
        mask,
        limits,
    } = settings;
    match Contents::of(bytes, claim) {
        Ok(Contents::Dicom) => dicom::redact(bytes, profile, key, limits),
        Ok(Contents::Image(_)) => image::redact(bytes, limits),
        Ok(Contents::Json) => records::redact_json(bytes, detector, mask, limits),
        Ok(Contents::Csv) => records::redact_csv(bytes, detector, mask, limits),
        Ok(Contents::Text) => text::redact(bytes, detector, mask, limits),
        Err(strange) => Outcome::Quarantine(strange.into(), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_and_claims_must_agree_with_them() {
        let png = b"\x89PNG\r\n\x1a\n";
        let image = Contents::Image(Format::Png);
        assert_eq!(Contents::of(png, Claim::of_name("a.png")), Ok(image));
        assert_eq!(Contents::of(png, Claim::of_name("a")), Ok(image));
        assert!(Contents::of(png, Claim::of_name("a.jpg")).is_err());
        assert!(Contents::of(png, Claim::of_media_type("image/svg+xml")).is_err());
        assert!(Contents::of(b"hello", Claim::of_name("a.png")).is_err());
        assert_eq!(Contents::of(b"{\"a\":1}", Claim::Nothing), Ok(Contents::Json));
        assert_eq!(Contents::of(b"{hello}", Claim::Nothing), Ok(Contents::Text));
        assert_eq!(
            Contents::of(b"a,b", Claim::of_media_type("text/csv; charset=utf-8")),
            Ok(Contents::Csv)
        );
        for unknown in [&b"<svg/>"[..], b"%PDF-1.7", b"PK\x03\x04\xFF", b"a\0b"] {
            assert_eq!(Contents::of(unknown, Claim::Nothing), Err(Strange::Unknown));
        }
    }
}
