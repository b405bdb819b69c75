//! A hash of what a check looked at, so that two results can be told to be about the same.

use aws_lc_rs::digest::{Context, SHA256};

/// Collects what was looked at, piece by piece, in order.
pub(crate) struct Inputs(Context);

impl Inputs {
    /// Of the check of this name.
    pub(crate) fn of(check: &str) -> Self {
        let mut inputs = Self(Context::new(&SHA256));
        inputs.add(check);
        inputs
    }

    /// One piece; its length goes in as well, so that pieces cannot run into each other.
    pub(crate) fn add(&mut self, piece: impl AsRef<[u8]>) {
        let piece = piece.as_ref();
        self.0.update(&(piece.len() as u64).to_be_bytes());
        self.0.update(piece);
    }

    /// The hash.
    pub(crate) fn hash(self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.0.finish().as_ref());
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_run_into_each_other() {
        let hash = |pieces: &[&str]| {
            let mut inputs = Inputs::of("it");
            pieces.iter().for_each(|piece| inputs.add(piece));
            inputs.hash()
        };
        assert_eq!(hash(&["a", "bc"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a", "bc"]), hash(&["ab", "c"]));
    }
}
