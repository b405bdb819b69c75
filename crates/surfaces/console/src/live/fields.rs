//! What a form brought.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use identity::Door;

use crate::kit::at;

/// The most bytes of a form without files.
pub(crate) const MOST_BYTES: usize = 64 << 10;

/// The fields of a form in their order; a name may come more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form, if the body is one.
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Option<Self> {
        let declared = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let kind = declared.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
            .then(|| Self(form_urlencoded::parse(body).into_owned().collect()))
    }

    /// What stands in the field, without blanks around it; nothing where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// What stands in the field, to the letter: for secrets.
    pub(crate) fn raw(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// What stands in the field, if anything does.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        let value = self.get(name);
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.get(name) == "yes"
    }

    /// The fields that another form has to bring along to do the same: all but those of the proof, and no passwords.
    pub(crate) fn to_carry(&self) -> Vec<(String, String)> {
        let proof = |name: &str| {
            name.starts_with("passkey-")
                || ["csrf", "proof-password", "proof-code", "password", "again"].contains(&name)
        };
        self.0.iter().filter(|(name, _)| !proof(name)).cloned().collect()
    }
}

/// Whether a request that changes something comes from a page of this very host, as far as the browser says.
///
/// Browsers say one or the other since 2020; what says neither is no browser, and has no cookie that it did not set itself.
pub(crate) fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = text(HOST.as_str());
            origin.split_once("://").map(|(_, host)| host) == host
        }
        (None, None) => true,
    }
}

/// A path behind this door to go to after signing in; the first page for anything else.
pub(crate) fn safe_path(door: Door, path: &str) -> String {
    let first = at(door, "");
    let plain = |c: char| c.is_ascii_graphic() && c != '\\';
    let rest = path.strip_prefix(&first);
    let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    if inside && path.len() < 1_024 && path.chars().all(plain) {
        path.to_owned()
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &'static str) -> Option<Fields> {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            "application/x-www-form-urlencoded; charset=utf-8"
                .parse()
                .unwrap(),
        );
        Fields::read(&headers, &Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn fields_are_read_trimmed_and_secrets_are_not() {
        let fields = form("name=+a%20b+&password=+x+&on=yes").unwrap();
        assert_eq!((fields.get("name"), fields.raw("password")), ("a b", " x "));
        assert!(fields.ticked("on") && !fields.ticked("off"));
        assert_eq!(fields.filled("none"), None);
        assert_eq!(Fields::read(&HeaderMap::new(), &Bytes::new()), None);
    }

    #[test]
    fn what_is_sent_again_leaves_the_proof_behind() {
        let fields =
            form("csrf=1&class=user&proof-code=123456&proof-password=x&passkey-ticket=t&passkey-answer=a")
                .unwrap();
        assert_eq!(fields.to_carry(), [("class".to_owned(), "user".to_owned())]);
    }

    #[test]
    fn requests_of_other_pages_are_known() {
        let from = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "a.example:8443".parse().unwrap());
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            is_from_here(&headers)
        };
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(from(&[("origin", "https://a.example:8443")]) && from(&[]));
        assert!(!from(&[("sec-fetch-site", "cross-site")]) && !from(&[("sec-fetch-site", "same-site")]));
        assert!(!from(&[("origin", "https://b.example")]) && !from(&[("origin", "null")]));
        assert!(!from(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://a.example:8443")
        ]));
    }

    #[test]
    fn only_paths_of_the_console_are_gone_to() {
        for good in ["/console", "/console/team", "/console/trail?member=1"] {
            assert_eq!(safe_path(Door::Team, good), good);
        }
        let ours = "/console/staff/sessions";
        assert_eq!(safe_path(Door::Staff, ours), ours);
        for theirs in ["/console/team", "/console", "/console/staffing"] {
            assert_eq!(safe_path(Door::Staff, theirs), "/console/staff", "{theirs:?}");
        }
        for bad in [
            "",
            "//evil.example",
            "/consolevil",
            "/console/\\evil",
            "https://evil.example",
            "/console/\r\nx",
            "/v1",
        ] {
            assert_eq!(safe_path(Door::Team, bad), "/console", "{bad:?}");
        }
    }
}
