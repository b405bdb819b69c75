//! What somebody who is signed in changes about how they prove who they are.
//!
//! Promises: only at a browser, by the person, with a fresh proof: an API key changes nothing here, so that whoever finds
//! one does not stay; a new password ends the other sessions and makes other browsers strangers; recovery codes are shown
//! once. Leaves out: other people's factors, for which there are invitations.

use access::Action;
use kernel::Timestamp;
use operation::acts::ChangeFactor;
use operation::{Op, Permit, Request};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;
use store::params;

use crate::error::{Error, Result};
use crate::password::{Floor, Password};
use crate::register::{Entered, Register};
use crate::sign_in::{NewStep, OFFERED, StepKind, begin_step, end_step, take_step};
use crate::totp::TotpSecret;
use crate::{Identity, account, oidc, passkey, rule};

/// What a member proves with who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Factors {
    /// Since when they have their password; nothing before they accepted an invitation.
    pub password_at: Option<Timestamp>,
    /// The floor that it was chosen by.
    pub password_floor: Option<Floor>,
    /// Whether they have an authenticator app.
    pub totp: bool,
    /// Whether they have a passkey.
    pub passkey: bool,
    /// Whether their team's provider knows them.
    pub single_sign_on: bool,
    /// Recovery codes that are left.
    pub recovery_codes_left: u32,
    /// Whether their team asks them for a second factor.
    pub second_factor_needed: bool,
}

/// The secret of a new authenticator app, good after its first code.
#[derive(Debug)]
pub struct TotpOffer {
    /// Names the offer; to [`Identity::confirm_totp`].
    pub ticket: SecretString,
    /// When it ends.
    pub ends_at: Timestamp,
    /// What to type into the app: base32.
    pub secret: SecretString,
    /// What the app reads from a QR code.
    pub uri: SecretString,
}

impl<R: Register> Identity<R> {
    /// What the caller proves with who they are.
    pub async fn factors(&self, credential: &R::Credential, request: Request) -> Result<Factors> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionList)?;
                let (home, member) = (&entered.home, entered.member);
                let account = account::find(op, home, member)?;
                Ok(Factors {
                    password_at: account.as_ref().map(|account| account.password_at),
                    password_floor: account.map(|account| account.floor),
                    totp: account::has_totp(op, home.tenant, member)?,
                    passkey: passkey::has_any(op, home.tenant, member)?,
                    single_sign_on: oidc::is_bound(op, home.tenant, member)?,
                    recovery_codes_left: account::recovery_codes_left(op, home.tenant, member)?,
                    second_factor_needed: rule::find(op, home.tenant)?.needs_second_factor(entered.class),
                })
            })
            .await
    }

    /// Sets a new password, ends the other sessions, and makes other browsers strangers; gives how many sessions ended.
    pub async fn change_password(
        &self,
        credential: &R::Credential,
        request: Request,
        password: &SecretString,
    ) -> Result<usize> {
        let (chosen, floor) = self.choose_next(credential, request.clone(), password).await?;
        let hash = self.passwords.hash(chosen, &*self.desk.random).await?;
        self.at_browser(credential, request, move |identity, op, entered, permit| {
            let (home, member) = (&entered.home, entered.member);
            account::keep_password(op, permit, home, member, &hash, floor)?;
            op.change(permit, FORGET_BROWSERS, params![home.tenant, member])?;
            let ended = identity.end_others(op, permit, entered, member)?;
            Ok((ended, json!({ "set": "password", "ended": ended })))
        })
        .await
    }

    /// Offers a new authenticator app its secret. The one that is there stays until the first code of the new one.
    pub async fn begin_totp(&self, credential: &R::Credential, request: Request) -> Result<TotpOffer> {
        self.at_browser(credential, request, |identity, op, entered, _| {
            let (home, member) = (&entered.home, entered.member);
            let person = identity.someone(op, entered, None, Action::FactorChange)?;
            let secret = TotpSecret::generate(op.random());
            let new = NewStep {
                kind: StepKind::Enrol,
                member,
                proven: OFFERED,
                attempt: None,
                state: secret.expose(),
            };
            let (ticket, ends_at) = begin_step(op, home, &new)?;
            let issuer = format!("{} ({})", identity.issuer, home.slug);
            let offer = TotpOffer {
                ticket,
                ends_at,
                secret: secret.to_text(),
                uri: secret.to_uri(&issuer, &person.email),
            };
            Ok((offer, json!({ "offered": "totp" })))
        })
        .await
    }

    /// Takes the first code of the new authenticator app, which replaces the one before; gives new recovery codes.
    ///
    /// Fails with [`Error::NotProven`] for a wrong code, and [`Error::StepOver`] for an offer that has ended.
    pub async fn confirm_totp(
        &self,
        credential: &R::Credential,
        request: Request,
        ticket: &SecretString,
        code: &SecretString,
    ) -> Result<Vec<SecretString>> {
        let (ticket, code) = (ticket.clone(), code.clone());
        let taken = self.at_browser(credential, request, move |identity, op, entered, permit| {
            let step = take_step(op, &identity.register, StepKind::Enrol, ticket.expose_secret())?;
            if step.member != entered.member || step.proven != OFFERED {
                return Err(Error::StepOver);
            }
            let secret = TotpSecret::from_slice(&step.state).ok_or(Error::Altered)?;
            let Some(at) = secret.step_of(code.expose_secret(), op.now()) else {
                // The act commits, so that the try counts.
                return Ok((None, json!({ "added": null, "reasons": ["wrong-code"] })));
            };
            end_step(op, &step)?;
            account::keep_totp(op, permit, &entered.home, entered.member, &secret, at)?;
            let codes = account::new_recovery_codes(op, permit, &entered.home, entered.member)?;
            let details = json!({ "added": "totp", "recovery-codes": codes.len() });
            Ok((Some(codes), details))
        });
        taken.await?.ok_or(Error::NotProven)
    }

    /// Takes the authenticator app away, and the recovery codes where there is no passkey.
    ///
    /// Fails with [`Error::Conflict`] where the team asks the caller for a second factor.
    pub async fn remove_totp(&self, credential: &R::Credential, request: Request) -> Result<()> {
        self.at_browser(credential, request, |_, op, entered, permit| {
            let (tenant, member) = (entered.home.tenant, entered.member);
            account::drop_totp(op, permit, tenant, member)?;
            let needed = rule::find(op, tenant)?.needs_second_factor(entered.class);
            if needed && !account::has_second(op, tenant, member)? {
                let problem = "your team asks you for a second factor; set another app up instead, which replaces this one";
                return Err(Error::Conflict(problem.into()));
            }
            Ok(((), json!({ "removed": "totp" })))
        })
        .await
    }

    /// Makes new recovery codes; the ones before are good no more.
    ///
    /// Fails with [`Error::Conflict`] where there is no second factor that they could stand in for.
    pub async fn renew_recovery_codes(
        &self,
        credential: &R::Credential,
        request: Request,
    ) -> Result<Vec<SecretString>> {
        self.at_browser(credential, request, |_, op, entered, permit| {
            let (home, member) = (&entered.home, entered.member);
            if !account::has_second(op, home.tenant, member)? {
                let problem = "set an authenticator app or a passkey up first";
                return Err(Error::Conflict(problem.into()));
            }
            let codes = account::new_recovery_codes(op, permit, home, member)?;
            let details = json!({ "recovery-codes": codes.len() });
            Ok((codes, details))
        })
        .await
    }

    /// Whether the text can be the caller's next password, before it is hashed.
    async fn choose_next(
        &self,
        credential: &R::Credential,
        request: Request,
        password: &SecretString,
    ) -> Result<(Password, Floor)> {
        let (identity, credential, password) = (self.clone(), credential.clone(), password.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::FactorChange)?;
                let person = identity.someone(op, &entered, None, Action::FactorChange)?;
                op.check::<ChangeFactor>(account::resource(entered.member), &entered.own())?;
                let rule = rule::find(op, entered.home.tenant)?;
                let words = account::context_words(&entered.home, &person);
                let chosen = Password::choose(&password, rule.demands(entered.class), &words)?;
                Ok((chosen, rule.floor(entered.class)))
            })
            .await
    }

    /// Runs one change of the caller's own factors, and records what it says.
    pub(crate) async fn at_browser<T, F>(
        &self,
        credential: &R::Credential,
        request: Request,
        change: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Self, &mut Op<'_>, &Entered, &Permit<ChangeFactor>) -> Result<(T, serde_json::Value)>
            + Send
            + 'static,
    {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::FactorChange)?;
                if !entered.is_session {
                    return Err(not_at_a_browser(op, &entered)?);
                }
                let resource = account::resource(entered.member);
                let permit: Permit<ChangeFactor> = op.permit(resource, &entered.own())?;
                let (done, details) = change(&identity, op, &entered, &permit)?;
                op.record(permit, details)?;
                Ok(done)
            })
            .await
    }
}

fn not_at_a_browser(op: &mut Op<'_>, entered: &Entered) -> Result<Error> {
    let reasons = vec!["not-at-a-browser".to_owned()];
    let action = Action::FactorChange;
    op.refuse(
        action,
        account::resource(entered.member),
        json!({ "reasons": reasons }),
    )?;
    Ok(Error::Forbidden { action, reasons })
}

const FORGET_BROWSERS: &str = "DELETE FROM known_browser WHERE tenant_id = $1 AND member_id = $2";
