//! The way to a provider: what the browser is sent there with.

use std::time::Duration;

use access::Action;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::{Op, Request};
use secrecy::{ExposeSecret, SecretString};

use super::settings::Kept;
use super::{OidcBegun, rows};
use crate::error::{Error, Result};
use crate::register::Register;
use crate::token::{State, Token, Way};
use crate::{Identity, rule};

/// How long the way may take.
pub(super) const LIFE: Duration = Duration::from_secs(10 * 60);

/// What follows from the browser's secret: told to the provider as a hash, and as itself only at the end.
pub(super) struct Bound {
    pub(super) nonce: String,
    pub(super) verifier: SecretString,
}

impl Bound {
    pub(super) fn of(browser: &Token<Way>) -> Self {
        Self {
            nonce: URL_SAFE_NO_PAD.encode(browser.derive("nonce at a provider")),
            verifier: URL_SAFE_NO_PAD.encode(browser.derive("code verifier")).into(),
        }
    }

    /// RFC 7636, section 4.2.
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.expose_secret().as_bytes()))
    }
}

/// A way that was written down.
struct Begun {
    kept: Kept,
    state: SecretString,
    browser: Token<Way>,
    ends_at: Timestamp,
    /// How old a proof at the provider may be, in seconds.
    max_age: u64,
    again: bool,
}

impl<R: Register> Identity<R> {
    /// The way to a team's provider. Tells nothing about who is in the team.
    ///
    /// Fails with [`Error::NotProven`] for a team that is not there or has no provider, and [`Error::Provider`] when the
    /// provider does not answer.
    pub async fn begin_oidc(&self, request: Request, tenant: &str) -> Result<OidcBegun> {
        self.providers()?;
        let (identity, slug) = (self.clone(), tenant.to_owned());
        let begun = self
            .desk
            .act(request, move |op| {
                let home = identity.register.home(op, &slug)?.ok_or(Error::NotProven)?;
                let kept = rows::find(op, &home)?.ok_or(Error::NotProven)?;
                begin(op, home.tenant, kept, None)
            })
            .await?;
        self.send(begun).await
    }

    /// The way to the provider for somebody who is signed in, to prove anew that it is they; it ends as
    /// [`Identity::begin_oidc`]'s does, with the same session and another secret.
    ///
    /// Fails with [`Error::Conflict`] for a team without a provider.
    pub async fn begin_oidc_proof(&self, credential: &R::Credential, request: Request) -> Result<OidcBegun> {
        self.providers()?;
        let (identity, credential) = (self.clone(), credential.clone());
        let begun = self
            .desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionBegin)?;
                let kept = rows::find(op, &entered.home)?;
                let absent = || Error::Conflict("your team has no provider to prove it at".into());
                if !entered.is_session {
                    return Err(Error::SignedOut);
                }
                let again = Some((entered.member, entered.key));
                begin(op, entered.home.tenant, kept.ok_or_else(absent)?, again)
            })
            .await?;
        self.send(begun).await
    }

    async fn send(&self, begun: Begun) -> Result<OidcBegun> {
        let providers = self.providers()?;
        let found = providers
            .document(&begun.kept.issuer, self.desk.clock.now())
            .await;
        let document = found.map_err(Error::Provider)?;
        let bound = Bound::of(&begun.browser);
        let (challenge, max_age) = (bound.challenge(), begun.max_age.to_string());
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", &begun.kept.client_id),
            ("redirect_uri", providers.callback()),
            ("scope", "openid email profile"),
            ("state", begun.state.expose_secret()),
            ("nonce", &bound.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("max_age", &max_age),
        ];
        if begun.again {
            fields.push(("prompt", "login"));
        }
        Ok(OidcBegun {
            url: document.authorize(&fields),
            browser: begun.browser.to_text(),
            ends_at: begun.ends_at,
        })
    }
}

fn begin(op: &mut Op<'_>, tenant: TenantId, kept: Kept, again: Option<(MemberId, KeyId)>) -> Result<Begun> {
    let (state, browser) = (
        Token::<State>::generate(op.random()),
        Token::<Way>::generate(op.random()),
    );
    let ends_at = op.now().plus(LIFE);
    let way = rows::NewWay {
        state: state.hash(),
        browser: browser.hash(),
        again,
        ends_at,
    };
    rows::begin_way(op, tenant, &way)?;
    let longest = rule::find(op, tenant)?.absolute();
    Ok(Begun {
        kept,
        state: state.to_text(),
        browser,
        ends_at,
        max_age: again.map_or(longest.as_secs(), |_| 0),
        again: again.is_some(),
    })
}
