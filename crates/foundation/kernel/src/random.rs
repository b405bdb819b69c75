//! Randomness as an argument.

/// A source of unpredictable bytes, fit for keys.
pub trait Random: Send + Sync {
    /// Fills the slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's randomness"
    )]
    #[allow(
        clippy::panic,
        reason = "a machine without randomness cannot keep anything safe: stopping is the safe answer"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
    }
}
