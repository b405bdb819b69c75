//! Paths of attributes (RFC 7644, section 3.5.2), read as far as something here is made of them.

use serde_json::Value as Json;

use super::fault::{Answer, Fault};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:user:";
/// No path of any client is longer.
const LONGEST: usize = 500;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    UserName,
    ExternalId,
    DisplayName,
    /// The name with all its parts.
    Name,
    Formatted,
    GivenName,
    FamilyName,
    Active,
    Roles,
    /// One that nothing here is made of.
    Other,
}

/// Reads a path: an attribute, perhaps of one of several values, perhaps a part of it.
pub(super) fn read(path: &str) -> Answer<Attribute> {
    let path = path.trim();
    if path.is_empty() || path.len() > LONGEST || path.chars().any(char::is_control) {
        return Err(Fault::path());
    }
    let lower = path.to_ascii_lowercase();
    let path = lower.strip_prefix(USER).unwrap_or(&lower);
    if path.starts_with("urn:") {
        return Ok(Attribute::Other);
    }
    let (name, rest) = split_filter(path)?;
    let mut parts = name.split('.');
    let (attribute, part) = (parts.next().unwrap_or_default(), parts.next());
    let part = rest.strip_prefix('.').or(part);
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "$_-".contains(c))
    };
    if !is_word(attribute) || part.is_some_and(|part| !is_word(part)) || parts.next().is_some() {
        return Err(Fault::path());
    }
    Ok(attribute_of(attribute, part))
}

/// What stands before the brackets of a filter, and what behind. Of several values there is one here: the filter is read over.
fn split_filter(path: &str) -> Answer<(&str, &str)> {
    let Some((name, rest)) = path.split_once('[') else {
        return Ok((path, ""));
    };
    let (_, rest) = rest.rsplit_once(']').ok_or_else(Fault::path)?;
    match rest.is_empty() || rest.starts_with('.') {
        true => Ok((name, rest)),
        false => Err(Fault::path()),
    }
}

fn attribute_of(attribute: &str, part: Option<&str>) -> Attribute {
    match (attribute, part) {
        ("username", None) => Attribute::UserName,
        ("externalid", None) => Attribute::ExternalId,
        ("displayname", None) => Attribute::DisplayName,
        ("name", None) => Attribute::Name,
        ("name", Some("formatted")) => Attribute::Formatted,
        ("name", Some("givenname")) => Attribute::GivenName,
        ("name", Some("familyname")) => Attribute::FamilyName,
        ("active", None) => Attribute::Active,
        ("roles", None | Some("value")) => Attribute::Roles,
        _ => Attribute::Other,
    }
}

/// The text between the quotes, as JSON writes it; nothing for what is no text.
pub(super) fn unquoted(value: &str) -> Option<String> {
    match serde_json::from_str(value) {
        Ok(Json::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_lead_to_what_they_name() {
        for (path, attribute) in [
            ("userName", Attribute::UserName),
            ("USERNAME", Attribute::UserName),
            ("name.familyName", Attribute::FamilyName),
            ("name", Attribute::Name),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
                Attribute::GivenName,
            ),
            ("roles[primary eq \"True\"].value", Attribute::Roles),
            ("roles[value eq \"a.b\"]", Attribute::Roles),
            ("roles", Attribute::Roles),
            ("emails[type eq \"work\"].value", Attribute::Other),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                Attribute::Other,
            ),
            ("title", Attribute::Other),
        ] {
            assert_eq!(read(path).ok(), Some(attribute), "{path}");
        }
        for path in ["", "  ", "name..x", "roles[", "roles[x]y", "name.a.b", "a b"] {
            assert!(read(path).is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(path in "\\PC{0,40}|(name|roles|urn:)[\\[\\].a-zA-Z\" ]{0,30}") {
            let _ = read(&path);
        }
    }
}
