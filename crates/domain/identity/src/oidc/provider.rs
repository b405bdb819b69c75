//! What is asked of a provider: where its doors are, its keys, a token for a code, and its page about somebody
//! (OpenID Connect Discovery 1.0; RFC 6749, section 4.1.3; RFC 7636).
//!
//! Promises: nobody is asked whom the operator did not name; what a provider says of itself is kept for an hour, and its
//! keys are asked for again at most once a minute when a token names one that is not known. Leaves out: sending, which
//! [`Fetch`] does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{AllowedHosts, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::keys::{KeySet, Refusal, Signed, UNKNOWN_KEY};
use super::{Fetch, Outgoing, Unreached};

/// How long what a provider says of itself is taken as it is.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How soon its keys are asked for again.
const AGAIN: Duration = Duration::from_secs(60);
/// More providers than an installation has; when there are more, what is kept is forgotten.
const MOST_KEPT: usize = 1_000;
const LONGEST_URL: usize = 2_000;
const UNREACHABLE: Refusal = "provider-unreachable";

/// How this installation talks to providers. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    fetch: Arc<dyn Fetch>,
    hosts: AllowedHosts,
    callback: Arc<str>,
    kept: Arc<Mutex<HashMap<String, Kept>>>,
}

struct Kept {
    since: Timestamp,
    what: What,
}

#[derive(Clone)]
enum What {
    Document(Arc<Document>),
    Keys(Arc<KeySet>),
}

/// What a provider says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 9207: whether every answer names the provider.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// How we are known to a provider.
pub(super) struct Client<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a SecretString,
}

/// What a provider gives for a code.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: Option<String>,
}

impl Providers {
    /// Providers behind these hosts, which send people back to this address: `https://…/console/oidc/callback`.
    pub fn new(fetch: Arc<dyn Fetch>, hosts: AllowedHosts, callback: &str) -> Self {
        Self {
            fetch,
            hosts,
            callback: callback.into(),
            kept: Arc::default(),
        }
    }

    /// The hosts that the operator named.
    pub(crate) fn hosts(&self) -> &AllowedHosts {
        &self.hosts
    }

    /// Where people are sent back to.
    pub fn callback(&self) -> &str {
        &self.callback
    }

    /// Whether the server may ask at this address; says why not.
    pub(super) fn check_url(&self, url: &str) -> Result<(), String> {
        let fits = url.len() <= LONGEST_URL
            && url
                .bytes()
                .all(|byte| (0x21..0x7f).contains(&byte) && !br#"#\"<>"#.contains(&byte));
        let origin = fits.then(|| origin_of(url)).flatten();
        let origin = origin.ok_or("give an address that begins with https://")?;
        let named = self.hosts.check(origin);
        named.map_err(|refused| format!("{refused}; sign_in.providers names those allowed"))
    }

    /// What the provider says of itself.
    pub(super) async fn document(&self, issuer: &str, now: Timestamp) -> Result<Arc<Document>, Refusal> {
        if let Some(What::Document(kept)) = self.kept(issuer, now, KEPT) {
            return Ok(kept);
        }
        let url = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let text = self.ask(Outgoing::get(&url, None)).await?;
        let document: Document = serde_json::from_slice(&text).map_err(|_| "unreadable-provider")?;
        if document.issuer != issuer {
            return Err("other-issuer");
        }
        for url in document.asked() {
            self.check_url(url).map_err(|_| "host-not-allowed")?;
        }
        let document = Arc::new(document);
        self.keep(issuer, now, What::Document(Arc::clone(&document)));
        Ok(document)
    }

    /// What one of the provider's tokens says, if it has signed it.
    pub(super) async fn open(
        &self,
        document: &Document,
        token: &str,
        now: Timestamp,
    ) -> Result<Signed, Refusal> {
        if let Some(What::Keys(keys)) = self.kept(&document.jwks_uri, now, KEPT) {
            let opened = keys.open(token);
            let fresh = || self.kept(&document.jwks_uri, now, AGAIN).is_some();
            if !matches!(opened, Err(UNKNOWN_KEY)) || fresh() {
                return opened;
            }
        }
        let text = self.ask(Outgoing::get(&document.jwks_uri, None)).await?;
        let keys = Arc::new(KeySet::read(&text)?);
        self.keep(&document.jwks_uri, now, What::Keys(Arc::clone(&keys)));
        keys.open(token)
    }

    /// Gives a code and takes the tokens for it.
    pub(super) async fn exchange(
        &self,
        document: &Document,
        client: &Client<'_>,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, Refusal> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &*self.callback),
            ("code_verifier", verifier),
        ];
        let mut authorization = None;
        if document.wants_secret_in_form() {
            fields.extend([
                ("client_id", client.id),
                ("client_secret", client.secret.expose_secret()),
            ]);
        } else {
            authorization = Some(client.basic());
        }
        let outgoing = Outgoing {
            url: document.token_endpoint.clone(),
            authorization,
            form: Some(form(&fields).into()),
        };
        let text = self.ask_for_tokens(outgoing).await?;
        serde_json::from_slice(&text).map_err(|_| "unreadable-tokens")
    }

    /// The provider's page about whom the access token is for; nothing where it has none.
    pub(super) async fn about(
        &self,
        document: &Document,
        access_token: &str,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(url) = &document.userinfo_endpoint else {
            return Ok(None);
        };
        let bearer = format!("Bearer {access_token}").into();
        self.ask(Outgoing::get(url, Some(bearer))).await.map(Some)
    }

    /// RFC 6749, section 5.2: a code that is not taken is answered with 400, a client that is not known with 401.
    async fn ask_for_tokens(&self, outgoing: Outgoing) -> Result<Vec<u8>, Refusal> {
        self.check_url(&outgoing.url).map_err(|_| "host-not-allowed")?;
        let answered = self.fetch.fetch(outgoing).await;
        answered.map_err(|unreached| match unreached {
            Unreached::Status(400) => "code-refused",
            Unreached::Status(401) => "client-refused",
            _ => UNREACHABLE,
        })
    }

    async fn ask(&self, outgoing: Outgoing) -> Result<Vec<u8>, Refusal> {
        self.check_url(&outgoing.url).map_err(|_| "host-not-allowed")?;
        self.fetch.fetch(outgoing).await.map_err(|_| UNREACHABLE)
    }

    fn kept(&self, url: &str, now: Timestamp, most: Duration) -> Option<What> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(url).filter(|kept| kept.since > now.minus(most))?;
        Some(found.what.clone())
    }

    fn keep(&self, url: &str, now: Timestamp, what: What) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(url.to_owned(), Kept { since: now, what });
    }
}

impl Document {
    /// Where the browser goes with these questions.
    pub(super) fn authorize(&self, fields: &[(&str, &str)]) -> String {
        let door = &self.authorization_endpoint;
        let and = if door.contains('?') { '&' } else { '?' };
        format!("{door}{and}{}", form(fields))
    }

    /// The addresses that the server itself asks at, and the one where it sends browsers.
    fn asked(&self) -> impl Iterator<Item = &String> {
        let always = [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri];
        always.into_iter().chain(&self.userinfo_endpoint)
    }

    /// RFC 8414, section 2: who says nothing takes the secret in a header.
    fn wants_secret_in_form(&self) -> bool {
        let methods = self
            .token_endpoint_auth_methods_supported
            .as_deref()
            .unwrap_or_default();
        let takes = |name: &str| methods.iter().any(|method| method == name);
        takes("client_secret_post") && !takes("client_secret_basic")
    }
}

impl Client<'_> {
    /// RFC 6749, section 2.3.1: both parts are encoded as in a form before they are joined.
    fn basic(&self) -> SecretString {
        let (id, secret) = (encoded(self.id), encoded(self.secret.expose_secret()));
        format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))).into()
    }
}

impl Outgoing {
    fn get(url: &str, authorization: Option<SecretString>) -> Self {
        Self {
            url: url.to_owned(),
            authorization,
            form: None,
        }
    }
}

/// Scheme, host and port of an address.
fn origin_of(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url
        .get(start..)?
        .find(['/', '?'])
        .map_or(url.len(), |at| start + at);
    url.get(..end)
}

fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
