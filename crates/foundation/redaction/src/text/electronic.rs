//! E-mail addresses, credentials in URLs, addresses of version 6 of the internet protocol.
//!
//! Leaves out: addresses without a dot in the host, quoted local parts, spelt-out ones ("at", "dot").

use std::net::Ipv6Addr;

use super::found::{Found, Kind};

/// An `@`, or `%40`, from `sign` to `after`.
pub(super) fn email(text: &str, sign: usize, after: usize, found: &mut Vec<Found>) -> usize {
    let bytes = text.as_bytes();
    let before = bytes.get(..sign).unwrap_or_default();
    let local = before.iter().rev().take_while(|&&byte| is_local(byte)).count();
    let mut start = sign - local;
    while bytes
        .get(start)
        .is_some_and(|byte| b".'/=&?*#!{}|".contains(byte))
        && start < sign
    {
        start += 1;
    }
    // In a query string the name of the field comes before.
    if let Some(equals) = bytes
        .get(start..sign)
        .and_then(|it| it.iter().rposition(|&byte| b"=&?/".contains(&byte)))
    {
        start += equals + 1;
    }
    let Some(end) = host(bytes, after).filter(|_| start < sign) else {
        return after;
    };
    let range = text.ceil_char_boundary(start)..end;
    found.push(Found::new(
        Kind::Email,
        range,
        99,
        "a local part, an @ and a host",
    ));
    end
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b".!#$&'*+-/=?^_`{|}~".contains(&byte)
}

/// Where a host name with at least one dot ends.
fn host(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let length = rest
        .iter()
        .take(253)
        .take_while(|&&byte| byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'-' || byte == b'.')
        .count();
    let mut host = rest.get(..length)?;
    while let Some((b'.' | b'-', shorter)) = host.split_last() {
        host = shorter;
    }
    // A sentence may go on behind the dot without a space: what follows the last label of letters is not of the host.
    let last = host.rsplit(|&byte| byte == b'.').next()?;
    let is_name =
        last.len() >= 2 && (last.starts_with(b"xn--") || last.iter().all(|byte| !byte.is_ascii_digit()));
    let is_host = host.contains(&b'.') && !host.starts_with(b".") && is_name;
    let end = start + host.len();
    is_host
        .then_some(end)
        .filter(|&end| std::str::from_utf8(bytes.get(start..end).unwrap_or_default()).is_ok())
}

/// A colon: a URL's, or one inside of an address of version 6.
pub(super) fn colon(text: &str, at: usize, found: &mut Vec<Found>) -> usize {
    if text.as_bytes().get(at + 1..at + 3) == Some(b"//") {
        credentials(text, at + 3, found)
    } else {
        version_six(text, at, found)
    }
}

/// Where the authority of a URL begins (RFC 3986, 3.2.1).
fn credentials(text: &str, start: usize, found: &mut Vec<Found>) -> usize {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .take(512)
        .take_while(|&&byte| !byte.is_ascii_whitespace() && !b"/?#\"<>".contains(&byte))
        .count();
    match rest
        .get(..length)
        .and_then(|it| it.iter().rposition(|&byte| byte == b'@'))
    {
        // A bracket has no place in it, but a mask of ours begins with one.
        Some(sign) if rest.iter().take(sign).any(u8::is_ascii_alphanumeric) && !rest.starts_with(b"[") => {
            let why = "user information in a URL";
            found.push(Found::new(Kind::Credentials, start..start + sign, 95, why));
            start + sign + 1
        }
        _ => start,
    }
}

/// The longest spelling of an address: six groups and a version 4.
const LONGEST: usize = 45;

fn version_six(text: &str, colon: usize, found: &mut Vec<Found>) -> usize {
    let bytes = text.as_bytes();
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':' || **byte == b'.';
    let before = bytes.get(..colon).unwrap_or_default();
    let start = colon
        - before
            .iter()
            .rev()
            .take(LONGEST)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.iter().take(LONGEST + 1).take_while(is_part).count();
    let outside = |byte: Option<&u8>| !byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b':');
    let spelt = text
        .get(start..start + length)
        .unwrap_or_default()
        .trim_end_matches(['.', ':']);
    let spelt = if text
        .get(start..start + length)
        .is_some_and(|it| it.starts_with(spelt) && it[spelt.len()..].starts_with("::"))
    {
        text.get(start..start + spelt.len() + 2).unwrap_or_default()
    } else {
        spelt
    };
    let is_alone =
        outside(start.checked_sub(1).and_then(|it| bytes.get(it))) && outside(bytes.get(start + spelt.len()));
    let digits = spelt.bytes().filter(u8::is_ascii_hexdigit).count();
    if spelt.len() <= LONGEST && is_alone && digits >= 2 && spelt.parse::<Ipv6Addr>().is_ok() {
        let end = start + spelt.len();
        let confidence = if digits >= 6 || spelt.contains("::") && digits >= 3 {
            95
        } else {
            40
        };
        found.push(Found::new(
            Kind::IpAddress,
            start..end,
            confidence,
            "an address of IP version 6",
        ));
        return end;
    }
    // Not again at each of its colons.
    let colons = rest
        .iter()
        .skip(colon - start)
        .take_while(|&&byte| byte == b':')
        .count();
    colon + colons.max(1)
}
