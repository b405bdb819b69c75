//! What sort of file the bytes are.
//!
//! Promises: the bytes decide; what a client said of them counts only between kinds of text. Leaves out: whether the file
//! is whole.

use std::fmt;

/// What sort of file it is, by how it can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// PNG, JPEG, WebP, GIF, TIFF or BMP.
    Picture,
    /// A DICOM file.
    Dicom,
    /// A film.
    Video,
    /// A PDF document.
    Pdf,
    /// JSON.
    Json,
    /// Values with commas between them, with the names of the columns in the first line.
    Table,
    /// Other text in UTF-8.
    Text,
    /// Anything else.
    Other,
}

/// So many bytes are looked at to tell text from other things.
const LOOKED_AT: usize = 4 << 10;

impl Sort {
    /// What sort of file the bytes are.
    pub fn of(bytes: &[u8], media_type: &str) -> Self {
        if bytes.get(128..132) == Some(b"DICM") {
            return Self::Dicom;
        }
        if crate::picture::format(bytes).is_some() {
            return Self::Picture;
        }
        if let Some(found) = infer::get(bytes.get(..LOOKED_AT).unwrap_or(bytes)) {
            match found.mime_type() {
                "application/pdf" => return Self::Pdf,
                video if video.starts_with("video/") => return Self::Video,
                text if text.starts_with("text/") => {}
                _ => return Self::Other,
            }
        }
        match (is_text(bytes), media_type) {
            (true, media_type) => Self::of_text(bytes, media_type),
            (false, "application/dicom") => Self::Dicom,
            (false, _) => Self::Other,
        }
    }

    fn of_text(bytes: &[u8], media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        match (essence, first) {
            ("text/csv", _) => Self::Table,
            (json, _) if json == "application/json" || json.ends_with("+json") => Self::Json,
            ("", Some(b'{' | b'[')) | ("application/octet-stream", Some(b'{' | b'[')) => Self::Json,
            _ => Self::Text,
        }
    }

    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Dicom => "dicom",
            Self::Video => "video",
            Self::Pdf => "pdf",
            Self::Json => "json",
            Self::Table => "table",
            Self::Text => "text",
            Self::Other => "other",
        }
    }

    /// What to do where no picture is drawn.
    pub(crate) const fn instead(self) -> &'static str {
        match self {
            Self::Json | Self::Table | Self::Text => "ask for its fields",
            _ => "download it",
        }
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Picture => "a picture",
            Self::Dicom => "a DICOM file",
            Self::Video => "a video",
            Self::Pdf => "a PDF",
            Self::Json => "JSON",
            Self::Table => "a table",
            Self::Text => "text",
            Self::Other => "a file of this kind",
        })
    }
}

/// Whether the bytes begin as UTF-8 without control characters.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // Cut in the middle of a letter, or no text.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
        && (!text.is_empty() || bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_and_words_only_between_texts() {
        assert_eq!(Sort::of(b"\x89PNG\r\n\x1a\n", "text/csv"), Sort::Picture);
        assert_eq!(Sort::of(b"%PDF-1.7\n", ""), Sort::Pdf);
        assert_eq!(Sort::of(b"\0\0\0\x18ftypmp42\0\0\0\0", "image/png"), Sort::Video);
        assert_eq!(Sort::of(b" { \"a\": 1 }", ""), Sort::Json);
        assert_eq!(Sort::of(b"{ not json", "text/plain"), Sort::Text);
        assert_eq!(Sort::of(b"a,b\n1,2\n", "text/csv; charset=utf-8"), Sort::Table);
        assert_eq!(Sort::of(b"a,b\n1,2\n", "text/plain"), Sort::Text);
        assert_eq!(Sort::of(b"", ""), Sort::Text);
        assert_eq!(Sort::of(b"PK\x03\x04aaaa", ""), Sort::Other);
        assert_eq!(Sort::of(&[0xff, 0, 1, 2], "text/plain"), Sort::Other);
    }

    #[test]
    fn a_letter_that_is_cut_is_no_reason() {
        let text = "ü".repeat(LOOKED_AT);
        assert_eq!(Sort::of(text.as_bytes(), ""), Sort::Text);
        assert_eq!(Sort::of(&text.as_bytes()[1..], ""), Sort::Other);
        assert_eq!(Sort::of(format!("x{text}").as_bytes(), ""), Sort::Text);
    }
}
