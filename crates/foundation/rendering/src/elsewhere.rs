//! Pages of documents and frames of films that are drawn elsewhere: their decoders have no bound of their own on memory and time.
//!
//! Promises: what was drawn elsewhere is marked and encoded as a picture is, and is never larger than the limits. Leaves out:
//! where it is drawn, which is whose who implements [`Elsewhere`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use image::{DynamicImage, RgbImage};

use crate::canvas::cut_out;
use crate::view::{Size, cut, turn_of};
use crate::{Format, Limits, Refused, Rendered, Seen, Sort, View, encode, film, guarded, mark};

/// Draws pages of documents and frames of films. Whoever does answers for it that a stranger's file harms nothing else.
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

    /// How many frames a film in H.264 has, how large, and how long it is. It may block as for pages.
    ///
    /// # Errors
    /// When it cannot be read, costs more than is given to one film, or is of a kind that is not drawn.
    fn film(&self, film: &[u8]) -> Result<Film, Refused>;

    /// Draws a view of a frame, by its number or its time. Marks are not its business.
    ///
    /// # Errors
    /// As for [`Elsewhere::film`]; and when the view lies outside of what there is.
    fn frame(&self, film: &[u8], view: &View, limits: &Limits) -> Result<Pixels, Refused>;
}

/// A film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Film {
    /// How many frames, at least one.
    pub frames: u32,
    /// How large they are as they are shown, in pixels.
    pub size: Size,
    /// From the beginning of the first to the end of the last.
    pub duration: Duration,
}

/// The pages of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// How many.
    pub count: u32,
    /// How large the first of them are as they are shown, in pixels.
    pub sizes: Vec<Size>,
}

/// A page or a frame that was drawn.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels(RgbImage);

/// What views are drawn with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// What one view may cost.
    pub limits: Limits,
    /// Who draws pages of documents and frames of films in H.264.
    pub elsewhere: Arc<dyn Elsewhere>,
}

/// Draws nothing.
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

    /// What a view shows of a picture that is turned by so many quarters to the right first.
    ///
    /// # Errors
    /// [`Refused::Outside`] when there is no such part, or no pixel was asked for.
    pub fn shown(self, quarters: u8, view: &View, limits: &Limits) -> Result<Self, Refused> {
        let stored = Size {
            width: self.0.width(),
            height: self.0.height(),
        };
        let cut = cut(view, stored, turn_of(quarters), limits)?;
        cut_out(DynamicImage::ImageRgb8(self.0), &cut).map(|part| Self(part.into_rgb8()))
    }

    /// How large it is.
    pub fn size(&self) -> Size {
        Size {
            width: self.0.width(),
            height: self.0.height(),
        }
    }

    /// Red, green and blue of every pixel.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_raw()
    }
}

/// Whether a file that begins like this is one that may be drawn elsewhere, which takes longer than most.
pub fn maybe_elsewhere(beginning: &[u8]) -> bool {
    match Sort::of(beginning, "") {
        Sort::Pdf => true,
        Sort::Video => film::may_begin_h264(beginning),
        _ => false,
    }
}

/// What is drawn elsewhere.
enum Guest {
    Document,
    Film,
}

impl Guest {
    fn of(bytes: &[u8], media_type: &str) -> Option<Self> {
        match Sort::of(bytes, media_type) {
            Sort::Pdf => Some(Self::Document),
            Sort::Video if film::is_h264(bytes) => Some(Self::Film),
            _ => None,
        }
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

    fn film(&self, _: &[u8]) -> Result<Film, Refused> {
        Err(Refused::NotDrawn { sort: Sort::Video })
    }

    fn frame(&self, _: &[u8], _: &View, _: &Limits) -> Result<Pixels, Refused> {
        Err(Refused::NotDrawn { sort: Sort::Video })
    }
}

impl Tools {
    /// These limits, and nobody else who draws.
    pub fn alone(limits: Limits) -> Self {
        Self {
            limits,
            elsewhere: Arc::new(Nowhere),
        }
    }

    /// As [`crate::probe`]; and of a document its pages, of a film in H.264 its frames.
    ///
    /// # Errors
    /// As [`crate::probe`], [`Elsewhere::pages`] and [`Elsewhere::film`].
    pub fn probe(&self, bytes: &[u8], media_type: &str) -> Result<Seen, Refused> {
        let seen = crate::probe(bytes, media_type, &self.limits)?;
        let told = match Guest::of(bytes, media_type) {
            Some(Guest::Document) => self.probe_document(bytes, &seen),
            Some(Guest::Film) => self.probe_film(bytes, &seen),
            None => return Ok(seen),
        };
        match told {
            // There is nothing to see of it.
            Err(Refused::NotDrawn { .. }) => Ok(seen),
            Err(Refused::Unsupported { what }) => Ok(Seen {
                not_drawn: Some(what),
                ..seen
            }),
            told => told,
        }
    }

    fn probe_document(&self, bytes: &[u8], seen: &Seen) -> Result<Seen, Refused> {
        let pages = self.elsewhere.pages(bytes)?;
        let first = pages.sizes.first().ok_or(Refused::Broken { format: "PDF" })?;
        Ok(Seen {
            width: first.width,
            height: first.height,
            frames: pages.count,
            pages: pages.sizes,
            ..seen.clone()
        })
    }

    fn probe_film(&self, bytes: &[u8], seen: &Seen) -> Result<Seen, Refused> {
        let film = self.elsewhere.film(bytes)?;
        Ok(Seen {
            width: film.size.width,
            height: film.size.height,
            frames: film.frames,
            duration: Some(film.duration),
            not_drawn: None,
            ..seen.clone()
        })
    }

    /// Why people may be named in the pixels of it. Nothing says so of a document or a film.
    ///
    /// # Errors
    /// As [`crate::probe`].
    pub fn risk(&self, bytes: &[u8], media_type: &str) -> Result<Option<&'static str>, Refused> {
        crate::probe(bytes, media_type, &self.limits).map(|seen| seen.risk)
    }

    /// As [`crate::render`]; and of a document the page, of a film in H.264 the frame that the view names.
    ///
    /// # Errors
    /// As [`crate::render`], [`Elsewhere::page`] and [`Elsewhere::frame`].
    pub fn render(&self, bytes: &[u8], media_type: &str, view: &View) -> Result<Rendered, Refused> {
        let unmarked = View {
            mark: None,
            ..view.clone()
        };
        let (pixels, format) = match Guest::of(bytes, media_type) {
            None => return crate::render(bytes, media_type, view, &self.limits),
            Some(Guest::Document) if view.at.is_some() => {
                return Err(Refused::outside("at", "a document has pages and no times"));
            }
            Some(Guest::Document) => {
                let page = self.elsewhere.page(bytes, &unmarked, &self.limits)?;
                let format = Format::of_exact(page.size());
                (page, format)
            }
            Some(Guest::Film) => {
                let frame = self.elsewhere.frame(bytes, &unmarked, &self.limits)?;
                (frame, Format::Jpeg)
            }
        };
        guarded(|| {
            let drawn = mark::marked(DynamicImage::ImageRgb8(pixels.0), view.mark.as_deref());
            encode::encode(drawn, format)
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

        fn film(&self, _: &[u8]) -> Result<Film, Refused> {
            Ok(Film {
                frames: 30,
                size: SIZE,
                duration: Duration::from_secs(3),
            })
        }

        fn frame(&self, film: &[u8], view: &View, limits: &Limits) -> Result<Pixels, Refused> {
            self.page(film, view, limits)
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

    /// The boxes of a film, as far as they say how its pictures are coded.
    fn film_in(codec: &[u8; 4]) -> Vec<u8> {
        let within = |name: &[u8; 4], content: &[u8]| {
            let length = (content.len() as u32 + 8).to_be_bytes();
            [&length[..], name, content].concat()
        };
        let entry = within(codec, &[0; 78]);
        let table = within(
            b"stbl",
            &within(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1], &entry[..]].concat()),
        );
        let pictures = within(b"hdlr", b"\0\0\0\0\0\0\0\0vide\0\0\0\0");
        let media = within(b"mdia", &[pictures, within(b"minf", &table)].concat());
        let track = within(b"moov", &within(b"trak", &media));
        [within(b"ftyp", b"isom\0\0\0\0isom"), track].concat()
    }

    #[test]
    fn films_are_told_where_somebody_draws_them() {
        for codec in [b"avc1", b"avc3"] {
            let film = film_in(codec);
            assert!(maybe_elsewhere(&film));
            let seen = tools().probe(&film, "").unwrap();
            let duration = Some(Duration::from_secs(3));
            assert_eq!((seen.frames, seen.width, seen.duration), (30, 2, duration));
            assert_eq!(seen.not_drawn, None);
            let seen = Tools::alone(Limits::default()).probe(&film, "").unwrap();
            assert_eq!((seen.frames, seen.not_drawn), (0, Some("a film in H.264")));
        }
        let other = tools().probe(&film_in(b"hvc1"), "").unwrap();
        assert_eq!((other.frames, other.not_drawn), (0, Some("a film in H.265")));
        let refused = tools().render(&film_in(b"hvc1"), "", &View::default());
        assert_eq!(
            refused,
            Err(Refused::Unsupported {
                what: "a film in H.265"
            })
        );
    }

    #[test]
    fn only_films_have_times() {
        let at = View {
            at: Some(Duration::from_secs(1)),
            ..View::default()
        };
        assert!(tools().render(&film_in(b"avc1"), "", &at).is_ok());
        for other in [&b"%PDF-1.7\n"[..], b"\x89PNG\r\n\x1a\n", &film_in(b"jpeg")] {
            let refused = tools().render(other, "", &at);
            assert!(
                matches!(refused, Err(Refused::Outside { field: "at", .. })),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn a_page_and_a_frame_are_marked_as_a_picture_is() {
        for file in [b"%PDF-1.7\n".to_vec(), film_in(b"avc1")] {
            let draw = |mark: Option<&str>| {
                let view = View {
                    mark: mark.map(str::to_owned),
                    ..View::default()
                };
                let drawn = tools().render(&file, "", &view).unwrap();
                image::load_from_memory(&drawn.bytes).unwrap().to_luma8()
            };
            let grey = |picture: &image::GrayImage| {
                picture
                    .pixels()
                    .filter(|pixel| pixel.0[0].abs_diff(128) < 3)
                    .count()
            };
            let (plain, marked) = (draw(None), draw(Some("Wanda 7b8c9d0e 2023-11-14 22:13 UTC")));
            assert_eq!(grey(&plain), 400 * 300);
            assert!(grey(&marked) < 400 * 300, "nothing is drawn over it");
        }
    }
}
