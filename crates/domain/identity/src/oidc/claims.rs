//! What a token says of somebody, and whether it says it to us, now, and in answer to what we asked
//! (OpenID Connect Core 1.0, sections 2, 3.1.3.6 and 3.1.3.7).

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Timestamp;
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;

use super::keys::{Algorithm, Refusal, Signed};

/// How far a provider's clock may be from ours, in seconds.
const SKEW: i64 = 60;
/// OpenID Connect Core 1.0, section 2: a subject has no more characters.
const LONGEST_SUBJECT: usize = 255;

/// What we expect of a token.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
    /// Nobody may have proved who they are before this moment, as far as the provider says when they did.
    pub(super) proven_since: Timestamp,
    pub(super) access_token: Option<&'a str>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    #[serde(deserialize_with = "seconds")]
    exp: i64,
    #[serde(deserialize_with = "seconds")]
    iat: i64,
    #[serde(default, deserialize_with = "some_seconds")]
    nbf: Option<i64>,
    nonce: Option<String>,
    #[serde(default, deserialize_with = "some_seconds")]
    auth_time: Option<i64>,
    at_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Whom a token is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// What the provider calls them, for good.
    pub(super) subject: String,
    /// When they proved to the provider who they are, if it says so.
    pub(super) proven_at: Option<Timestamp>,
}

/// What is said of a person, in the token or at the provider's page about them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct About {
    /// Whom it is about, where it does not stand in the token.
    pub(super) sub: Option<String>,
    pub(super) email: Option<String>,
    email_verified: Option<Flag>,
    /// What Microsoft's directory says instead: the owner of the address's domain has been verified.
    xms_edov: Option<Flag>,
    pub(super) name: Option<String>,
}

/// A yes in one of the shapes that providers give it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Flag {
    Plain(bool),
    Number(i64),
    Text(String),
}

impl Flag {
    fn is_yes(&self) -> bool {
        match self {
            Self::Plain(yes) => *yes,
            Self::Number(number) => *number == 1,
            Self::Text(text) => matches!(text.as_str(), "true" | "True" | "1"),
        }
    }
}

impl About {
    pub(super) fn read(text: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(text).map_err(|_| "malformed-claims")
    }

    /// Whether the provider has made sure that the address is theirs.
    pub(super) fn is_verified(&self) -> bool {
        let yes = |flag: &Option<Flag>| flag.as_ref().is_some_and(Flag::is_yes);
        yes(&self.email_verified) || yes(&self.xms_edov)
    }
}

impl Expected<'_> {
    /// Whom the token is about, if it was made for us, by this provider, now, in answer to this very question.
    pub(super) fn check(&self, signed: &Signed) -> Result<Shown, Refusal> {
        let claims: Claims = serde_json::from_slice(&signed.payload).map_err(|_| "malformed-claims")?;
        if claims.iss != self.issuer {
            return Err("issuer");
        }
        self.audience(&claims)?;
        self.times(&claims)?;
        let nonce = claims.nonce.as_deref().unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(self.nonce.as_bytes())) {
            return Err("nonce");
        }
        self.access_token(&claims, signed.algorithm)?;
        if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT {
            return Err("subject");
        }
        Ok(Shown {
            subject: claims.sub,
            proven_at: claims.auth_time.and_then(moment),
        })
    }

    /// For us; and where it is for others as well, asked for by us.
    fn audience(&self, claims: &Claims) -> Result<(), Refusal> {
        let (is_ours, alone) = match &claims.aud {
            Audience::One(one) => (one == self.client_id, true),
            Audience::Several(several) => (
                several.iter().any(|one| one == self.client_id),
                several.len() == 1,
            ),
        };
        let ours = claims.azp.as_deref().map(|azp| azp == self.client_id);
        match is_ours && ours.unwrap_or(alone) {
            true => Ok(()),
            false => Err("audience"),
        }
    }

    fn times(&self, claims: &Claims) -> Result<(), Refusal> {
        let now = self.now.as_seconds();
        if claims.exp <= now.saturating_sub(SKEW) {
            return Err("token-expired");
        }
        let latest = now.saturating_add(SKEW);
        if claims.iat > latest || claims.nbf.is_some_and(|begins| begins > latest) {
            return Err("token-from-the-future");
        }
        let since = self.proven_since.as_seconds().saturating_sub(SKEW);
        match claims.auth_time {
            Some(at) if at < since || at > latest => Err("not-proven-recently"),
            _ => Ok(()),
        }
    }

    /// Half of a hash binds the access token to this one, where it is given.
    fn access_token(&self, claims: &Claims, algorithm: Algorithm) -> Result<(), Refusal> {
        let (Some(said), Some(token)) = (&claims.at_hash, self.access_token) else {
            return Ok(());
        };
        let how = match algorithm {
            Algorithm::Ed25519 => &SHA512,
            Algorithm::Rsa | Algorithm::RsaPss | Algorithm::P256 => &SHA256,
        };
        let hash = digest(how, token.as_bytes());
        let (half, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
        match *said == URL_SAFE_NO_PAD.encode(half) {
            true => Ok(()),
            false => Err("access-token"),
        }
    }
}

fn moment(seconds: i64) -> Option<Timestamp> {
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros)
}

/// RFC 7519, section 2: a number of seconds, which may have a fraction.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    f64::deserialize(deserializer).map(|number| number as i64)
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.map(|number| number as i64))
}
