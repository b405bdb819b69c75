//! Documents, whose pages are drawn elsewhere: their decoders have no bound of their own on memory and time.
//!
//! Promises: a page that was drawn elsewhere is marked and encoded as a picture is, and is never larger than the limits. Leaves out:
//! where pages are drawn, which is whose who implements [`Elsewhere`].

use std::fmt;
use std::sync::Arc;

use image::{DynamicImage, RgbImage};

use crate::view::Size;
use crate::{Format, Limits, Refused, Rendered, Seen, Sort, View, encode, guarded, mark};

/// Draws pages of documents. Whoever does answers for it that a stranger's document harms nothing else.
pub trait Elsewhere: Send + Sync + fmt::Debug {
    /// How many pages there are, and how large. It may block for as long as its own bounds let it.
    ///
    /// # Errors
    /// When it cannot be read, or costs more than is given to one document.
    fn pages(&self, document: &[u8]) -> Result<Pages, Refused>;

    /// Draws a view of a page, which is the view's frame. Marks are not its business.
    ///
    /// # Errors
    /// As for [`Elsewhere::pages`]; and when the view lies outside of what there is.
    fn page(&self, document: &[u8], view: &View, limits: &Limits) -> Result<Pixels, Refused>;
}

/// The pages of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// How many.
    pub count: u32,
    /// How large the first of them are as they are shown, in pixels.
    pub sizes: Vec<Size>,
}

/// A page that was drawn.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels(RgbImage);

/// What views are drawn with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// What one view may cost.
    pub limits: Limits,
    /// Who draws pages of documents.
    pub elsewhere: Arc<dyn Elsewhere>,
}

/// Draws no documents.
#[derive(Debug, Clone, Copy)]
pub struct Nowhere;

impl Pixels {
    /// Pixels of three bytes each; nothing when there are more or fewer than the size says.
    pub fn new(size: Size, pixels: Vec<u8>) -> Option<Self> {
        let wanted = u128::from(size.width) * u128::from(size.height) * 3;
        (wanted == pixels.len() as u128)
            .then(|| RgbImage::from_raw(size.width, size.height, pixels))
            .flatten()
            .map(Self)
    }
}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({} by {})", self.0.width(), self.0.height())
    }
}

impl Elsewhere for Nowhere {
    fn pages(&self, _: &[u8]) -> Result<Pages, Refused> {
        Err(Refused::NotDrawn { sort: Sort::Pdf })
    }

    fn page(&self, _: &[u8], _: &View, _: &Limits) -> Result<Pixels, Refused> {
        Err(Refused::NotDrawn { sort: Sort::Pdf })
    }
}

impl Tools {
    /// These limits, and nobody who draws documents.
    pub fn alone(limits: Limits) -> Self {
        Self {
            limits,
            elsewhere: Arc::new(Nowhere),
        }
    }

    /// As [`crate::probe`], and of a document its pages.
    ///
    /// # Errors
    /// As [`crate::probe`] and [`Elsewhere::pages`].
    pub fn probe(&self, bytes: &[u8], media_type: &str) -> Result<Seen, Refused> {
        let seen = crate::probe(bytes, media_type, &self.limits)?;
        if seen.sort != Sort::Pdf {
            return Ok(seen);
        }
        let pages = match self.elsewhere.pages(bytes) {
            // As for films of which no frame is drawn: there is nothing to see of it.
            Err(Refused::NotDrawn { .. }) => return Ok(seen),
            pages => pages?,
        };
        let first = pages.sizes.first().ok_or(Refused::Broken { format: "PDF" })?;
        Ok(Seen {
            width: first.width,
            height: first.height,
            frames: pages.count,
            pages: pages.sizes,
            ..seen
        })
    }

    /// Why people may be named in the pixels of it. Nothing says so of a document.
    ///
    /// # Errors
    /// As [`crate::probe`].
    pub fn risk(&self, bytes: &[u8], media_type: &str) -> Result<Option<&'static str>, Refused> {
        crate::probe(bytes, media_type, &self.limits).map(|seen| seen.risk)
    }

    /// As [`crate::render`], and of a document the page that the view's frame names.
    ///
    /// # Errors
    /// As [`crate::render`] and [`Elsewhere::page`].
    pub fn render(&self, bytes: &[u8], media_type: &str, view: &View) -> Result<Rendered, Refused> {
        if Sort::of(bytes, media_type) != Sort::Pdf {
            return crate::render(bytes, media_type, view, &self.limits);
        }
        let unmarked = View {
            mark: None,
            ..view.clone()
        };
        let Pixels(page) = self.elsewhere.page(bytes, &unmarked, &self.limits)?;
        guarded(|| {
            let size = Size {
                width: page.width(),
                height: page.height(),
            };
            let drawn = mark::marked(DynamicImage::ImageRgb8(page), view.mark.as_deref());
            encode::encode(drawn, Format::of_exact(size))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 2, height: 3 };

    /// Draws every page grey, as large as it says.
    #[derive(Debug)]
    struct Grey;

    impl Elsewhere for Grey {
        fn pages(&self, _: &[u8]) -> Result<Pages, Refused> {
            let sizes = vec![SIZE; 2];
            Ok(Pages { count: 7, sizes })
        }

        fn page(&self, _: &[u8], view: &View, _: &Limits) -> Result<Pixels, Refused> {
            assert_eq!(view.mark, None, "a mark is no business of who draws");
            Ok(Pixels(RgbImage::from_pixel(400, 300, image::Rgb([128; 3]))))
        }
    }

    fn tools() -> Tools {
        Tools {
            limits: Limits::default(),
            elsewhere: Arc::new(Grey),
        }
    }

    #[test]
    fn a_page_has_the_pixels_it_says() {
        assert!(Pixels::new(SIZE, vec![0; 18]).is_some());
        assert_eq!(Pixels::new(SIZE, vec![0; 17]), None);
        let (width, height) = (u32::MAX, u32::MAX);
        assert_eq!(Pixels::new(Size { width, height }, vec![0; 3]), None);
    }

    #[test]
    fn pages_are_told_where_somebody_draws_them() {
        let seen = tools().probe(b"%PDF-1.7\n", "").unwrap();
        assert_eq!((seen.frames, seen.width, seen.height), (7, 2, 3));
        assert_eq!(seen.pages, [SIZE; 2]);
        let none = Tools::alone(Limits::default());
        let seen = none.probe(b"%PDF-1.7\n", "").unwrap();
        assert_eq!((seen.sort, seen.frames), (Sort::Pdf, 0));
        let refused = none.render(b"%PDF-1.7\n", "", &View::default());
        assert_eq!(refused, Err(Refused::NotDrawn { sort: Sort::Pdf }));
    }

    #[test]
    fn a_page_is_marked_as_a_picture_is() {
        let draw = |mark: Option<&str>| {
            let view = View {
                mark: mark.map(str::to_owned),
                ..View::default()
            };
            let drawn = tools().render(b"%PDF-1.7\n", "", &view).unwrap();
            image::load_from_memory(&drawn.bytes).unwrap().to_luma8()
        };
        let grey = |picture: &image::GrayImage| picture.pixels().filter(|pixel| pixel.0 == [128]).count();
        let (plain, marked) = (draw(None), draw(Some("Wanda 7b8c9d0e 2023-11-14 22:13 UTC")));
        assert_eq!(grey(&plain), 400 * 300);
        assert!(grey(&marked) < 400 * 300, "nothing is drawn over it");
    }
}
