//! DICOM images (PS3.3, C.7.6.3; PS3.5, 8): frames, windows, colours.
//!
//! Promises: only what describes pixels is read, and only pixels come out; overlays that hide in unused bits stay hidden;
//! shapes are held against the limits before anything is unpacked. Stored as they are, by run length (RLE), JPEG
//! (baseline and lossless), JPEG-LS and JPEG 2000.
//!
//! Leaves out: JPEG XL, films, floating point numbers, presentation states and overlays.

mod color;
mod compressed;
mod frames;
mod jpeg_ls;
mod native;
mod rle;
mod shape;
mod tone;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use redaction::dicom::{File, Image};

use self::shape::{Photometric, Shape};
use crate::canvas::cut_out;
use crate::view::{Size, cut};
use crate::{Format, Limits, Refused, Seen, Sort, View};

/// What a file may hold beside its pixels.
const STRUCTURE: redaction::Limits = redaction::Limits {
    depth: 32,
    elements: 1_000_000,
    unpacked_bytes: 256 << 20,
    findings: 0,
};

/// The samples of one frame.
enum Samples {
    /// One value a pixel.
    Values(Vec<i32>),
    /// Red, green and blue, eight bits each.
    Colors(Vec<u8>),
}

/// How large the frames are, how many, and whether people may be named in them.
pub(crate) fn probe(bytes: &[u8], limits: &Limits) -> Result<Seen, Refused> {
    let file = File::open(bytes, &STRUCTURE)?;
    let image = file.image(&STRUCTURE)?;
    let seen = Seen {
        sort: Sort::Dicom,
        width: 0,
        height: 0,
        frames: 0,
        pages: Vec::new(),
        duration: None,
        not_drawn: None,
        risk: image.suspicion,
    };
    if image.pixels.is_none() {
        return Ok(seen);
    }
    let shape = Shape::of(&image, limits)?;
    Ok(Seen {
        width: shape.columns,
        height: shape.rows,
        frames: shape.frames,
        pages: Vec::new(),
        duration: None,
        not_drawn: None,
        ..seen
    })
}

/// The view of a frame.
pub(crate) fn draw(bytes: &[u8], view: &View, limits: &Limits) -> Result<(DynamicImage, Format), Refused> {
    let file = File::open(bytes, &STRUCTURE)?;
    let image = file.image(&STRUCTURE)?;
    let shape = Shape::of(&image, limits)?;
    if view.frame >= shape.frames {
        let problem = format!("choose one of the {} there are, from 0", shape.frames);
        return Err(Refused::outside("frame", problem));
    }
    let size = Size {
        width: shape.columns,
        height: shape.rows,
    };
    let cut = cut(view, size, Orientation::NoTransforms, limits)?;
    let frame = whole(&image, &shape, view)?;
    let format = match shape.photometric {
        Photometric::Color | Photometric::Ybr => Format::of_exact(size),
        _ => Format::Png,
    };
    Ok((cut_out(frame, &cut)?, format))
}

fn whole(image: &Image<'_>, shape: &Shape, view: &View) -> Result<DynamicImage, Refused> {
    let number = view.frame as usize;
    let samples = samples(image, shape, number)?;
    let (columns, rows) = (shape.columns, shape.rows);
    let broken = Refused::Broken {
        format: "DICOM image",
    };
    let drawn = match (samples, shape.photometric) {
        (Samples::Colors(colors), _) => {
            RgbImage::from_raw(columns, rows, colors).map(DynamicImage::ImageRgb8)
        }
        (Samples::Values(values), Photometric::Palette) => {
            let colors = color::by_palette(image, &values)?;
            RgbImage::from_raw(columns, rows, colors).map(DynamicImage::ImageRgb8)
        }
        (Samples::Values(values), _) => {
            let tones = tone::tones(image, shape, number, view.window, &values);
            GrayImage::from_raw(columns, rows, tones).map(DynamicImage::ImageLuma8)
        }
    };
    drawn.ok_or(broken)
}

fn samples(image: &Image<'_>, shape: &Shape, number: usize) -> Result<Samples, Refused> {
    let frame = frames::find(image, shape, number)?;
    match compressed::Coding::of(image.syntax)? {
        compressed::Coding::Native => native::samples(&frame, number, shape, image.is_big_endian()),
        compressed::Coding::RunLength => {
            native::samples(&rle::unpack(&frame, shape)?, 0, &shape.unpacked(), false)
        }
        compressed::Coding::Jpeg => compressed::jpeg(&frame, shape),
        compressed::Coding::JpegLs => compressed::jpeg_ls(&frame, shape),
        compressed::Coding::Jpeg2000 => compressed::jpeg_2000(&frame, shape),
    }
}
