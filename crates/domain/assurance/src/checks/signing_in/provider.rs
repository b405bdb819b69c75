//! A provider of single sign-on in this very process (OpenID Connect Core 1.0), which knows one person who does not exist.
//!
//! Nothing of it is reached over a network, and no other provider is reached through it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use access::Class;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{Fetch, NewOidc, OidcReturn, Outgoing, Providers, Unreached};
use kernel::{AllowedHosts, Clock};
use serde_json::{Value as Json, json};

use crate::Site;
use crate::check::Trouble;

const HOST: &str = "id.probe.invalid";
const ISSUER: &str = "https://id.probe.invalid";
const CLIENT: &str = "probe";
const CALLBACK: &str = "https://probe.invalid/callback";

/// The provider.
pub(super) struct Provider {
    key: Ed25519KeyPair,
    clock: Arc<dyn Clock>,
    secret: String,
    /// What came with the last way here, and goes back in its token.
    nonce: Mutex<String>,
}

impl Provider {
    pub(super) fn new(site: &Site) -> Result<Self, Trouble> {
        let made = Ed25519KeyPair::generate();
        Ok(Self {
            key: made.map_err(|_| Trouble("a key could not be made".to_owned()))?,
            clock: Arc::clone(&site.custody.desk().clock),
            secret: site.random_word(),
            nonce: Mutex::default(),
        })
    }

    /// As an owner describes it.
    pub(super) fn described(&self) -> NewOidc {
        NewOidc {
            name: "Probe".to_owned(),
            issuer: ISSUER.to_owned(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(self.secret.as_str().into()),
            domains: vec!["probe.invalid".to_owned()],
            class: Class::Worker,
            just_in_time: true,
            enforced: false,
            break_glass: None,
        }
    }

    /// The browser is there, the person signs in, and it is sent back.
    pub(super) fn sends_back(&self, url: &str) -> Result<OidcReturn, Trouble> {
        let (_, query) = url.split_once('?').unwrap_or_default();
        let asked: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let said = |name: &str| {
            let found = asked.get(name).cloned();
            found.ok_or_else(|| Trouble(format!("the way to the provider has no {name}")))
        };
        *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = said("nonce")?;
        Ok(OidcReturn {
            state: Some(said("state")?),
            code: Some("probe".to_owned()),
            iss: Some(ISSUER.to_owned()),
            error: None,
        })
    }

    fn answer(&self, path: &str) -> Option<Json> {
        let at = |path: &str| format!("{ISSUER}{path}");
        match path {
            "/.well-known/openid-configuration" => Some(json!({
                "issuer": ISSUER, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
                "jwks_uri": at("/keys"), "authorization_response_iss_parameter_supported": true,
            })),
            "/keys" => {
                let x = URL_SAFE_NO_PAD.encode(self.key.public_key().as_ref());
                Some(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "probe", "x": x }] }))
            }
            "/token" => {
                Some(json!({ "access_token": "probe", "token_type": "Bearer", "id_token": self.token() }))
            }
            _ => None,
        }
    }

    fn token(&self) -> String {
        let now = self.clock.now().as_seconds();
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let claims = json!({
            "iss": ISSUER, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now, "nonce": nonce,
            "sub": "newcomer", "email": "newcomer@probe.invalid", "email_verified": true, "name": "Probe newcomer",
        });
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!(
            "{}.{}",
            part(&json!({ "alg": "EdDSA", "kid": "probe" })),
            part(&claims)
        );
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// This one, and no other.
pub(super) fn only(provider: &Arc<Provider>) -> Result<Providers, Trouble> {
    let hosts = HOST.parse::<AllowedHosts>();
    let hosts = hosts.map_err(|error| Trouble(error.to_string()))?;
    Ok(Providers::new(
        Arc::new(Near(Arc::clone(provider))),
        hosts,
        CALLBACK,
    ))
}

struct Near(Arc<Provider>);

#[async_trait::async_trait]
impl Fetch for Near {
    async fn fetch(&self, outgoing: Outgoing) -> Result<Vec<u8>, Unreached> {
        let path = outgoing.url.strip_prefix(ISSUER).unwrap_or_default();
        let answer = self.0.answer(path).ok_or(Unreached::Status(404))?;
        Ok(answer.to_string().into_bytes())
    }
}
