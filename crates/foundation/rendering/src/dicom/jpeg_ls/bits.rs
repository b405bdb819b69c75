//! Single bits of a scan (T.87, A.1 and C.1).
//!
//! Promises: never reads into the marker that ends a scan. Leaves out: what bits mean.

use super::Unreadable;

/// Bits from the highest of a byte to its lowest. Behind a byte of ones, the next byte has seven.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
    after_ones: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            held: 0,
            count: 0,
            after_ones: false,
        }
    }

    /// The next bits, at most 32, as a number.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Unreadable> {
        while self.count < count {
            self.fill()?;
        }
        self.count -= count;
        let taken = (self.held >> self.count) & ((1 << count) - 1);
        Ok(taken as u32)
    }

    /// How many zeros come before the next one, which is passed. More than `most` are refused.
    pub(super) fn zeros(&mut self, most: u32) -> Result<u32, Unreadable> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > most {
                return Err(Unreadable);
            }
        }
        Ok(zeros)
    }

    /// What follows the scan: from the next marker on.
    pub(super) fn rest(&self) -> &'a [u8] {
        let from = self.at.saturating_sub(1);
        let behind = &self.bytes[from.min(self.bytes.len())..];
        let marker = behind.windows(2).position(|two| two[0] == 0xFF && two[1] >= 0x80);
        marker.map_or(&[], |place| &behind[place..])
    }

    fn fill(&mut self) -> Result<(), Unreadable> {
        let byte = *self.bytes.get(self.at).ok_or(Unreadable)?;
        // A byte of ones with a high bit behind it is a marker.
        let marks = self.after_ones && byte >= 0x80;
        let begins_marker = byte == 0xFF && self.bytes.get(self.at + 1).is_none_or(|&next| next >= 0x80);
        if marks || begins_marker {
            return Err(Unreadable);
        }
        let width = if self.after_ones { 7 } else { 8 };
        self.held = self.held << width | u64::from(byte);
        self.count += width;
        self.after_ones = byte == 0xFF;
        self.at += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_byte_of_ones_comes_a_byte_of_seven() {
        let mut bits = Bits::new(&[0xFF, 0b0101_0101, 0x80, 0xFF, 0xD9]);
        assert_eq!(bits.take(8), Ok(0xFF));
        assert_eq!(bits.take(7), Ok(0b101_0101));
        assert_eq!(bits.zeros(9), Ok(0));
        assert_eq!(bits.take(7), Ok(0));
        assert_eq!(bits.take(1), Err(Unreadable));
        assert_eq!(bits.rest(), [0xFF, 0xD9]);
    }
}
