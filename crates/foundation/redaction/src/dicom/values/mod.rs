//! New values for old ones.
//!
//! Promises: each is valid for its value representation, and recognised when it is met again. Leaves out: which
//! attribute gets one.

pub(super) mod dates;
pub(super) mod dummy;
pub(super) mod uids;
pub(super) mod words;

/// Values of one attribute stand with a backslash between them (PS3.5, 6.4).
pub(super) const SEPARATOR: u8 = b'\\';

/// Applies `change` to each of the values of an attribute.
pub(super) fn each(value: &[u8], mut change: impl FnMut(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut changed = Vec::with_capacity(value.len());
    for (place, one) in value.split(|&byte| byte == SEPARATOR).enumerate() {
        if place > 0 {
            changed.push(SEPARATOR);
        }
        change(uids::trimmed(one), &mut changed);
    }
    changed
}
