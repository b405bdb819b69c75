//! AVI: chunks in lists (Microsoft's RIFF, and OpenDML for what is larger than a list may be).
//!
//! Promises: chunks are gone through once, from the first to the last, without recursion; the indexes at the end, which may say
//! something else, are not used. Leaves out: films of several pictures; the first stream that holds any is shown.

use super::{BROKEN, little, not_drawn};
use crate::Refused;

/// A chunk: its name and what is in it.
type Chunk<'a> = ([u8; 4], &'a [u8]);

/// An AVI file whose first stream of pictures is JPEG.
pub(super) struct Film<'a> {
    bytes: &'a [u8],
    /// What the chunks of its frames begin with: the number of the stream, in two digits.
    stream: [u8; 2],
    frames: u32,
}

impl<'a> Film<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        let (stream, codec) = first_pictures(bytes).ok_or(BROKEN)?;
        if let Some(refused) = not_drawn(codec) {
            return Err(refused);
        }
        let mut film = Self {
            bytes,
            stream,
            frames: 0,
        };
        film.frames = u32::try_from(film.all().count()).map_err(|_| BROKEN)?;
        Ok(film)
    }

    pub(super) fn frames(&self) -> u32 {
        self.frames
    }

    /// What is in the frame's chunk. An empty one repeats the frame before it.
    pub(super) fn frame(&self, number: u32) -> Option<&'a [u8]> {
        let until = usize::try_from(number).ok()?.checked_add(1)?;
        self.all().take(until).filter(|frame| !frame.is_empty()).last()
    }

    fn all(&self) -> impl Iterator<Item = &'a [u8]> {
        let (stream, chunks) = (self.stream, Chunks::of(self.bytes));
        let is_frame = move |name: [u8; 4]| name[..2] == stream && matches!(&name[2..], b"dc" | b"db");
        chunks.filter_map(move |(name, content)| is_frame(name).then_some(content))
    }
}

/// The number of the first stream that holds pictures, and its codec.
fn first_pictures(bytes: &[u8]) -> Option<([u8; 2], [u8; 4])> {
    let (mut streams, mut is_pictures) = (0_u8, false);
    for (name, content) in Chunks::of(bytes) {
        match &name {
            b"strh" => {
                streams = streams.checked_add(1)?;
                is_pictures = content.starts_with(b"vids");
            }
            // A picture's format begins as a bitmap's: its codec is the fifth number.
            b"strf" if is_pictures => {
                let codec = content.get(16..)?.first_chunk()?;
                let number = streams - 1;
                return Some(([b'0' + number / 10 % 10, b'0' + number % 10], *codec));
            }
            _ => {}
        }
    }
    None
}

/// The chunks of a file that hold no other chunks, in order.
struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Chunks<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        loop {
            let name = *self.rest.first_chunk::<4>()?;
            // A list is entered: what is in it comes next, and then what follows it.
            if matches!(&name, b"RIFF" | b"LIST") {
                self.rest = self.rest.get(12..)?;
                continue;
            }
            let length = usize::try_from(little(self.rest, 4)?).ok()?;
            let content = self.rest.get(8..)?;
            let content = content.get(..length)?;
            self.rest = self.rest.get(8 + length..)?;
            // Chunks begin at even places.
            self.rest = self.rest.get(length % 2..).unwrap_or_default();
            return Some((name, content));
        }
    }
}
