//! The two cookies of a tenant's page: one that forms need, one that the visit needs.
//!
//! Promises: both belong to the tenant's own path over TLS alone, are seen by no script and never sent along from elsewhere; both
//! end with the browser, and the visit's is good for nothing once the visit is over. Nothing else is kept at the browser.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// A cookie by its name. `__Host-` would not let it be bound to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The token of the visit.
    Visit,
    /// What forms are compared with.
    Form,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Visit => "__Secure-bailee-privacy",
            Self::Form => "__Secure-bailee-privacy-form",
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

    /// Sets it below the page of a tenant.
    pub(crate) fn set(self, path: &str, value: &str) -> Option<HeaderValue> {
        HeaderValue::try_from(format!(
            "{}={value}; Path={path}; Secure; HttpOnly; SameSite=Strict",
            self.name()
        ))
        .ok()
    }

    /// Forgets it.
    pub(crate) fn forget(self, path: &str) -> Option<HeaderValue> {
        HeaderValue::try_from(format!(
            "{}=; Path={path}; Secure; HttpOnly; SameSite=Strict; Max-Age=0",
            self.name()
        ))
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_stay_at_the_page_of_their_tenant() {
        let set = Cookie::Visit.set("/privacy/lab", "token").unwrap();
        let set = set.to_str().unwrap();
        for part in ["Path=/privacy/lab;", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(set.contains(part), "{part}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "a=b; __Secure-bailee-privacy=token".parse().unwrap());
        assert_eq!(Cookie::Visit.read(&headers).as_deref(), Some("token"));
        assert_eq!(Cookie::Form.read(&headers), None);
    }
}
