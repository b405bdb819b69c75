//! The first step: team, e-mail address, password.
//!
//! Three parts, for hashing takes long and must not hold a transaction open: the attempt is counted and what to compare
//! with is found; the password is compared; the outcome is written, after everything was asked anew.

use kernel::{MemberId, OperationId, TenantId, Timestamp};
use operation::{Op, Request};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{Attempt, Cause, NewStep, NextStep, SignIn, Step, StepKind, Way, begin_step};
use crate::browser::{self, Known};
use crate::error::{Error, Result};
use crate::password::{Floor, Password};
use crate::register::{Home, Person, Register};
use crate::throttle::{self, MOST_IN_A_ROW, Scope};
use crate::totp::TotpSecret;
use crate::{Identity, account, history, oidc, passkey, rule};

/// An attempt that was counted.
struct Claimed {
    tenant: TenantId,
    scope: Scope,
    known: Option<Known>,
    /// Whose account is meant, if it is anybody's.
    account: Option<ClaimedAccount>,
    /// Why it cannot succeed, if it cannot, or why it did not.
    reason: &'static str,
    /// Whether waiting begins if it fails: somebody should hear of that.
    alarms: bool,
}

struct ClaimedAccount {
    member: MemberId,
    attempt: OperationId,
    /// What to compare with, if the account takes a password at all.
    secret: Option<(Zeroizing<String>, Timestamp)>,
}

impl<R: Register> Identity<R> {
    /// Takes a password. Gives a session, or what is asked for beside it.
    ///
    /// Fails with [`Error::NotProven`] whatever was wrong, with [`Error::Wait`] after many failures, with
    /// [`Error::Busy`] when too many sign in at once, and with [`Error::CustomerHeld`] for a tenant that holds its key
    /// itself.
    pub async fn sign_in(&self, request: Request, attempt: Attempt) -> Result<SignIn> {
        let network = throttle::network(request.client.as_ref());
        let now = self.desk.clock.now();
        let claimed = self.claim(request.clone(), &attempt).await?;
        let known = claimed.as_ref().is_some_and(|claimed| claimed.known.is_some());
        if !known {
            self.networks.claim(&network, now)?;
        }
        let hash = claimed.as_ref().and_then(Claimed::hash);
        let password = Password::read(&attempt.password);
        let right = self.passwords.check(password, hash, &*self.desk.random).await?;
        let Some(claimed) = claimed else {
            return Err(Error::NotProven);
        };
        let (tenant, member) = (claimed.tenant, claimed.member());
        let Some(right) = right else {
            let reason = match claimed.alarms {
                true => Cause::Alarming(claimed.reason),
                false => Cause::Usual(claimed.reason),
            };
            return Err(self.not_proven(request, tenant, member, reason).await);
        };
        let signed_in = self.proceed(request, claimed, right.anew).await?;
        if !known {
            self.networks.forgive(&network);
        }
        Ok(signed_in)
    }

    /// Counts the attempt as failed and finds what to compare with; nothing for an unknown team.
    async fn claim(&self, request: Request, attempt: &Attempt) -> Result<Option<Claimed>> {
        let (identity, attempt) = (self.clone(), attempt.clone());
        self.desk
            .act(request, move |op| {
                let Some(home) = identity.register.home(op, &attempt.tenant)? else {
                    return Ok(None);
                };
                let person = identity.register.person_by_email(op, &home, &attempt.email)?;
                identity.claim_at(op, &home, person.as_ref(), &attempt).map(Some)
            })
            .await
    }

    fn claim_at(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        person: Option<&Person>,
        attempt: &Attempt,
    ) -> Result<Claimed> {
        let text = attempt.browser.as_ref().map(ExposeSecret::expose_secret);
        let known = match person {
            Some(person) => browser::find(op, home, person.member, text)?,
            None => None,
        };
        let email = attempt.email.trim().to_lowercase();
        let network = throttle::network(op.client());
        let scope = match known {
            Some(known) => Scope::of(&home.key, "known browser", &[&known.hash]),
            None => Scope::of(&home.key, "address and network", &[email.as_bytes(), &network]),
        };
        let alarms = scope.claim(op, home.tenant)?;
        let mut claimed = Claimed {
            tenant: home.tenant,
            scope,
            known,
            account: None,
            reason: "unknown-person",
            alarms,
        };
        if let Some(person) = person {
            claimed.find_account(op, home, person)?;
        }
        Ok(claimed)
    }

    /// The password was right: everything is asked anew, and the next step or the session is made.
    async fn proceed(
        &self,
        request: Request,
        claimed: Claimed,
        anew: Option<Zeroizing<String>>,
    ) -> Result<SignIn> {
        let (identity, scope, known) = (self.clone(), claimed.scope, claimed.known);
        let account = claimed.account.ok_or(Error::NotProven)?;
        let (member, attempt) = (account.member, account.attempt);
        let compared_at = account.secret.map(|(_, at)| at);
        self.desk
            .act(request, move |op| {
                let home = identity.register.home_of(op, claimed.tenant)?;
                let person = identity.register.person(op, &home, member)?;
                let person = person.filter(|person| person.active).ok_or(Error::NotProven)?;
                let account = account::find(op, &home, member)?.ok_or(Error::NotProven)?;
                if Some(account.password_at) != compared_at {
                    return Err(Error::NotProven);
                }
                if let Some(hash) = &anew {
                    account::renew_hash(op, &home, member, hash)?;
                }
                scope.clear(op)?;
                match known {
                    Some(known) => browser::count_failure(op, known, 0)?,
                    None => account::count_failure(op, home.tenant, member, account.failures - 1)?,
                }
                let way = Way {
                    proven: "password",
                    attempt: Some(attempt),
                    browser: known.map(|known| known.hash),
                    floor: Some(account.floor),
                };
                identity.after_password(op, &home, &person, &way)
            })
            .await
    }

    /// What is asked for beside the password, or the session.
    pub(crate) fn after_password(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        person: &Person,
        way: &Way<'_>,
    ) -> Result<SignIn> {
        let member = person.member;
        let totp = account::has_totp(op, home.tenant, member)?;
        let passkey = passkey::has_any(op, home.tenant, member)?;
        if totp || passkey {
            let state = Kept::of(way).to_bytes();
            let new = NewStep {
                kind: StepKind::Second,
                member,
                proven: way.proven,
                attempt: way.attempt,
                state: &state,
            };
            let (ticket, ends_at) = begin_step(op, home, &new)?;
            let step = Step::Second { totp, passkey };
            return Ok(SignIn::Next(NextStep {
                ticket,
                ends_at,
                step,
            }));
        }
        if rule::find(op, home.tenant)?.needs_second_factor(person.class) {
            return self.begin_enrolling(op, home, person, way).map(SignIn::Next);
        }
        account::count_failure(op, home.tenant, member, 0)?;
        self.begin_session(op, home, person, way).map(SignIn::Session)
    }

    /// Shows the secret of a new authenticator app.
    pub(crate) fn begin_enrolling(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        person: &Person,
        way: &Way<'_>,
    ) -> Result<NextStep> {
        let secret = TotpSecret::generate(op.random());
        let kept = Kept::of(way).to_bytes();
        let state = Zeroizing::new([secret.expose().as_slice(), &kept].concat());
        let new = NewStep {
            kind: StepKind::Enrol,
            member: person.member,
            proven: way.proven,
            attempt: way.attempt,
            state: &state,
        };
        let (ticket, ends_at) = begin_step(op, home, &new)?;
        let issuer = format!("{} ({})", self.issuer, home.slug);
        let step = Step::Enrol {
            secret: secret.to_text(),
            uri: secret.to_uri(&issuer, &person.email),
        };
        Ok(NextStep {
            ticket,
            ends_at,
            step,
        })
    }
}

impl Claimed {
    fn find_account(&mut self, op: &mut Op<'_>, home: &Home, person: &Person) -> Result<()> {
        let member = person.member;
        let attempt = history::begin(op, home, member)?;
        let account = account::find(op, home, member)?;
        let failures = match (&account, self.known) {
            (_, Some(known)) => known.failures,
            (Some(account), None) => account.failures,
            (None, None) => 0,
        };
        let by_password = oidc::lets_passwords_in(op, home, member)?;
        self.reason = match &account {
            _ if !person.active => "member-disabled",
            _ if !by_password => "single-sign-on-only",
            None => "no-password",
            Some(_) if failures >= MOST_IN_A_ROW => "too-many-failures",
            Some(_) => "wrong-password",
        };
        match self.known {
            Some(known) => browser::count_failure(op, known, failures + 1)?,
            None => account::count_failure(op, home.tenant, member, failures + 1)?,
        }
        let takes_one = person.active && by_password && failures < MOST_IN_A_ROW;
        let secret = account.filter(|_| takes_one);
        self.account = Some(ClaimedAccount {
            member,
            attempt,
            secret: secret.map(|account| (account.hash, account.password_at)),
        });
        Ok(())
    }

    fn member(&self) -> Option<MemberId> {
        self.account.as_ref().map(|account| account.member)
    }

    fn hash(&self) -> Option<Zeroizing<String>> {
        let secret = self.account.as_ref()?.secret.as_ref();
        secret.map(|(hash, _)| hash.clone())
    }
}

/// What a step keeps of the way here: the known browser, and whether the password is below the floor.
pub(super) struct Kept {
    pub(super) browser: Option<[u8; 32]>,
    pub(super) floor: Option<Floor>,
}

impl Kept {
    fn of(way: &Way<'_>) -> Self {
        Self {
            browser: way.browser,
            floor: way.floor,
        }
    }

    /// A byte for the floor, then the browser's hash if it is known.
    fn to_bytes(&self) -> Vec<u8> {
        let floor = u8::from(self.floor == Some(Floor::EightWithDigit));
        let mut bytes = vec![floor];
        bytes.extend(self.browser.iter().flatten());
        bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Self {
        let (floor, browser) = bytes.split_first().unwrap_or((&0, &[]));
        Self {
            browser: browser.try_into().ok(),
            floor: (*floor == 1).then_some(Floor::EightWithDigit),
        }
    }
}
