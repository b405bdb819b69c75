//! The made data: files and records of people who do not exist, the same at every start.
//!
//! Promises: every file is a valid one of its kind, some are larger than a megabyte, and each holds telling bytes that can be
//! looked for ([`Piece::marker`]). Leaves out: any likeness to real people or companies.

mod conversations;
mod dicom;
mod noise;
mod pdf;
mod people;
mod pictures;
mod png;

pub(super) use people::CUSTOMERS;

/// Names that the story uses.
pub(super) const SCAN: &str = "case-0001/axial-01.dcm";
pub(super) const PHOTOS: &str = "batch-07/";
pub(super) const PERSON: &str = "person-0001.json";
pub(super) const CONVERSATION: &str = "session-0001.json";
pub(super) const LICENCE: &str = "check-0001/driving-licence.pdf";
pub(super) const PASSPORT: &str = "check-0002/passport.pdf";

/// One made file or record.
pub(super) struct Piece {
    /// Whose it is.
    pub(super) slug: &'static str,
    pub(super) dataset: &'static str,
    pub(super) name: String,
    pub(super) media: &'static str,
    /// Whether it is kept as a record.
    pub(super) record: bool,
    /// The tenant's own handle for the one person that it is about.
    pub(super) subject: Option<String>,
    pub(super) bytes: Vec<u8>,
    /// Whether the story needs it.
    pub(super) used: bool,
}

impl Piece {
    fn file(
        slug: &'static str,
        dataset: &'static str,
        name: impl Into<String>,
        media: &'static str,
        bytes: Vec<u8>,
    ) -> Self {
        let name = name.into();
        let used = [SCAN, PERSON, CONVERSATION, LICENCE, PASSPORT].contains(&name.as_str())
            || name.starts_with(PHOTOS);
        Self {
            slug,
            dataset,
            name,
            media,
            record: false,
            subject: None,
            bytes,
            used,
        }
    }

    fn about(self, subject: String) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    /// Telling bytes from the middle of the content, to be looked for where they must not be.
    pub(super) fn marker(&self) -> &[u8] {
        const LENGTH: usize = 24;
        let telling = |window: &&[u8]| {
            let mut seen = window.to_vec();
            seen.sort_unstable();
            seen.dedup();
            seen.len() >= 10
        };
        let middle = self.bytes.get(self.bytes.len() / 2..).unwrap_or_default();
        middle.windows(LENGTH).find(telling).unwrap_or(middle)
    }
}

/// Forty pieces for four companies.
pub(super) fn everything() -> Vec<Piece> {
    let mut pieces = pictures::scans();
    pieces.extend(pictures::photographs());
    pieces.extend(people::customers());
    pieces.push(people::survey());
    pieces.extend(conversations::conversations());
    pieces.extend(people::papers());
    pieces
}

/// An e-mail address of the person whose record is [`PERSON`].
pub(super) fn someones_address() -> String {
    people::address(0)
}

/// The handle of the person whose record is [`PERSON`].
pub(super) fn someones_handle() -> String {
    people::handle(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_forty_pieces_some_of_them_large_and_each_with_a_name_of_its_own() {
        let pieces = everything();
        let names: BTreeSet<_> = pieces.iter().map(|piece| (piece.dataset, &piece.name)).collect();
        assert_eq!((pieces.len(), names.len()), (40, 40));
        assert!(pieces.iter().filter(|piece| piece.bytes.len() > 1 << 20).count() >= 3);
    }

    #[test]
    fn what_the_story_uses_is_there() {
        let pieces = everything();
        let used = |slug: &str| {
            pieces
                .iter()
                .filter(|piece| piece.used && piece.slug == slug)
                .count()
        };
        assert_eq!(
            [
                used("northlight"),
                used("kindred"),
                used("parley"),
                used("veridian")
            ],
            [5, 1, 1, 2]
        );
    }

    #[test]
    fn every_piece_has_telling_bytes_of_its_content() {
        for piece in everything() {
            let marker = piece.marker();
            assert_eq!(marker.len(), 24, "{}", piece.name);
            assert!(
                piece.bytes.windows(24).any(|window| window == marker),
                "{}",
                piece.name
            );
        }
    }
}
