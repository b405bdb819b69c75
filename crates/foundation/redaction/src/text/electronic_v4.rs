//! Addresses of version 4 of the internet protocol.
//!
//! Leaves out: four numbers after a word such as "version", which are one.

use super::context::Context;
use super::found::{Found, Kind};
use super::number::Groups;

pub(super) fn find(groups: &Groups<'_>) -> Option<Found> {
    let is_four = groups.is_parted_by(4, b".");
    let is_byte = |group| groups.group(group).parse::<u8>().is_ok();
    let is_more = matches!(groups.before(), Some('.')) || groups.mark(3) == Some(b'.');
    if !is_four || !(0..4).all(is_byte) || is_more || groups.context().speaks_of(Context::VERSION) {
        return None;
    }
    let range = groups.start()..groups.end(3);
    Some(Found::new(Kind::IpAddress, range, 95, "four bytes with dots"))
}
