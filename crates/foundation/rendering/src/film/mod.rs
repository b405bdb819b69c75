//! Films, a frame at a time: motion JPEG in AVI and in QuickTime and MP4. What is H.264 is told apart, and drawn elsewhere.
//!
//! Promises: one frame is found by the tables of the file and decoded, whatever its number; what a table says is held
//! against the file before anything follows from it, and nothing is copied. Sound is not looked at.
//!
//! Leaves out: codecs in which a frame follows from others: they are named. Of frames of two fields,
//! the first field is shown; turns that a film asks for are not made.

mod avi;
mod quicktime;

use image::{DynamicImage, ImageFormat};

use crate::{Format, Limits, Refused, Seen, Sort, View, picture};

/// How QuickTime and MP4 name H.264: its settings stand before all frames, or among them.
const H264: [[u8; 4]; 2] = [*b"avc1", *b"avc3"];

const BROKEN: Refused = Refused::Broken { format: "film" };

/// A film of JPEG frames.
enum Film<'a> {
    Avi(avi::Film<'a>),
    QuickTime(quicktime::Film<'a>),
}

impl<'a> Film<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        if bytes.starts_with(b"RIFF") {
            avi::Film::open(bytes).map(Self::Avi)
        } else if quicktime::is_one(bytes) {
            quicktime::Film::open(bytes).map(Self::QuickTime)
        } else {
            Err(Refused::NotDrawn { sort: Sort::Video })
        }
    }

    fn frames(&self) -> u32 {
        match self {
            Self::Avi(film) => film.frames(),
            Self::QuickTime(film) => film.frames(),
        }
    }

    /// The JPEG of a frame.
    fn frame(&self, number: u32) -> Result<&'a [u8], Refused> {
        let frame = match self {
            Self::Avi(film) => film.frame(number),
            Self::QuickTime(film) => film.frame(number),
        };
        frame
            .filter(|frame| picture::format(frame) == Some(ImageFormat::Jpeg))
            .ok_or(BROKEN)
    }
}

/// How large its first frame is, and how many there are; nothing of either for what is not drawn.
pub(crate) fn probe(bytes: &[u8], limits: &Limits) -> Result<Seen, Refused> {
    let not_drawn = Seen {
        sort: Sort::Video,
        width: 0,
        height: 0,
        frames: 0,
        pages: Vec::new(),
        duration: None,
        not_drawn: None,
        risk: None,
    };
    match Film::open(bytes) {
        Ok(film) if film.frames() > 0 => Ok(Seen {
            sort: Sort::Video,
            frames: film.frames(),
            ..picture::probe(film.frame(0)?, limits)?
        }),
        Ok(_) | Err(Refused::NotDrawn { .. }) => Ok(not_drawn),
        Err(Refused::Unsupported { what }) => Ok(Seen {
            not_drawn: Some(what),
            ..not_drawn
        }),
        Err(refused) => Err(refused),
    }
}

/// Whether the bytes may begin a file that is a film of H.264 somewhere.
pub(crate) fn may_begin_h264(bytes: &[u8]) -> bool {
    quicktime::is_one(bytes)
}

/// Whether it is a film of H.264, in a form of file in which its frames can be found.
pub(crate) fn is_h264(bytes: &[u8]) -> bool {
    quicktime::is_one(bytes) && quicktime::codec(bytes).is_some_and(|codec| H264.contains(&codec))
}

/// The view of one frame.
pub(crate) fn draw(bytes: &[u8], view: &View, limits: &Limits) -> Result<(DynamicImage, Format), Refused> {
    let film = Film::open(bytes)?;
    let frames = film.frames();
    if view.frame >= frames {
        let problem = format!("the film has {frames}, numbered from 0");
        return Err(Refused::outside("frame", problem));
    }
    let frame = film.frame(view.frame)?;
    let still = View {
        frame: 0,
        ..view.clone()
    };
    picture::draw(frame, &still, limits)
}

/// What a film in this codec is, by the four letters that name it; `None` for frames of JPEG.
fn not_drawn(codec: [u8; 4]) -> Option<Refused> {
    let what = match &codec.map(|letter| letter.to_ascii_lowercase()) {
        b"mjpg" | b"jpeg" | b"mjpa" | b"avrn" | b"dmb1" => return None,
        b"avc1" | b"avc3" | b"h264" | b"x264" => "a film in H.264",
        b"hev1" | b"hvc1" | b"hevc" | b"h265" => "a film in H.265",
        b"av01" => "a film in AV1",
        b"vp08" | b"vp09" | b"vp80" | b"vp90" => "a film in VP8 or VP9",
        b"mp4v" | b"xvid" | b"divx" | b"dx50" | b"fmp4" => "a film in MPEG-4",
        _ => "a film in another form than motion JPEG",
    };
    Some(Refused::Unsupported { what })
}

/// Four bytes from here on, the lowest first.
fn little(bytes: &[u8], at: usize) -> Option<u32> {
    let number = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*number))
}

/// Four bytes from here on, the highest first.
fn big(bytes: &[u8], at: usize) -> Option<u32> {
    let number = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*number))
}
