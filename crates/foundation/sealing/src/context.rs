//! What sealed bytes are bound to besides their key.

use crate::primitive::frame;

/// Associated data in one canonical form: a purpose word and parts, each with its length before it.
///
/// Put in everything that says which place the bytes belong to: tenant, parent, purpose, version. Bytes
/// moved to any other place are refused there. A context is not secret and is not stored with the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context(Vec<u8>);

impl Context {
    /// A context for one purpose; a fixed word from the code, such as `"item key"`.
    pub fn new(purpose: &str) -> Self {
        let mut bytes = Vec::with_capacity(160);
        frame(&mut bytes, b"bailee/v1/context");
        frame(&mut bytes, purpose.as_bytes());
        Self(bytes)
    }

    /// The same context with one more part. Order counts, and an empty part is a part.
    #[must_use]
    pub fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        frame(&mut self.0, part.as_ref());
        self
    }

    /// The canonical bytes (`docs/formats/sealing.md`, "Context").
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_borders() {
        let base = Context::new("item key");
        assert_ne!(
            base.clone().with("ab").with("c"),
            base.clone().with("a").with("bc")
        );
        assert_ne!(base.clone(), base.clone().with(""));
        assert_ne!(Context::new("a").with("b"), Context::new("b").with("a"));
        assert_eq!(base.clone().with("tenant"), base.with(b"tenant"));
    }
}
