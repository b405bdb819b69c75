//! Which provider a team has, and whom it lets in.

use access::{Action, Class, Facts};
use kernel::MemberId;
use operation::acts::{ChangeMember, ChangeTenant, ViewTenant};
use operation::{Op, Permit, Request, Resource};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::provider::Client;
use super::{NewOidc, Oidc, PROVEN, Providers, rows};
use crate::error::{Error, Result};
use crate::register::{Entered, Home, Person, Register};
use crate::{Identity, account};

const MOST_DOMAINS: usize = 50;

/// What is sealed of a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(super) name: String,
    pub(super) issuer: String,
    pub(super) client_id: String,
    client_secret: String,
    pub(super) domains: Vec<String>,
    pub(super) class: Class,
    pub(super) just_in_time: bool,
    enforced: bool,
    break_glass: Option<MemberId>,
}

impl<R: Register> Identity<R> {
    /// The provider of the caller's tenant.
    pub async fn oidc(&self, credential: &R::Credential, request: Request) -> Result<Option<Oidc>> {
        let (providers, identity, credential) = (self.providers()?, self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::TenantView)?;
                let permit: Permit<ViewTenant> = op.permit(Resource::tenant(), &entered.home.facts())?;
                let kept = rows::find(op, &entered.home)?;
                op.record(permit, json!({ "of": "single-sign-on" }))?;
                Ok(kept.map(|kept| kept.shown(&providers)))
            })
            .await
    }

    /// Sets the provider, after asking it whether it is there. With another issuer, everybody is known anew by their
    /// address. Sessions that are there stay.
    ///
    /// Fails with [`Error::Invalid`] for what does not fit, and for a provider that does not answer as one.
    pub async fn set_oidc(&self, credential: &R::Credential, request: Request, new: NewOidc) -> Result<Oidc> {
        let providers = self.providers()?;
        let new = new.checked(&providers)?;
        let (identity, asking) = (self.clone(), credential.clone());
        let check = move |op: &mut Op<'_>| may_set(op, &identity, &asking).map(drop);
        // Who may not set it does not make the server ask anybody either.
        self.desk.act(request.clone(), check).await?;
        let found = providers.document(&new.issuer, self.desk.clock.now()).await;
        found.map_err(|reason| {
            Error::invalid(
                "issuer",
                format!("it does not answer as a provider does ({reason})"),
            )
        })?;
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = may_set(op, &identity, &credential)?;
                let permit: Permit<ChangeTenant> = op.permit(Resource::tenant(), &entered.home.facts())?;
                let kept = identity.merge(op, &entered.home, &new)?;
                let before = rows::find(op, &entered.home)?;
                if before.is_some_and(|before| before.issuer != kept.issuer) {
                    rows::forget_subjects(op, &permit, entered.home.tenant)?;
                }
                rows::keep(op, &permit, &entered.home, &kept)?;
                let shown = kept.shown(&providers);
                op.record(permit, json!({ "single-sign-on": shown }))?;
                Ok(shown)
            })
            .await
    }

    /// Takes the provider away; says whether there was one. Passwords let everybody in again who has one.
    pub async fn remove_oidc(&self, credential: &R::Credential, request: Request) -> Result<bool> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = may_set(op, &identity, &credential)?;
                let permit: Permit<ChangeTenant> = op.permit(Resource::tenant(), &entered.home.facts())?;
                let removed = rows::remove(op, &permit, entered.home.tenant)?;
                op.record(permit, json!({ "single-sign-on": null, "removed": removed }))?;
                Ok(removed)
            })
            .await
    }

    /// What the button of a team's provider says, for the page where people sign in; nothing for a team that has none, and
    /// for one that is not there.
    pub async fn oidc_name(&self, request: Request, tenant: &str) -> Result<Option<String>> {
        if self.providers.is_none() {
            return Ok(None);
        }
        let (identity, slug) = (self.clone(), tenant.to_owned());
        self.desk
            .act(request, move |op| {
                let home = match identity.register.home(op, &slug) {
                    Ok(Some(home)) => home,
                    Ok(None) | Err(Error::CustomerHeld) => return Ok(None),
                    Err(other) => return Err(other),
                };
                Ok(rows::find(op, &home)?.map(|kept| kept.name))
            })
            .await
    }

    /// Whether teams may have providers here.
    pub fn offers_providers(&self) -> bool {
        self.providers.is_some()
    }

    pub(super) fn providers(&self) -> Result<Providers> {
        let absent =
            "this server offers no single sign-on: its operator has named no providers in sign_in.providers";
        self.providers
            .clone()
            .ok_or_else(|| Error::Conflict(absent.into()))
    }

    /// What is kept: the secret that was there where none was given, and an owner who gets in without the provider.
    fn merge(&self, op: &mut Op<'_>, home: &Home, new: &NewOidc) -> Result<Kept> {
        let before = rows::find(op, home)?.filter(|before| before.issuer == new.issuer);
        let given = new
            .client_secret
            .as_ref()
            .map(|secret| secret.expose_secret().to_owned());
        let secret = given.or(before.map(|before| before.client_secret));
        if new.enforced {
            self.check_break_glass(op, home, new.break_glass)?;
        }
        Ok(Kept {
            name: new.name.clone(),
            issuer: new.issuer.clone(),
            client_id: new.client_id.clone(),
            client_secret: secret.ok_or_else(|| {
                Error::invalid("client_secret", "give the secret that this provider gave you")
            })?,
            domains: new.domains.clone(),
            class: new.class,
            just_in_time: new.just_in_time,
            enforced: new.enforced,
            break_glass: new.break_glass,
        })
    }

    fn check_break_glass(&self, op: &mut Op<'_>, home: &Home, member: Option<MemberId>) -> Result<()> {
        let person = match member {
            Some(member) => self.register.person(op, home, member)?,
            None => None,
        };
        let owner = person.filter(|person| person.active && person.class == Class::Owner);
        let has_password = match &owner {
            Some(owner) => account::find(op, home, owner.member)?.is_some(),
            None => false,
        };
        has_password.then_some(()).ok_or_else(|| {
            let problem =
                "name an owner who has a password: the day the provider is gone, nobody else gets in";
            Error::invalid("break_glass", problem)
        })
    }
}

/// Whoever names the provider can become anybody in the team: so it takes somebody who may make an owner.
fn may_set<R: Register>(
    op: &mut Op<'_>,
    identity: &Identity<R>,
    credential: &R::Credential,
) -> Result<Entered> {
    let entered = identity.register.enter(op, credential, Action::TenantChange)?;
    op.check::<ChangeTenant>(Resource::tenant(), &entered.home.facts())?;
    let facts = Facts {
        target_class: Some(Class::Worker),
        new_class: Some(Class::Owner),
        ..entered.home.facts()
    };
    op.check::<ChangeMember>(Resource::tenant(), &facts)?;
    Ok(entered)
}

/// Whether a password, a passkey or an invitation lets this person in: where the provider is enforced, an owner alone.
pub(crate) fn lets_passwords_in(op: &mut Op<'_>, home: &Home, member: MemberId) -> Result<bool> {
    let kept = rows::find(op, home)?;
    Ok(kept.is_none_or(|kept| !kept.enforced || kept.break_glass == Some(member)))
}

/// The last look before a session is made, whichever way somebody came; says whether they are the owner who comes in round the
/// provider, which is the only way in for everybody else.
pub(crate) fn check_way(op: &mut Op<'_>, home: &Home, person: &Person, proven: &str) -> Result<bool> {
    let enforced = rows::find(op, home)?.filter(|kept| kept.enforced && proven != PROVEN);
    match enforced {
        None => Ok(false),
        Some(kept) if kept.break_glass == Some(person.member) => Ok(true),
        Some(_) => {
            let details = json!({ "reasons": ["single-sign-on-only"] });
            op.refuse(Action::SessionBegin, Resource::member(person.member), details)?;
            Err(Error::NotProven)
        }
    }
}

impl Kept {
    pub(super) fn secret(&self) -> SecretString {
        self.client_secret.clone().into()
    }

    pub(super) fn client<'a>(&'a self, secret: &'a SecretString) -> Client<'a> {
        Client {
            id: &self.client_id,
            secret,
        }
    }

    /// Whether the team has named the address's domain.
    pub(super) fn takes(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        domain.is_some_and(|domain| self.domains.contains(&domain))
    }

    fn shown(&self, providers: &Providers) -> Oidc {
        Oidc {
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            domains: self.domains.clone(),
            class: self.class,
            just_in_time: self.just_in_time,
            enforced: self.enforced,
            break_glass: self.break_glass,
            callback: providers.callback().to_owned(),
        }
    }
}

impl NewOidc {
    fn checked(mut self, providers: &Providers) -> Result<Self> {
        self.name = self.name.trim().to_owned();
        check_line("name", &self.name, 60)?;
        providers
            .check_url(&self.issuer)
            .map_err(|problem| Error::invalid("issuer", problem))?;
        if self.issuer.contains('?') {
            return Err(Error::invalid(
                "issuer",
                "give it without a question mark, as the provider calls itself",
            ));
        }
        check_line("client_id", &self.client_id, 500)?;
        if let Some(secret) = &self.client_secret {
            check_line("client_secret", secret.expose_secret(), 1_000)?;
        }
        if matches!(self.class, Class::Owner | Class::Admin | Class::Operator) {
            let problem = "give user, workforce-manager, worker, auditor or privacy-officer; owners make admins and owners by hand";
            return Err(Error::invalid("class", problem));
        }
        for domain in &mut self.domains {
            *domain = domain.trim().to_lowercase();
        }
        let fits =
            (1..=MOST_DOMAINS).contains(&self.domains.len()) && self.domains.iter().all(|d| is_domain(d));
        fits.then_some(self).ok_or_else(|| {
            let problem =
                format!("give 1 to {MOST_DOMAINS} domains such as clinic.example, all of which are yours");
            Error::invalid("domains", problem)
        })
    }
}

fn check_line(field: &'static str, text: &str, most: usize) -> Result<()> {
    let fits = (1..=most).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then_some(())
        .ok_or_else(|| Error::invalid(field, format!("give 1 to {most} bytes on one line")))
}

fn is_domain(text: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '-';
    text.len() <= 253
        && text.contains('.')
        && text
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(inner))
}
