//! A stream written from pieces of any size.

use bytes::Bytes;
use kernel::Random;
use zeroize::Zeroizing;

use super::{ChunkSize, HEADER_LEN, StreamSealer, TAG_LEN};
use crate::{Context, Key, Refused};

/// Takes plaintext in pieces as they come and hands out sealed chunks, holding one chunk at most.
///
/// ```
/// # use sealing::{ChunkSize, Context, Key, Refused, Sealing};
/// # fn store(key: &Key, random: &dyn kernel::Random) -> Result<Vec<u8>, Refused> {
/// let (mut sealing, header) = Sealing::new(key, &Context::new("item bytes"), ChunkSize::DEFAULT, random);
/// let mut sealed = header.to_vec();
/// let mut write = |chunk: &[u8]| -> Result<(), Refused> { Ok(sealed.extend_from_slice(chunk)) };
/// sealing.push(b"first piece, ", &mut write)?;
/// sealing.push_shared("second piece".into(), &mut write)?;
/// sealing.finish(&mut write)?;
/// # Ok(sealed) }
/// ```
pub struct Sealing {
    sealer: StreamSealer,
    /// One chunk and its tag. Only the first `waiting` bytes are plaintext that is not sealed yet; a full
    /// chunk waits until it is known whether more follows.
    chunk: Zeroizing<Box<[u8]>>,
    waiting: usize,
    /// A full chunk that waits where it came, and then nothing waits in `chunk`.
    held: Option<Bytes>,
}

impl Sealing {
    /// A new stream, and the header to write before its chunks; see [`StreamSealer::new`].
    pub fn new(
        key: &Key,
        context: &Context,
        chunk_size: ChunkSize,
        random: &dyn Random,
    ) -> (Self, [u8; HEADER_LEN]) {
        let (sealer, header) = StreamSealer::new(key, context, chunk_size, random);
        let chunk = Zeroizing::new(vec![0u8; chunk_size.bytes() + TAG_LEN].into_boxed_slice());
        (
            Self {
                sealer,
                chunk,
                waiting: 0,
                held: None,
            },
            header,
        )
    }

    /// Takes the next piece of plaintext and gives every chunk that became full to `write`, in order.
    /// Whole chunks inside a long piece are sealed without being copied first.
    ///
    /// # Errors
    /// [`Refused::TooLong`], or what `write` failed with. After an error the stream has ended.
    pub fn push<E: From<Refused>>(
        &mut self,
        piece: &[u8],
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.take(piece, false, write)
    }

    /// [`Sealing::push`] for a piece that is shared: a whole chunk at its end, which may be the last, waits
    /// by reference instead of being copied. The bytes are wiped by whoever owns them, if at all.
    ///
    /// # Errors
    /// As [`Sealing::push`].
    pub fn push_shared<E: From<Refused>>(
        &mut self,
        mut piece: Bytes,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let size = self.sealer.chunk_size().bytes();
        let after = (self.waiting + piece.len()) % size;
        if after != 0 || piece.len() < size {
            return self.take(&piece, false, write);
        }
        let whole = piece.split_off(piece.len() - size);
        self.take(&piece, true, write)?;
        self.hand_out_full(write)?;
        self.held = Some(whole);
        Ok(())
    }

    /// Seals what is left as the last chunk. Without this the stream is refused as cut off.
    ///
    /// # Errors
    /// As [`Sealing::push`].
    pub fn finish<E: From<Refused>>(
        mut self,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.held.take() {
            Some(whole) => self.hand_out_piece(&whole, true, write),
            None => self.hand_out(true, write),
        }
    }

    /// Seals all full chunks of the piece; the one at its end only if `more` follows it.
    fn take<E: From<Refused>>(
        &mut self,
        mut piece: &[u8],
        more: bool,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let size = self.sealer.chunk_size().bytes();
        while !piece.is_empty() {
            self.hand_out_full(write)?;
            let (now, later) = piece.split_at(piece.len().min(size - self.waiting));
            if now.len() == size && (more || !later.is_empty()) {
                self.hand_out_piece(now, false, write)?;
            } else {
                self.chunk[self.waiting..self.waiting + now.len()].copy_from_slice(now);
                self.waiting += now.len();
            }
            piece = later;
        }
        Ok(())
    }

    /// Seals the full chunk that waits, if one does, now that it is known not to be the last.
    fn hand_out_full<E: From<Refused>>(
        &mut self,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(whole) = self.held.take() {
            return self.hand_out_piece(&whole, false, write);
        }
        if self.waiting == self.sealer.chunk_size().bytes() {
            return self.hand_out(false, write);
        }
        Ok(())
    }

    /// Seals what waits in the buffer.
    fn hand_out<E: From<Refused>>(
        &mut self,
        last: bool,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = self.waiting + TAG_LEN;
        let (body, rest) = self.chunk.split_at_mut(self.waiting);
        self.waiting = 0;
        let sealed = self.sealer.place(last).and_then(|place| place.seal_slice(body));
        let sealed = sealed.map(|tag| rest[..TAG_LEN].copy_from_slice(&tag));
        self.written(sealed, end, write)
    }

    /// Seals a full chunk from where it lies into the buffer, in which nothing waits.
    fn hand_out_piece<E: From<Refused>>(
        &mut self,
        piece: &[u8],
        last: bool,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = piece.len() + TAG_LEN;
        let place = self.sealer.place(last);
        let sealed = place.and_then(|place| place.seal_into(piece, &mut self.chunk[..end]));
        self.written(sealed, end, write)
    }

    /// Gives out a sealed chunk. One that was not written is a hole: nothing after it may look like a
    /// whole stream, so the stream ends there.
    fn written<E: From<Refused>>(
        &mut self,
        sealed: Result<(), Refused>,
        end: usize,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let written = sealed.map_err(E::from).and_then(|()| write(&self.chunk[..end]));
        if written.is_err() {
            self.sealer.end();
        }
        written
    }
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealing")
            .field("waiting", &self.held.as_ref().map_or(self.waiting, Bytes::len))
            .finish_non_exhaustive()
    }
}
