#![doc = include_str!("../README.md")]

mod canvas;
mod dicom;
mod elsewhere;
mod encode;
mod excerpt;
mod film;
mod mark;
mod picture;
mod refused;
mod sort;
mod view;

pub use canvas::{Format, Rendered};
pub use elsewhere::{Elsewhere, Film, Nowhere, Pages, Pixels, Tools, maybe_elsewhere};
pub use excerpt::{Excerpt, Field, excerpt};
pub use refused::Refused;
pub use sort::Sort;
pub use view::{Region, Size, View, Window};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How much one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most pixels of a picture, or of one frame.
    pub pixels: u64,
    /// The most bytes that a picture or a frame may have when it is unpacked.
    pub unpacked_bytes: u64,
    /// The longest side of what is drawn, in pixels.
    pub side: u32,
    /// The most bytes of text in one excerpt.
    pub text_bytes: usize,
}

impl Default for Limits {
    /// 128 million pixels, 384 MiB unpacked, 4,096 pixels a side, 64 KiB of text.
    fn default() -> Self {
        Self {
            pixels: 128_000_000,
            unpacked_bytes: 384 << 20,
            side: 4096,
            text_bytes: 64 << 10,
        }
    }
}

/// What a file is, as far as it can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What sort of file.
    pub sort: Sort,
    /// Pixels from left to right, as shown; 0 for what is not drawn.
    pub width: u32,
    /// Pixels from top to bottom, as shown; 0 for what is not drawn.
    pub height: u32,
    /// Frames, or pages; 0 for what is not drawn.
    pub frames: u32,
    /// Of a document, how large its first pages are; they may differ. Empty for all else.
    pub pages: Vec<Size>,
    /// Of a film whose frames have times, how long it is.
    pub duration: Option<Duration>,
    /// What it is that no frame is drawn of, where that is known better than the sort says.
    pub not_drawn: Option<&'static str>,
    /// Why people may be named in the pixels, if they may.
    pub risk: Option<&'static str>,
}

/// What the bytes are. `media_type` is what the client said of them; it decides only between kinds of text.
///
/// # Errors
///
/// When they claim to be something that can be looked at, and are not, or are more of it than the limits allow.
pub fn probe(bytes: &[u8], media_type: &str, limits: &Limits) -> Result<Seen, Refused> {
    guarded(|| {
        let sort = Sort::of(bytes, media_type);
        match sort {
            Sort::Picture => picture::probe(bytes, limits),
            Sort::Dicom => dicom::probe(bytes, limits),
            Sort::Video => film::probe(bytes, limits),
            _ => Ok(Seen {
                sort,
                width: 0,
                height: 0,
                frames: 0,
                pages: Vec::new(),
                duration: None,
                not_drawn: None,
                risk: None,
            }),
        }
    })
}

/// Draws a view of the bytes; of documents and films in H.264 see [`Tools`]. Nothing of the file but pixels is in the result.
///
/// # Errors
///
/// When there is nothing to draw, the view lies outside of it, or it would cost more than the limits allow.
pub fn render(bytes: &[u8], media_type: &str, view: &View, limits: &Limits) -> Result<Rendered, Refused> {
    if view.at.is_some() {
        let problem = "only of films in H.264 a frame is found by its time: ask for one by its number";
        return Err(Refused::outside("at", problem));
    }
    guarded(|| {
        let (drawn, format) = match Sort::of(bytes, media_type) {
            Sort::Picture => picture::draw(bytes, view, limits)?,
            Sort::Dicom => dicom::draw(bytes, view, limits)?,
            Sort::Video => film::draw(bytes, view, limits)?,
            sort => return Err(Refused::NotDrawn { sort }),
        };
        encode::encode(mark::marked(drawn, view.mark.as_deref()), format)
    })
}

/// Decoders of others may panic on what they did not expect. That is the file's fault, and not the end of anything else.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refused::Broken { format: "file" }))
}
