//! The console's cookies.
//!
//! Promises: all carry the `__Host-` prefix, so they belong to this very host over TLS alone; none is seen by scripts, and
//! none but that of the way to a team's provider is sent along from elsewhere; what is somebody's at the door of the staff has names of
//! its own, so that a browser can be at both and neither sees the other's. Leaves out: what a session is good for, which the server asks at every act.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use identity::Door;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A cookie by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The session's secret.
    Session(Door),
    /// The value that forms carry before there is a session.
    Door,
    /// The step between password and second factor.
    Step(Door),
    /// The way to a team's provider. It comes along from there.
    Way,
    /// Shows that somebody signed in from this browser before.
    Browser(Door),
    /// What was just done.
    Flash(Door),
    /// Which light was chosen.
    Light,
    /// How the person and their team are called, to be shown to themselves.
    Names(Door),
    /// Why they read datasets that ask.
    Reasons(Door),
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Session(Door::Team) => "__Host-bailee-session",
            Self::Session(Door::Staff) => "__Host-bailee-staff-session",
            Self::Door => "__Host-bailee-door",
            Self::Step(Door::Team) => "__Host-bailee-step",
            Self::Step(Door::Staff) => "__Host-bailee-staff-step",
            Self::Way => "__Host-bailee-way",
            Self::Browser(Door::Team) => "__Host-bailee-browser",
            Self::Browser(Door::Staff) => "__Host-bailee-staff-browser",
            Self::Flash(Door::Team) => "__Host-bailee-flash",
            Self::Flash(Door::Staff) => "__Host-bailee-staff-flash",
            Self::Light => "__Host-bailee-light",
            Self::Names(Door::Team) => "__Host-bailee-names",
            Self::Names(Door::Staff) => "__Host-bailee-staff-names",
            Self::Reasons(Door::Team) => "__Host-bailee-reasons",
            Self::Reasons(Door::Staff) => "__Host-bailee-staff-reasons",
        }
    }

    /// How long browsers keep it, in seconds; until they are closed where nothing is said.
    const fn age(self) -> Option<u32> {
        match self {
            Self::Session(_) | Self::Names(_) | Self::Door => None,
            Self::Step(_) | Self::Way => Some(600),
            Self::Flash(_) => Some(60),
            Self::Reasons(_) => Some(3_600),
            Self::Browser(_) => Some(90 * 86_400),
            Self::Light => Some(365 * 86_400),
        }
    }

    /// Whether it comes along when somebody follows a link from elsewhere.
    const fn same_site(self) -> &'static str {
        match self {
            Self::Way => "Lax",
            _ => "Strict",
        }
    }

    /// Its value, if it came along.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<String> {
        let lines = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        let mut pairs = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == self.name())?;
        Some(value.to_owned())
    }

    /// Sets it.
    pub(crate) fn set(self, value: &str) -> Option<HeaderValue> {
        let age = self.age().map(|seconds| format!("; Max-Age={seconds}"));
        let text = format!(
            "{}={value}; Path=/; Secure; HttpOnly; SameSite={}{}",
            self.name(),
            self.same_site(),
            age.unwrap_or_default()
        );
        HeaderValue::try_from(text).ok()
    }

    /// Forgets it.
    pub(crate) fn forget(self) -> Option<HeaderValue> {
        let text = format!(
            "{}=; Path=/; Secure; HttpOnly; SameSite={}; Max-Age=0",
            self.name(),
            self.same_site()
        );
        HeaderValue::try_from(text).ok()
    }

    /// Sets it to a document, in letters that cookies may have.
    pub(crate) fn set_document<T: Serialize>(self, document: &T) -> Option<HeaderValue> {
        let json = serde_json::to_vec(document).ok()?;
        self.set(&URL_SAFE_NO_PAD.encode(json))
    }

    /// The document in it; what is none is as if nothing came.
    pub(crate) fn document<T: DeserializeOwned>(self, headers: &HeaderMap) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(self.read(headers)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// The session that a request comes with, at either door, to the letter; nothing says whether it is good.
pub fn session_in(headers: &HeaderMap) -> Option<&str> {
    let names = [Door::Team, Door::Staff].map(|door| Cookie::Session(door).name());
    let lines = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| names.contains(name))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(line: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, line.parse().unwrap());
        headers
    }

    #[test]
    fn cookies_belong_to_this_host_and_to_no_script() {
        for cookie in [
            Cookie::Session(Door::Team),
            Cookie::Session(Door::Staff),
            Cookie::Door,
            Cookie::Step(Door::Staff),
            Cookie::Browser(Door::Staff),
            Cookie::Flash(Door::Staff),
            Cookie::Light,
            Cookie::Names(Door::Staff),
            Cookie::Reasons(Door::Team),
            Cookie::Way,
        ] {
            let site = match cookie {
                Cookie::Way => "SameSite=Lax",
                _ => "SameSite=Strict",
            };
            for line in [cookie.set("x").unwrap(), cookie.forget().unwrap()] {
                let line = line.to_str().unwrap().to_owned();
                assert!(line.starts_with("__Host-"), "{line}");
                for word in ["; Path=/;", "Secure", "HttpOnly", site] {
                    assert!(line.contains(word), "{line}");
                }
                assert!(!line.contains("Domain"), "{line}");
            }
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let found = Cookie::Light.read(&headers("a=b; __Host-bailee-light=dark; c=d"));
        assert_eq!(found.as_deref(), Some("dark"));
        assert_eq!(Cookie::Light.read(&headers("bailee-light=dark")), None);
    }

    #[test]
    fn what_is_of_one_door_is_not_read_at_the_other() {
        let kinds: [fn(Door) -> Cookie; 6] = [
            Cookie::Session,
            Cookie::Step,
            Cookie::Browser,
            Cookie::Flash,
            Cookie::Names,
            Cookie::Reasons,
        ];
        for kind in kinds {
            for (one, other) in [(Door::Team, Door::Staff), (Door::Staff, Door::Team)] {
                let set = kind(one).set("x").unwrap();
                let pair = headers(set.to_str().unwrap().split(';').next().unwrap());
                assert_eq!(kind(one).read(&pair).as_deref(), Some("x"));
                assert_eq!(kind(other).read(&pair), None);
            }
        }
    }

    #[test]
    fn documents_come_back_and_others_are_nothing() {
        let set = Cookie::Flash(Door::Team).set_document(&("ä; \"", 7)).unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(
            Cookie::Flash(Door::Team).document(&headers(&pair)),
            Some(("ä; \"".to_owned(), 7))
        );
        assert_eq!(
            Cookie::Flash(Door::Team).document::<(String, u8)>(&headers("__Host-bailee-flash=%%")),
            None
        );
    }

    #[test]
    fn values_that_would_break_out_of_the_header_are_not_set() {
        assert!(Cookie::Light.set("x\r\nset-cookie: y").is_none());
    }
}
