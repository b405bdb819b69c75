//! Filters (RFC 7644, section 3.4.2.2): one attribute that equals one text, which is what directories ask.

use custody::member::directory::Which;
use kernel::MemberId;

use super::fault::{Answer, Fault};
use super::path::unquoted;

/// What a filter asks for.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// Members by what custody finds them by.
    Which(Which),
    /// The member with this id; nobody where it is none.
    Id(Option<MemberId>),
}

/// Reads a filter. None asks for everybody.
pub(super) fn read(filter: Option<&str>) -> Answer<Asked> {
    let Some(filter) = filter.map(str::trim).filter(|filter| !filter.is_empty()) else {
        return Ok(Asked::Which(Which::All));
    };
    let (attribute, rest) = attribute_of(filter).ok_or_else(Fault::filter)?;
    let (operator, value) = rest
        .trim()
        .split_once(char::is_whitespace)
        .ok_or_else(Fault::filter)?;
    let value = unquoted(value.trim()).filter(|_| operator.eq_ignore_ascii_case("eq"));
    let value = value.ok_or_else(Fault::filter)?;
    match attribute.to_ascii_lowercase().as_str() {
        // The one address of a member is their user name.
        "username" | "emails" => Ok(Asked::Which(Which::Email(value))),
        "externalid" => Ok(Asked::Which(Which::External(value))),
        "id" => Ok(Asked::Id(value.parse().ok())),
        _ => Err(Fault::filter()),
    }
}

/// The attribute, and what is asked of it. Of several addresses there is one, so which of them is read over.
fn attribute_of(filter: &str) -> Option<(&str, &str)> {
    match filter.split_once("].value ") {
        Some((which, rest)) => which.split_once('[').map(|(attribute, _)| (attribute, rest)),
        None => {
            let (attribute, rest) = filter.split_once(char::is_whitespace)?;
            Some((attribute.strip_suffix(".value").unwrap_or(attribute), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn directories_ask_for_one_person() {
        let email = |filter: &str| match read(Some(filter)) {
            Ok(Asked::Which(Which::Email(email))) => Some(email),
            _ => None,
        };
        assert_eq!(
            email("userName eq \"ada@clinic.example\"").as_deref(),
            Some("ada@clinic.example")
        );
        assert_eq!(
            email("username EQ \"a \\\"b\\\" c\"").as_deref(),
            Some("a \"b\" c")
        );
        assert_eq!(
            email("emails.value eq \"a@b.example\"").as_deref(),
            Some("a@b.example")
        );
        let of_work = "emails[type eq \"work\"].value eq \"a@b.example\"";
        assert_eq!(email(of_work).as_deref(), Some("a@b.example"));
        assert!(
            matches!(read(Some("externalId eq \"00u1\"")), Ok(Asked::Which(Which::External(id))) if id == "00u1")
        );
        assert!(matches!(read(Some("id eq \"nonsense\"")), Ok(Asked::Id(None))));
        assert!(matches!(read(None), Ok(Asked::Which(Which::All))));
        for other in [
            "userName sw \"a\"",
            "userName eq a",
            "userName eq \"a\" and active eq true",
            "title eq \"x\"",
            "userName",
        ] {
            assert!(read(Some(other)).is_err(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(filter in "(userName|externalId|id|\\PC{0,9}) ?(eq|ne)? ?\\PC{0,30}") {
            let _ = read(Some(&filter));
        }
    }
}
