//! The frames of an `aws-chunked` body, looked at before the signature's reader gets them.
//!
//! Promises: a body whose last frame is missing is broken, never just short; what passes on has frames of at most
//! [`MOST_SIGNED`] bytes, so that a reader which takes in whole frames holds no more; signed frames pass unchanged,
//! unsigned ones are cut to the pieces in which they arrive. Any bytes are passed on or refused, never a panic.
//! Leaves out: signatures and trailers, which `s3s` reads, and whether the content is what was declared.

use bytes::{Bytes, BytesMut};

/// The most bytes of one signed frame. Clients use 64 KiB to 1 MiB.
pub const MOST_SIGNED: u64 = 16 << 20;
/// The longest line before a frame: a size and a signature are about a hundred bytes.
const LONGEST_LINE: usize = 512;
/// The most bytes after the last frame.
const LONGEST_TRAILER: usize = 16 << 10;

/// Whether frames carry signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// Each with its own; they cannot be cut.
    Signed,
    /// None has.
    Unsigned,
}

/// Why the bytes are no `aws-chunked` body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The body ended within a frame, or without the empty one at the end.
    #[error("the body ended before its last chunk")]
    Ended,
    /// What stands before a frame is no size, or what stands after it is no line end.
    #[error("the body is not aws-chunked: a chunk is its size in hex, CRLF, its bytes, CRLF")]
    Malformed,
    /// A signed frame is larger than is held in memory.
    #[error("a signed chunk has more than 16 MiB; use smaller chunks")]
    TooLarge,
}

/// Where in the body the reader is.
#[derive(Debug)]
enum Place {
    Line(BytesMut),
    Data(u64),
    /// After a frame, with so many bytes of its line end seen.
    End(u8),
    Trailer(usize),
}

/// Takes the body in pieces and gives it on in pieces.
#[derive(Debug)]
pub struct Framing {
    frames: Frames,
    place: Place,
}

impl Framing {
    /// At the start of a body.
    pub fn new(frames: Frames) -> Self {
        Self {
            frames,
            place: Place::Line(BytesMut::new()),
        }
    }

    /// Takes the next piece; what is to be passed on is appended to `out`.
    ///
    /// # Errors
    /// [`Broken`]; the body is then over.
    pub fn push(&mut self, mut piece: Bytes, out: &mut Vec<Bytes>) -> Result<(), Broken> {
        while !piece.is_empty() {
            match &mut self.place {
                Place::Line(line) => {
                    let end = piece.iter().position(|byte| *byte == b'\n');
                    let taken = piece.split_to(end.map_or(piece.len(), |end| end + 1));
                    if line.len() + taken.len() > LONGEST_LINE {
                        return Err(Broken::Malformed);
                    }
                    line.extend_from_slice(&taken);
                    if end.is_some() {
                        let line = line.split().freeze();
                        self.begin(line, out)?;
                    }
                }
                Place::Data(left) => {
                    let taken = piece.split_to(usize::try_from(*left).unwrap_or(usize::MAX).min(piece.len()));
                    *left -= taken.len() as u64;
                    if *left == 0 {
                        self.place = Place::End(0);
                    }
                    self.give(taken, out);
                }
                Place::End(seen) => {
                    let taken = piece.split_to(1);
                    let wanted = if *seen == 0 { b'\r' } else { b'\n' };
                    if taken.first() != Some(&wanted) {
                        return Err(Broken::Malformed);
                    }
                    *seen += 1;
                    if *seen == 2 {
                        self.place = Place::Line(BytesMut::new());
                    }
                    if self.frames == Frames::Signed {
                        out.push(taken);
                    }
                }
                Place::Trailer(length) => {
                    *length += piece.len();
                    if *length > LONGEST_TRAILER {
                        return Err(Broken::Malformed);
                    }
                    out.push(std::mem::take(&mut piece));
                }
            }
        }
        Ok(())
    }

    /// Says that the body is over.
    ///
    /// # Errors
    /// [`Broken::Ended`] unless the last frame was seen.
    pub fn finish(&self) -> Result<(), Broken> {
        match self.place {
            Place::Trailer(_) => Ok(()),
            _ => Err(Broken::Ended),
        }
    }

    fn begin(&mut self, line: Bytes, out: &mut Vec<Bytes>) -> Result<(), Broken> {
        let size = size(&line).ok_or(Broken::Malformed)?;
        if self.frames == Frames::Signed && size > MOST_SIGNED {
            return Err(Broken::TooLarge);
        }
        self.place = if size == 0 {
            Place::Trailer(0)
        } else {
            Place::Data(size)
        };
        match self.frames {
            Frames::Signed => out.push(line),
            Frames::Unsigned if size == 0 => out.push(Bytes::from_static(b"0\r\n")),
            Frames::Unsigned => {}
        }
        Ok(())
    }

    fn give(&self, data: Bytes, out: &mut Vec<Bytes>) {
        if self.frames == Frames::Signed {
            return out.push(data);
        }
        out.push(format!("{:x}\r\n", data.len()).into());
        out.push(data);
        out.push(Bytes::from_static(b"\r\n"));
    }
}

/// The size on a line such as `400;chunk-signature=…`.
fn size(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\r\n")?;
    let digits = line.split(|byte| *byte == b';').next()?;
    let fits = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| fits)?;
    u64::from_str_radix(digits, 16).ok()
}

/// The whole of a body at once, in pieces of the given size: what fuzzing feeds.
///
/// # Errors
/// [`Broken`].
pub fn reframe(bytes: &[u8], frames: Frames, piece: usize) -> Result<Vec<u8>, Broken> {
    let (mut framing, mut out) = (Framing::new(frames), Vec::new());
    for piece in bytes.chunks(piece.max(1)) {
        framing.push(Bytes::copy_from_slice(piece), &mut out)?;
    }
    framing.finish()?;
    Ok(out.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The content of an unsigned body, read by hand.
    fn content(mut framed: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        loop {
            let end = framed.windows(2).position(|two| two == b"\r\n").unwrap();
            let size = usize::from_str_radix(std::str::from_utf8(&framed[..end]).unwrap(), 16).unwrap();
            if size == 0 {
                return content;
            }
            content.extend_from_slice(&framed[end + 2..end + 2 + size]);
            framed = &framed[end + 2 + size + 2..];
        }
    }

    fn framed(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut body = Vec::new();
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            body.extend_from_slice(format!("{:X};x=1\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
        body
    }

    #[test]
    fn one_large_unsigned_chunk_is_cut_to_what_arrives() {
        let body = framed(&[vec![b'a'; 100_000]]);
        let cut = reframe(&body, Frames::Unsigned, 1_000).unwrap();
        let longest = cut.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
        assert!(longest.is_some_and(|longest| longest <= 1_002), "{longest:?}");
        assert_eq!(content(&cut), vec![b'a'; 100_000]);
    }

    #[test]
    fn a_body_without_its_last_chunk_is_broken() {
        let body = framed(&[b"hello".to_vec()]);
        let last = body.windows(3).position(|three| three == b"0\r\n").unwrap();
        for end in 0..last {
            assert_eq!(
                reframe(&body[..end], Frames::Unsigned, 7),
                Err(Broken::Ended),
                "{end}"
            );
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for bad in [
            "\r\n",
            "zz\r\n",
            "-1\r\n",
            "+5\r\nhello\r\n",
            "5\nhello",
            "5\r\nhelloXX",
            "1234567890123456\r\n",
        ] {
            assert_eq!(
                reframe(bad.as_bytes(), Frames::Unsigned, 3),
                Err(Broken::Malformed),
                "{bad:?}"
            );
        }
        let large = format!("{:x};chunk-signature=0\r\n", MOST_SIGNED + 1);
        assert_eq!(
            reframe(large.as_bytes(), Frames::Signed, 64),
            Err(Broken::TooLarge)
        );
        let endless = "0".repeat(LONGEST_LINE + 1);
        assert_eq!(
            reframe(endless.as_bytes(), Frames::Signed, 64),
            Err(Broken::Malformed)
        );
    }

    proptest! {
        #[test]
        fn content_comes_through(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8), piece in 1usize..300) {
            let body = framed(&chunks);
            let passed = reframe(&body, Frames::Unsigned, piece).unwrap();
            prop_assert_eq!(content(&passed), chunks.concat());
            prop_assert!(passed.ends_with(b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n"));
            prop_assert_eq!(reframe(&body, Frames::Signed, piece).unwrap(), body);
        }

        #[test]
        fn any_bytes_are_passed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400), piece in 1usize..50) {
            let _ = reframe(&bytes, Frames::Unsigned, piece);
            let _ = reframe(&bytes, Frames::Signed, piece);
        }

        #[test]
        fn changed_bodies_are_passed_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut body = framed(&[b"hello".to_vec(), b"world".to_vec()]);
            let at = at.index(body.len());
            body[at] = byte;
            let _ = reframe(&body, Frames::Unsigned, 3);
        }
    }
}
