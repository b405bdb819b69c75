//! Pages of PDF documents (ISO 32000), drawn by `hayro`.
//!
//! Promises: a page is drawn on white, at the size that is wanted and only the part that is wanted. Leaves out every bound on memory
//! and time: it is for a process that has bounds of its own, and for nothing else.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use rendering::{Limits, Region, Size, View};

use crate::trouble::Trouble;

/// Pixels to a point when a page is shown as large as it can be: 216 to the inch.
const PIXELS_PER_POINT: f64 = 3.0;

/// The longest side of a page as it is shown, in pixels. Larger pages are shown with fewer pixels to a point.
const SIDE: f64 = 8192.0;

/// A document.
pub(crate) struct Document(Pdf);

/// A part of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// How large it is.
    pub(crate) size: Size,
    /// Red, green and blue of every pixel.
    pub(crate) pixels: Vec<u8>,
}

impl Document {
    /// Reads a document. One that is sealed without a password is opened.
    ///
    /// # Errors
    /// [`Trouble::Broken`] and [`Trouble::Encrypted`].
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Self, Trouble> {
        match Pdf::new(bytes) {
            Ok(pdf) if !pdf.pages().is_empty() => Ok(Self(pdf)),
            Err(LoadPdfError::Decryption(_)) => Err(Trouble::Encrypted),
            Ok(_) | Err(LoadPdfError::Invalid) => Err(Trouble::Broken),
        }
    }

    /// How many pages it has, at least one.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.0.pages().len()).unwrap_or(u32::MAX)
    }

    /// How large the first pages are as they are shown, in pixels; of so many at most.
    ///
    /// # Errors
    /// [`Trouble::Broken`] when one has no size.
    pub(crate) fn sizes(&self, most: usize) -> Result<Vec<Size>, Trouble> {
        let pages = self.0.pages().iter().take(most);
        pages
            .map(|page| Shown::of(page).map(|shown| shown.size))
            .collect()
    }

    /// Draws a part of a page.
    ///
    /// # Errors
    /// [`Trouble::NoSuch`], [`Trouble::NoPart`], and [`Trouble::Broken`] for a page without a size.
    pub(crate) fn draw(&self, view: &View, limits: &Limits) -> Result<Drawn, Trouble> {
        let number = usize::try_from(view.frame).unwrap_or(usize::MAX);
        let pages = self.0.pages();
        let page = pages.get(number).ok_or(Trouble::NoSuch(self.count()))?;
        let shown = Shown::of(page)?;
        let part = view.on(shown.size, limits);
        let (region, size) = part.map_err(|_| Trouble::NoPart(shown.size))?;
        draw(page, shown.scale, region, size).ok_or(Trouble::Broken)
    }
}

/// How a page is shown.
struct Shown {
    /// Pixels to a point.
    scale: f64,
    size: Size,
}

impl Shown {
    fn of(page: &Page<'_>) -> Result<Self, Trouble> {
        let (width, height) = page.render_dimensions();
        let (width, height) = (f64::from(width), f64::from(height));
        if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0) {
            return Err(Trouble::Broken);
        }
        let scale = PIXELS_PER_POINT.min(SIDE / width.max(height));
        let side = |points: f64| ((points * scale).round() as u32).max(1);
        let size = Size {
            width: side(width),
            height: side(height),
        };
        Ok(Self { scale, size })
    }
}

fn draw(page: &Page<'_>, scale: f64, region: Region, size: Size) -> Option<Drawn> {
    let (width, height) = (u16::try_from(size.width).ok()?, u16::try_from(size.height).ok()?);
    let smaller = Affine::scale_non_uniform(
        f64::from(size.width) / f64::from(region.width),
        f64::from(size.height) / f64::from(region.height),
    );
    let moved = Affine::translate((-f64::from(region.x), -f64::from(region.y)));
    let transform = smaller * moved * Affine::scale(scale) * page.initial_transform(true).to_kurbo();
    let mut context = RenderContext::new(width, height);
    let (cache, settings) = (RenderCache::new(), InterpreterSettings::default());
    render_into(
        page,
        &cache,
        &settings,
        &RenderSettings::default(),
        &mut context,
        transform,
    );
    context.flush();
    let mut drawn = Pixmap::new(width, height);
    let on_white = RasterizerSettings {
        target_init: TargetInit::Clear(WHITE),
        ..RasterizerSettings::default()
    };
    context.render_with(&mut drawn, &mut Resources::default(), on_white);
    // White below everything leaves nothing transparent.
    let pixels = drawn
        .data_as_u8_slice()
        .chunks_exact(4)
        .flat_map(|pixel| pixel.iter().take(3).copied());
    Some(Drawn {
        size,
        pixels: pixels.collect(),
    })
}
