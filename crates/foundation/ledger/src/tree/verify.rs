//! Verification of proofs, step by step as RFC 9162 writes it.

use crate::Hash;

/// A proof that does not prove what it is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefused {
    /// There is no such entry in a log of this size.
    #[error("entry {index} does not exist in a log of {size}")]
    NoSuchEntry {
        /// The index.
        index: u64,
        /// The size.
        size: u64,
    },
    /// The proof has too few or too many hashes for the place and size.
    #[error("the proof has the wrong number of hashes for this place and size")]
    WrongLength,
    /// The hashes lead to another root.
    #[error("the proof leads to another root: the entry, the proof or the checkpoint was changed")]
    WrongRoot,
    /// The newer log is shorter.
    #[error("a log of {new} entries cannot continue one of {old}")]
    Shrunk {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
}

/// Verifies that the entry with this leaf hash is entry `index` of the log with `size` entries and this root
/// (RFC 9162, section 2.1.3.2).
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofRefused> {
    let computed = root_from_inclusion(leaf, index, size, proof)?;
    if computed == *root {
        Ok(())
    } else {
        Err(ProofRefused::WrongRoot)
    }
}

/// The root that an inclusion proof leads to; it proves nothing until it is compared with a signed one.
pub fn root_from_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Result<Hash, ProofRefused> {
    if index >= size {
        return Err(ProofRefused::NoSuchEntry { index, size });
    }
    let mut place = Place {
        node: index,
        last: size - 1,
    };
    let mut root = *leaf;
    for sibling in proof {
        root = match place.rise()? {
            Side::Right => Hash::node(sibling, &root),
            Side::Left => Hash::node(&root, sibling),
        };
    }
    place.at_top()?;
    Ok(root)
}

/// Verifies that the log of `old` entries is the beginning of the log of `new` entries
/// (RFC 9162, section 2.1.4.2). Any log continues the empty one.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofRefused> {
    if old > new {
        return Err(ProofRefused::Shrunk { old, new });
    }
    if old == 0 || old == new {
        let expected = if old == new { *new_root } else { Hash::empty() };
        return without_proof(old_root, &expected, proof);
    }
    // The root of a complete tree is a node of the larger one, and the prover leaves it out.
    let (first, rest) = match proof.split_first() {
        Some(_) if old.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (first, rest),
        None => return Err(ProofRefused::WrongLength),
    };
    let mut place = Place {
        node: old - 1,
        last: new - 1,
    };
    place.skip_right_edges();
    let (mut old_computed, mut new_computed) = (*first, *first);
    for hash in rest {
        match place.rise()? {
            Side::Right => {
                old_computed = Hash::node(hash, &old_computed);
                new_computed = Hash::node(hash, &new_computed);
            }
            Side::Left => new_computed = Hash::node(&new_computed, hash),
        }
    }
    place.at_top()?;
    if old_computed == *old_root && new_computed == *new_root {
        Ok(())
    } else {
        Err(ProofRefused::WrongRoot)
    }
}

fn without_proof(root: &Hash, expected: &Hash, proof: &[Hash]) -> Result<(), ProofRefused> {
    if !proof.is_empty() {
        return Err(ProofRefused::WrongLength);
    }
    if root == expected {
        Ok(())
    } else {
        Err(ProofRefused::WrongRoot)
    }
}

enum Side {
    Left,
    Right,
}

/// A node on its way up: `fn` and `sn` of the RFC.
struct Place {
    node: u64,
    last: u64,
}

impl Place {
    /// Moves to the parent and tells which child the node was.
    fn rise(&mut self) -> Result<Side, ProofRefused> {
        if self.last == 0 {
            return Err(ProofRefused::WrongLength);
        }
        let right = self.node & 1 == 1 || self.node == self.last;
        if right {
            // A node at the right edge without a sibling is its own parent.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
        }
        self.up();
        Ok(if right { Side::Right } else { Side::Left })
    }

    fn skip_right_edges(&mut self) {
        while self.node & 1 == 1 {
            self.up();
        }
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    fn at_top(&self) -> Result<(), ProofRefused> {
        if self.last == 0 {
            Ok(())
        } else {
            Err(ProofRefused::WrongLength)
        }
    }
}
