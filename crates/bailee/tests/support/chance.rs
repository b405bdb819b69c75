//! Chance that can be repeated: everything random in a test comes from a seed, which a failure prints.

use kernel::Random as _;

/// SplitMix64 (Steele, Lea, Flood 2014): small, quick, and good enough to choose by.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The chance of this seed.
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// From the environment variable, to repeat a failure, or from the system; printed in either case.
    pub fn printed(variable: &str) -> Self {
        let seed = std::env::var(variable)
            .ok()
            .map(|seed| seed.parse().expect("the seed is a number"));
        let seed = seed.unwrap_or_else(|| {
            let mut bytes = [0; 8];
            kernel::SystemRandom.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        });
        println!("{variable}={seed}");
        Self(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number from `start` to below `end`.
    pub fn between(&mut self, start: u64, end: u64) -> u64 {
        start + self.below(end - start)
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// A further source that does not disturb this one.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }
}

/// Bytes that nobody can have made by accident, always the same for a seed.
pub fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut chance = Chance::of(seed);
    let mut made = Vec::with_capacity(length + 8);
    while made.len() < length {
        made.extend_from_slice(&chance.next().to_le_bytes());
    }
    made.truncate(length);
    made
}
