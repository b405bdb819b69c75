//! Directories (PS3.3, F): records that point at each other by their offset in the file.
//!
//! Promises: every pointer of the new file is to where its record went; a pointer to nowhere is refused. Leaves out:
//! the names of the files a directory lists, which are the caller's to choose; identifiers in them are found by the
//! search.

use std::collections::HashMap;

use super::reader::Header;
use super::refused::Refused;
use super::syntax::Encoding;
use super::writer::Writer;

/// Where records went, and which pointers are still to be written.
#[derive(Debug, Default)]
pub(super) struct Directory {
    moved: HashMap<u32, u32>,
    pointers: Vec<(usize, u32, Encoding)>,
}

impl Directory {
    /// Whether an element points to a record: the first, last, next and lower one, and the one with several references.
    pub(super) fn is_pointer(header: &Header) -> bool {
        let is_named = matches!(
            header.tag.0,
            0x0004_1200 | 0x0004_1202 | 0x0004_1400 | 0x0004_1420 | 0x0004_1504
        );
        is_named && header.length == Some(4)
    }

    /// A record that began at `old` now begins at `new`.
    pub(super) fn record(&mut self, old: usize, new: usize) -> Result<(), Refused> {
        let offset = |at: usize| u32::try_from(at).map_err(|_| Refused::TooLong);
        self.moved.insert(offset(old)?, offset(new)?);
        Ok(())
    }

    /// The four bytes at `at` of the new file point to what was at `old`.
    pub(super) fn pointer(&mut self, at: usize, old: u32, encoding: Encoding) {
        if old != 0 {
            self.pointers.push((at, old, encoding));
        }
    }

    /// Writes all pointers.
    pub(super) fn settle(self, writer: &mut Writer) -> Result<(), Refused> {
        for (at, old, encoding) in self.pointers {
            let new = self.moved.get(&old).ok_or(Refused::Directory)?;
            writer.overwrite(at, encoding.u32_bytes(*new));
        }
        Ok(())
    }
}
