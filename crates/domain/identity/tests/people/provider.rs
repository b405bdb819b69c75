//! A provider of single sign-on, in the test's own process: it keeps the protocol and says whatever the test wants.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity::{Fetch, NewOidc, OidcReturn, Outgoing, Providers, Unreached};
use kernel::Clock as _;
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};
use testkit::HandClock;

pub(crate) const ISSUER: &str = "https://id.clinic.example";
const CLIENT: &str = "bailee at the clinic";
const SECRET: &str = "a:secret&more";

/// Somebody at the provider.
pub(crate) fn ada() -> Json {
    json!({ "sub": "u1", "email": "ada@clinic.example", "email_verified": true, "name": "Ada" })
}

/// One provider.
pub(crate) struct Provider {
    issuer: String,
    key: Ed25519KeyPair,
    clock: HandClock,
    codes: Mutex<HashMap<String, Given>>,
    /// Put over what its tokens say.
    pub(crate) lie: Mutex<Json>,
    /// Whether tokens say how people are reached, or the page about them alone.
    pub(crate) thin: Mutex<bool>,
    pub(crate) asked: Mutex<Vec<String>>,
}

/// What goes with a code.
#[derive(Clone)]
struct Given {
    nonce: String,
    challenge: String,
    person: Json,
}

impl Provider {
    pub(crate) fn new(clock: &HandClock) -> Arc<Self> {
        Self::called(ISSUER, clock)
    }

    pub(crate) fn called(issuer: &str, clock: &HandClock) -> Arc<Self> {
        Arc::new(Self {
            issuer: issuer.into(),
            key: Ed25519KeyPair::generate().unwrap(),
            clock: clock.clone(),
            codes: Mutex::default(),
            lie: Mutex::new(json!({})),
            thin: Mutex::new(false),
            asked: Mutex::default(),
        })
    }

    /// As an owner describes it.
    pub(crate) fn described(&self) -> NewOidc {
        NewOidc {
            name: "Clinic ID".into(),
            issuer: self.issuer.clone(),
            client_id: CLIENT.into(),
            client_secret: Some(SECRET.into()),
            domains: vec!["Clinic.example".into()],
            class: access::Class::Worker,
            just_in_time: true,
            enforced: false,
            break_glass: None,
        }
    }

    /// The browser is there, somebody signs in, and it is sent back.
    pub(crate) fn sends_back(&self, url: &str, person: Json) -> OidcReturn {
        let (door, query) = url.split_once('?').unwrap();
        assert_eq!(door, format!("{}/authorize", self.issuer));
        let asked: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(
            (asked["response_type"].as_str(), asked["client_id"].as_str()),
            ("code", CLIENT)
        );
        assert_eq!(
            asked["redirect_uri"],
            "https://bailee.example/console/oidc/callback"
        );
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code{}", codes.len());
        let given = Given {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            person,
        };
        codes.insert(code.clone(), given);
        OidcReturn {
            state: Some(asked["state"].clone()),
            code: Some(code),
            iss: Some(self.issuer.clone()),
            error: None,
        }
    }

    fn tokens(&self, outgoing: &Outgoing) -> Option<Json> {
        let joined = format!("{}:{}", encoded(CLIENT), encoded(SECRET));
        let basic = format!("Basic {}", STANDARD.encode(joined));
        if outgoing.authorization.as_ref()?.expose_secret() != basic {
            return None;
        }
        let form = outgoing.form.as_ref()?.expose_secret();
        let form: HashMap<String, String> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let given = self.codes.lock().unwrap().remove(&form["code"])?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
        if challenge != given.challenge {
            return None;
        }
        let access = STANDARD.encode(given.person.to_string());
        Some(json!({ "access_token": access, "token_type": "Bearer", "id_token": self.token(&given) }))
    }

    fn token(&self, given: &Given) -> String {
        let now = self.clock.now().as_seconds();
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": given.nonce, "auth_time": now,
            "sub": given.person["sub"],
        });
        let thin = *self.thin.lock().unwrap();
        let lie = self.lie.lock().unwrap().clone();
        let person = if thin { json!({}) } else { given.person.clone() };
        for (name, value) in person.as_object().unwrap().iter().chain(lie.as_object().unwrap()) {
            match value {
                Json::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!(
            "{}.{}",
            part(&json!({ "alg": "EdDSA", "kid": "k" })),
            part(&claims)
        );
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn answer(&self, outgoing: &Outgoing) -> Option<Json> {
        let path = outgoing.url.strip_prefix(&self.issuer)?;
        let at = |path: &str| format!("{}{path}", self.issuer);
        self.asked.lock().unwrap().push(path.to_owned());
        match path {
            "/.well-known/openid-configuration" => Some(json!({
                "issuer": self.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
                "jwks_uri": at("/keys"), "userinfo_endpoint": at("/me"),
                "authorization_response_iss_parameter_supported": true,
            })),
            "/keys" => {
                let x = URL_SAFE_NO_PAD.encode(self.key.public_key().as_ref());
                Some(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x }] }))
            }
            "/token" => self.tokens(outgoing),
            "/me" => {
                let bearer = outgoing
                    .authorization
                    .as_ref()?
                    .expose_secret()
                    .strip_prefix("Bearer ")?;
                serde_json::from_slice(&STANDARD.decode(bearer).unwrap()).ok()
            }
            _ => None,
        }
    }
}

/// All that can be reached from this installation.
pub(crate) struct Outside(pub(crate) Vec<Arc<Provider>>);

#[async_trait::async_trait]
impl Fetch for Outside {
    async fn fetch(&self, outgoing: Outgoing) -> Result<Vec<u8>, Unreached> {
        let answer = self.0.iter().find_map(|provider| provider.answer(&outgoing));
        answer
            .map(|json| json.to_string().into_bytes())
            .ok_or(Unreached::Status(400))
    }
}

/// The installation's providers, behind the hosts that its operator named.
pub(crate) fn providers(outside: Outside) -> Providers {
    let hosts = "id.clinic.example id.lab.example".parse().unwrap();
    Providers::new(
        Arc::new(outside),
        hosts,
        "https://bailee.example/console/oidc/callback",
    )
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
