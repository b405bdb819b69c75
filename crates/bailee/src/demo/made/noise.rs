//! Numbers that look random and are the same at every start, so that made files are.

/// Xorshift64*: fast, and no more than that. Nothing secret comes from it.
#[derive(Debug, Clone)]
pub(super) struct Noise(u64);

impl Noise {
    /// A sequence of its own for each seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// The next number below a limit that is not zero.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }

    /// One of these.
    pub(super) fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let at = self.below(choices.len().max(1) as u64) as usize;
        choices.get(at).copied().unwrap_or_default()
    }
}
