//! Pages of a listing by key set: a cursor says after what, never how many were skipped.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

/// A cursor that this server did not give out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: pass on `next` from the page before as it was, or leave it out to start again")]
pub struct BadCursor;

/// The key of the last row of a page, as opaque text for clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Vec<u8>);

impl Cursor {
    /// A cursor after the row with this key.
    pub fn after(key: &[u8]) -> Self {
        Self(key.to_vec())
    }

    /// The key of the last row of the page before.
    pub fn key(&self) -> &[u8] {
        &self.0
    }

    /// Reads what [`Cursor::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, BadCursor> {
        if text.len() > 512 {
            return Err(BadCursor);
        }
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(|_| BadCursor)
    }

    /// Text that is safe in a URL.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many rows, 1 to [`PageRequest::MAX`].
    pub limit: u32,
    /// After this cursor, or from the start.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The most rows that one page holds.
    pub const MAX: u32 = 1_000;

    /// A request for the first `limit` rows, held within 1 and [`PageRequest::MAX`].
    pub fn first(limit: u32) -> Self {
        Self {
            limit: limit.clamp(1, Self::MAX),
            after: None,
        }
    }
}

/// Some rows, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Pass this as `after` for the next page; absent on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Builds a page from up to `limit + 1` rows: the extra row only tells that there is a next page.
    pub fn from_rows(mut rows: Vec<T>, limit: u32, key: impl Fn(&T) -> Vec<u8>) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|last| Cursor(key(last)));
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extra_row_makes_the_next_cursor() {
        let page = Page::from_rows(vec![1u8, 2, 3], 2, |row| vec![*row]);
        assert_eq!(page.items, [1, 2]);
        let next = page.next.unwrap();
        assert_eq!(Cursor::from_text(&next.to_text()).unwrap().key(), [2]);
        assert_eq!(Page::from_rows(vec![1u8, 2], 2, |row| vec![*row]).next, None);
    }

    #[test]
    fn foreign_text_is_no_cursor() {
        assert_eq!(Cursor::from_text("not base64!"), Err(BadCursor));
        assert_eq!(Cursor::from_text(&"A".repeat(600)), Err(BadCursor));
    }
}
