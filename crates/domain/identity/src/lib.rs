#![doc = include_str!("../README.md")]

mod account;
mod browser;
mod contexts;
mod error;
mod factor;
mod history;
mod invitation;
mod oidc;
mod origin;
mod passkey;
mod password;
mod register;
mod rule;
mod session;
mod sign_in;
mod standing;
mod sweep;
mod throttle;
mod token;
mod totp;

use operation::Desk;
use store::Migration;

pub use error::{Error, Result};
pub use factor::{Factors, TotpOffer};
pub use history::SignInEntry;
pub use invitation::{Accepted, Invitation, InvitationEntry, Invited, MailedInvitation, invite};
pub use oidc::{
    Fetch, MOST_BYTES as MOST_PROVIDER_BYTES, NewOidc, Newcomer, Oidc, OidcBegun, OidcReturn, Outgoing,
    Providers, Unreached,
};
pub use origin::Origin;
pub use passkey::{
    Assertion, AssertionResponse, PasskeyEntry, PasskeyOffer, PasskeyProof, Registration,
    RegistrationResponse, RelyingParty,
};
pub use password::{Cost, Demands, Floor, LONGEST as LONGEST_PASSWORD};
pub use register::{Entered, Home, NewSession, Person, Register};
pub use rule::{MOST_HOURS, MOST_IDLE_MINUTES, Rule, SecondFactorFor, find as rule_of};
pub use session::{Activity, FRESH, SessionEntry, WARNING, Who, forget_sessions};
pub use sign_in::{Attempt, Enrolled, NextStep, Proof, SignIn, SignedIn, Step};
pub use standing::{Standing, forget_person, standing};
pub use token::{Door, SessionToken};

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: 150,
    name: "identity",
    sql: include_str!("identity.sql"),
}];

/// How this installation lets people in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What authenticator apps call it.
    pub issuer: String,
    /// What the hash of a password costs.
    pub cost: Cost,
    /// For whom browsers make passkeys; without it there are none.
    pub party: Option<RelyingParty>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: "Bailee".into(),
            cost: Cost::default(),
            party: None,
        }
    }
}

/// The people of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Identity<R> {
    pub(crate) desk: Desk,
    pub(crate) register: R,
    pub(crate) passwords: password::Hasher,
    pub(crate) networks: throttle::Networks,
    pub(crate) issuer: std::sync::Arc<str>,
    pub(crate) party: Option<std::sync::Arc<RelyingParty>>,
    pub(crate) providers: Option<Providers>,
    pub(crate) letters: Option<std::sync::Arc<str>>,
}

impl<R: Register> Identity<R> {
    /// Puts the parts together.
    ///
    /// Fails with [`Error::Internal`] when the cost is none that Argon2 knows.
    pub fn new(desk: Desk, register: R, settings: Settings) -> Result<Self> {
        Ok(Self {
            desk,
            register,
            passwords: password::Hasher::new(settings.cost)?,
            networks: throttle::Networks::default(),
            issuer: settings.issuer.into(),
            party: settings.party.map(std::sync::Arc::new),
            providers: None,
            letters: None,
        })
    }

    /// The same, letting teams sign in at providers of their own.
    #[must_use]
    pub fn with_providers(self, providers: Providers) -> Self {
        Self {
            providers: Some(providers),
            ..self
        }
    }

    /// The same, sending invitations by letter, with links to the console at this address.
    #[must_use]
    pub fn with_letters(self, url: &str) -> Self {
        Self {
            letters: Some(url.trim_end_matches('/').into()),
            ..self
        }
    }

    /// Whether invitations can be sent by letter.
    pub fn writes_letters(&self) -> bool {
        self.letters.is_some()
    }

    /// The hosts behind which teams may have providers of their own; none where there is no single sign-on.
    pub fn providers_named(&self) -> kernel::AllowedHosts {
        self.providers
            .as_ref()
            .map(|providers| providers.hosts().clone())
            .unwrap_or_default()
    }

    /// The people of another door. Who guesses has to wait at both, and as many passwords are looked at at once.
    #[must_use]
    pub fn at(&self, register: R) -> Self {
        Self {
            register,
            ..self.clone()
        }
    }

    /// What the bearer of this cookie acts with, if it is a session's of this door; whether it is live is asked by every act.
    pub fn credential(&self, cookie: &str) -> Option<R::Credential> {
        self.token(cookie).map(|token| self.register.credential(&token))
    }

    /// A session's token that was given at this door.
    pub(crate) fn token(&self, cookie: &str) -> Option<SessionToken> {
        SessionToken::parse(cookie).filter(|token| token.door() == self.register.door())
    }
}
