//! The way back from a provider: who it was, and their session.

use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::acts::ChangeFactor;
use operation::{Op, Permit, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::claims::{About, Expected, Shown};
use super::keys::Refusal;
use super::provider::{Document, Tokens};
use super::settings::Kept;
use super::way::Bound;
use super::{Newcomer, OidcReturn, PROVEN, Providers, rows};
use crate::error::{Error, Result};
use crate::register::{Entered, Home, Person, Register};
use crate::session::FRESH;
use crate::sign_in::{SignedIn, Way, own};
use crate::token::{State, Token, Way as OfWay};
use crate::{Identity, account, history, rule, throttle};

const LONGEST_CODE: usize = 4_096;
const LONGEST_NAME: usize = 200;
/// What the provider is at fault for, and not who came back from it.
const FAULTS: [Refusal; 6] = [
    "provider-unreachable",
    "client-refused",
    "unreadable-provider",
    "unreadable-keys",
    "unreadable-tokens",
    "host-not-allowed",
];

/// A way that somebody came back from. It is used up.
#[derive(Clone)]
struct Taken {
    tenant: TenantId,
    kept: Kept,
    nonce: String,
    verifier: SecretString,
    again: Option<(MemberId, KeyId)>,
    proven_since: Timestamp,
}

/// Somebody on no way of ours.
struct Stray {
    /// Whose way it was, if that can be said.
    tenant: Option<TenantId>,
    reason: Refusal,
}

/// Who it was, by the provider's word.
#[derive(Clone)]
struct Known {
    subject: String,
    proven_at: Option<Timestamp>,
    email: String,
    name: String,
}

/// Whom the word was about, and why it is not enough.
type Refused = (Option<MemberId>, Refusal);

impl<R: Register> Identity<R> {
    /// Takes what the provider sent the browser back with. Gives a session; for [`Identity::begin_oidc_proof`] the same
    /// session, with another secret.
    ///
    /// Fails with [`Error::NotProven`] whatever was wrong with it, which the team's trail says, [`Error::Provider`] where
    /// the provider is at fault, and [`Error::StepOver`] for a state of nobody's.
    pub async fn finish_oidc(
        &self,
        request: Request,
        back: OidcReturn,
        browser: Option<&SecretString>,
    ) -> Result<SignedIn> {
        let (providers, now) = (self.providers()?, self.desk.clock.now());
        let network = throttle::network(request.client.as_ref());
        self.networks.claim(&network, now)?;
        let way = match self.take_way(request.clone(), &back, browser).await? {
            Ok(way) => way,
            Err(Stray { tenant: None, .. }) => return Err(Error::StepOver),
            Err(Stray {
                tenant: Some(tenant),
                reason,
            }) => {
                return Err(self.not_proven(request, tenant, None, reason).await);
            }
        };
        let admitted = match ask(&providers, &way, &back, now).await {
            Ok(known) => self.admit(request.clone(), &way, known).await?,
            Err(reason) => Err((None, reason)),
        };
        match admitted {
            Ok(signed_in) => {
                self.networks.forgive(&network);
                Ok(signed_in)
            }
            Err((member, reason)) => {
                let told = self.not_proven(request, way.tenant, member, reason).await;
                Err(if FAULTS.contains(&reason) {
                    Error::Provider(reason)
                } else {
                    told
                })
            }
        }
    }

    /// Uses the way up, if this browser is on it. A wrong browser does not use up somebody else's.
    async fn take_way(
        &self,
        request: Request,
        back: &OidcReturn,
        browser: Option<&SecretString>,
    ) -> Result<std::result::Result<Taken, Stray>> {
        let (identity, state) = (self.clone(), back.state.clone());
        let browser = browser.cloned();
        self.desk
            .act(request, move |op| {
                let browser = browser
                    .as_ref()
                    .and_then(|text| Token::<OfWay>::parse(text.expose_secret()));
                let state = state.as_deref().and_then(Token::<State>::parse);
                identity.follow(op, state, browser)
            })
            .await
    }

    fn follow(
        &self,
        op: &mut Op<'_>,
        state: Option<Token<State>>,
        browser: Option<Token<OfWay>>,
    ) -> Result<std::result::Result<Taken, Stray>> {
        let hash = state.map(|state| state.hash());
        let row = match hash {
            Some(hash) => rows::way(op, hash)?,
            None => None,
        };
        let (Some(hash), Some(row)) = (hash, row) else {
            let tenant = match &browser {
                Some(browser) => rows::tenant_of_browser(op, browser.hash())?,
                None => None,
            };
            let reason = "unknown-state";
            return Ok(Err(Stray { tenant, reason }));
        };
        let stray = |reason| {
            let tenant = Some(row.tenant);
            Ok(Err(Stray { tenant, reason }))
        };
        let Some(browser) = browser.filter(|browser| browser.hash() == row.browser) else {
            return stray("other-browser");
        };
        if row.used {
            return stray("state-used");
        }
        if row.ends_at <= op.now() {
            return stray("state-expired");
        }
        rows::use_way(op, hash)?;
        let home = self.register.home_of(op, row.tenant)?;
        let Some(kept) = rows::find(op, &home)? else {
            return stray("no-provider");
        };
        let longest = rule::find(op, home.tenant)?.absolute();
        let Bound { nonce, verifier } = Bound::of(&browser);
        Ok(Ok(Taken {
            tenant: row.tenant,
            kept,
            nonce,
            verifier,
            again: row.again,
            proven_since: row.again.map_or(op.now().minus(longest), |_| row.begun_at),
        }))
    }

    /// Everything is asked anew, and the session is made.
    async fn admit(
        &self,
        request: Request,
        way: &Taken,
        known: Known,
    ) -> Result<std::result::Result<SignedIn, Refused>> {
        let (identity, way) = (self.clone(), way.clone());
        self.desk
            .act(request, move |op| {
                let home = identity.register.home_of(op, way.tenant)?;
                let unchanged =
                    |kept: &Kept| (&kept.issuer, &kept.client_id) == (&way.kept.issuer, &way.kept.client_id);
                let Some(kept) = rows::find(op, &home)?.filter(unchanged) else {
                    return Ok(Err((None, "no-provider")));
                };
                if !kept.takes(&known.email) {
                    return Ok(Err((None, "other-domain")));
                }
                match way.again {
                    None => identity.let_in(op, &home, &kept, &known),
                    Some(session) => identity.prove_again(op, home, &kept, &known, session),
                }
            })
            .await
    }

    fn let_in(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        kept: &Kept,
        known: &Known,
    ) -> Result<std::result::Result<SignedIn, Refused>> {
        let person = match self.person_of(op, home, kept, known)? {
            Ok(person) => person,
            Err(refused) => return Ok(Err(refused)),
        };
        let attempt = history::begin(op, home, person.member)?;
        account::count_failure(op, home.tenant, person.member, 0)?;
        let way = Way {
            proven: PROVEN,
            attempt: Some(attempt),
            browser: None,
            floor: None,
        };
        let fresh_until = fresh_until(op, known);
        self.begin_session_until(op, home, &person, &way, fresh_until)
            .map(Ok)
    }

    /// The member it is: known to the provider, or by their address the first time, or made one now.
    fn person_of(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        kept: &Kept,
        known: &Known,
    ) -> Result<std::result::Result<Person, Refused>> {
        if let Some(member) = rows::member_of(op, home, &kept.issuer, &known.subject)? {
            let person = self
                .register
                .person(op, home, member)?
                .filter(|person| person.active);
            return Ok(person.ok_or((Some(member), "member-disabled")));
        }
        let person = match self.register.person_by_email(op, home, &known.email)? {
            Some(person) if !person.active => return Ok(Err((Some(person.member), "member-disabled"))),
            // The address may have been given to somebody else meanwhile.
            Some(person) if rows::is_bound(op, home.tenant, person.member)? => {
                return Ok(Err((Some(person.member), "known-as-somebody-else")));
            }
            Some(person) => person,
            None if kept.just_in_time => self.register.take_in(op, home, &known.newcomer(kept))?,
            None => return Ok(Err((None, "unknown-person"))),
        };
        op.enter(home.proven(&person));
        let permit: Permit<ChangeFactor> =
            op.permit(account::resource(person.member), &own(home, &person))?;
        rows::bind(op, &permit, home, person.member, (&kept.issuer, &known.subject))?;
        op.record(permit, json!({ "added": PROVEN }))?;
        Ok(Ok(person))
    }

    fn prove_again(
        &self,
        op: &mut Op<'_>,
        home: Home,
        kept: &Kept,
        known: &Known,
        (member, session): (MemberId, KeyId),
    ) -> Result<std::result::Result<SignedIn, Refused>> {
        if known.proven_at.is_none() {
            return Ok(Err((Some(member), "no-time-of-proof")));
        }
        if rows::member_of(op, &home, &kept.issuer, &known.subject)? != Some(member) {
            return Ok(Err((Some(member), "somebody-else")));
        }
        let person = self
            .register
            .person(op, &home, member)?
            .filter(|person| person.active);
        let Some(person) = person else {
            return Ok(Err((Some(member), "member-disabled")));
        };
        op.enter(home.proven(&person));
        let entered = Entered {
            key: session,
            member,
            class: person.class,
            home,
            ends_at: None,
            fresh_until: None,
            is_session: true,
        };
        let fresh_until = fresh_until(op, known);
        self.renew_session(op, entered, session, PROVEN, fresh_until)
            .map(Ok)
    }
}

impl Known {
    /// Their name on one line, or what stands before the `@` of their address.
    fn newcomer(&self, kept: &Kept) -> Newcomer {
        let plain: String = self.name.chars().filter(|c| !c.is_control()).collect();
        let mut name = plain.trim().to_owned();
        name.truncate(name.floor_char_boundary(LONGEST_NAME));
        if name.is_empty() {
            name = self.email.split('@').next().unwrap_or_default().to_owned();
        }
        Newcomer {
            name,
            email: self.email.clone(),
            class: kept.class,
        }
    }
}

/// A proof is as fresh as the provider says it is; where it says nothing, not at all.
fn fresh_until(op: &Op<'_>, known: &Known) -> Timestamp {
    let proven_at = known.proven_at.unwrap_or_default();
    proven_at.min(op.now()).plus(FRESH)
}

/// What the provider says of who came back, if it is to be believed.
async fn ask(
    providers: &Providers,
    way: &Taken,
    back: &OidcReturn,
    now: Timestamp,
) -> std::result::Result<Known, Refusal> {
    if back.error.is_some() {
        return Err("provider-refused");
    }
    let document = providers.document(&way.kept.issuer, now).await?;
    match &back.iss {
        Some(issuer) if *issuer != way.kept.issuer => return Err("other-issuer"),
        None if document.authorization_response_iss_parameter_supported => return Err("no-issuer"),
        _ => {}
    }
    let code = back
        .code
        .as_deref()
        .filter(|code| code.len() <= LONGEST_CODE)
        .ok_or("no-code")?;
    let secret = way.kept.secret();
    let client = way.kept.client(&secret);
    let verifier = way.verifier.expose_secret();
    let tokens = providers.exchange(&document, &client, code, verifier).await?;
    let signed = providers.open(&document, &tokens.id_token, now).await?;
    let expected = Expected {
        issuer: &way.kept.issuer,
        client_id: &way.kept.client_id,
        nonce: &way.nonce,
        now,
        proven_since: way.proven_since,
        access_token: tokens.access_token.as_deref(),
    };
    let shown = expected.check(&signed)?;
    let about = About::read(&signed.payload)?;
    let about = match about.email {
        Some(_) => about,
        None => more(providers, &document, &tokens, &shown).await?,
    };
    known(shown, about)
}

/// The provider's page about them, where the token does not say how they are reached.
async fn more(
    providers: &Providers,
    document: &Document,
    tokens: &Tokens,
    shown: &Shown,
) -> std::result::Result<About, Refusal> {
    let access_token = tokens.access_token.as_deref().ok_or("no-email")?;
    let page = providers.about(document, access_token).await?.ok_or("no-email")?;
    let about = About::read(&page)?;
    // OpenID Connect Core 1.0, section 5.3.2.
    match about.sub.as_deref() == Some(&shown.subject) {
        true => Ok(about),
        false => Err("subject"),
    }
}

fn known(shown: Shown, about: About) -> std::result::Result<Known, Refusal> {
    if !about.is_verified() {
        return Err("email-not-verified");
    }
    let email = about
        .email
        .as_deref()
        .map(str::trim)
        .filter(|email| is_address(email));
    Ok(Known {
        email: email.ok_or("no-email")?.to_owned(),
        name: about.name.clone().unwrap_or_default(),
        subject: shown.subject,
        proven_at: shown.proven_at,
    })
}

/// What custody takes as an address, so that a provider's word does not become a fault of ours.
fn is_address(text: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    let parts = text.split_once('@');
    text.len() <= 254
        && text.chars().all(plain)
        && parts.is_some_and(|(local, domain)| !local.is_empty() && domain.len() > 2 && !domain.contains('@'))
}
