//! Signing in at a team's own provider: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636).
//!
//! Promises: a way to the provider and back is good once, for ten minutes, for one browser and one team; a token counts
//! only if the team's own provider signed it by a public key, for us, now, in answer to that very way; the address must be
//! one that the provider has verified, in a domain that the team named; a person is known by what the provider calls them
//! for good, and by their address only the first time. Whoever names the provider can become anybody of the team, so
//! that takes an owner. A tenant cannot make the server ask anybody whom the operator did not name. Leaves out: sending
//! ([`Fetch`]); being a provider; signing out there.
//!
//! Where a team enforces it, nothing else lets its people in but one owner, for the day on which the provider is gone.

mod claims;
mod finish;
mod keys;
mod provider;
mod rows;
mod settings;
#[cfg(test)]
mod tests;
mod way;

use access::Class;
use kernel::{MemberId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use provider::Providers;
pub(crate) use rows::{FORGET, SWEEP, forgotten_before, is_bound};
pub(crate) use settings::{check_way, lets_passwords_in};

/// The first word of what a session was proven with that began at a provider.
pub(crate) const PROVEN: &str = "single-sign-on";

/// How identity reaches providers.
#[async_trait::async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// Sends one request and gives the body of an answer 200: of no more than [`MOST_BYTES`], within ten seconds, without
    /// following a redirection. A request with a form is a POST, any other a GET; both say `Accept: application/json`.
    async fn fetch(&self, outgoing: Outgoing) -> Result<Vec<u8>, Unreached>;
}

/// The most that a provider answers.
pub const MOST_BYTES: usize = 512 << 10;

/// A request to a provider. The host was found among those that the operator named.
#[derive(Debug)]
pub struct Outgoing {
    /// Where to.
    pub url: String,
    /// The header `Authorization`.
    pub authorization: Option<SecretString>,
    /// A body of the type `application/x-www-form-urlencoded`.
    pub form: Option<SecretString>,
}

/// There was no answer that could be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// An answer that is no 200.
    #[error("it answered {0}")]
    Status(u16),
    /// None at all, or one that is too long or took too long.
    #[error("{0}")]
    Nothing(String),
}

/// A team's provider, as an owner describes it.
#[derive(Debug, Clone)]
pub struct NewOidc {
    /// What the button says after "Sign in with".
    pub name: String,
    /// The provider, exactly as it calls itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// The secret that goes with that. Without one the secret that is there stays.
    pub client_secret: Option<SecretString>,
    /// The domains whose addresses are let in, such as `clinic.example`.
    pub domains: Vec<String>,
    /// What people become who are made members as they sign in.
    pub class: Class,
    /// Whether people who are no members yet become some.
    pub just_in_time: bool,
    /// Whether nothing else lets members in.
    pub enforced: bool,
    /// The owner whom a password lets in still.
    pub break_glass: Option<MemberId>,
}

/// A team's provider, as it is shown: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Oidc {
    /// What the button says after "Sign in with".
    pub name: String,
    /// The provider.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// The domains whose addresses are let in.
    pub domains: Vec<String>,
    /// What people become who are made members as they sign in.
    pub class: Class,
    /// Whether people who are no members yet become some.
    pub just_in_time: bool,
    /// Whether nothing else lets members in.
    pub enforced: bool,
    /// The owner whom a password lets in still.
    pub break_glass: Option<MemberId>,
    /// What to tell the provider: where it sends people back to.
    pub callback: String,
}

/// A way to a provider.
#[derive(Debug)]
pub struct OidcBegun {
    /// Where to send the browser.
    pub url: String,
    /// What the browser must bring back, in a cookie that comes along from elsewhere (`SameSite=Lax`).
    pub browser: SecretString,
    /// When the way ends.
    pub ends_at: Timestamp,
}

/// What a browser comes back with, in the query.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct OidcReturn {
    /// Which way it was sent.
    pub state: Option<String>,
    /// What to give for tokens.
    pub code: Option<String>,
    /// Who sends it (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// Somebody to become a member.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they are to be.
    pub class: Class,
}
