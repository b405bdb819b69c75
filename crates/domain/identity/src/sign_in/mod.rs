//! Signing in: password, then whatever else is asked for, then a session.
//!
//! Promises: an attempt is counted before it is looked at; unknown teams, unknown people, wrong passwords and people who
//! are shut out answer alike, after the same work; between password and second factor there is no session, only a step
//! that is good for ten minutes and five tries; a session's secret is made after the last proof. A refusal stands in the
//! tenant's trail, and its history shows it to the person. Leaves out: tenants that hold their key themselves.

mod first_passkey;
mod password;
mod prove;
mod second;
mod steps;

use access::{Action, Class};
use kernel::{MemberId, OperationId, TenantId, Timestamp};
use operation::acts::BeginSession;
use operation::{Op, Permit, Request, Resource};
use secrecy::SecretString;
use serde_json::{Value as Json, json};

pub(crate) use steps::{
    NewStep, SWEEP as SWEEP_STEPS, StepKind, begin as begin_step, end as end_step, look as look_step,
    take as take_step,
};

use crate::error::{Error, Result};
use crate::passkey::PasskeyProof;
use crate::password::Floor;
use crate::register::{Home, NewSession, Person, Register};
use crate::session::rows::NewRow;
use crate::session::{FRESH, WARNING, Who, rows};
use crate::token::SessionToken;
use crate::{Identity, browser, history, oidc, rule};

/// Somebody who says who they are. Where they are is told by the request's client.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The short name of their team.
    pub tenant: String,
    /// Their e-mail address.
    pub email: String,
    /// Their password.
    pub password: SecretString,
    /// What the browser was given when somebody signed in from it before, if it was.
    pub browser: Option<SecretString>,
}

/// What comes of a proof.
#[derive(Debug)]
pub enum SignIn {
    /// A session.
    Session(SignedIn),
    /// Something else is asked for.
    Next(NextStep),
}

/// A session that was made, or given another secret, just now.
#[derive(Debug)]
pub struct SignedIn {
    /// Whose it is.
    pub who: Who,
    /// The cookie's value. It is not stored: it is told once.
    pub cookie: SecretString,
    /// What to give a browser that is new, to keep for ninety days.
    pub browser: Option<SecretString>,
    /// Why the person should choose another password, if so.
    pub warning: Option<&'static str>,
}

/// What is asked for next.
#[derive(Debug)]
pub struct NextStep {
    /// Names the step; the next form brings it along. Not a session.
    pub ticket: SecretString,
    /// When the step ends.
    pub ends_at: Timestamp,
    /// What it is.
    pub step: Step,
}

/// A step after the password.
#[derive(Debug)]
pub enum Step {
    /// A second factor that the person has, or a recovery code; to [`Identity::second_factor`].
    Second {
        /// Whether they have an authenticator app.
        totp: bool,
        /// Whether they have a passkey; see [`Identity::begin_passkey_step`].
        passkey: bool,
    },
    /// To set an authenticator app up, because the team asks for a second factor; its first code to [`Identity::enrol`].
    Enrol {
        /// What to type into the app: base32.
        secret: SecretString,
        /// What the app reads from a QR code.
        uri: SecretString,
    },
}

/// A proof beside the password, or of somebody who is signed in that it is still they.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The password; taken from whoever has no second factor.
    Password(SecretString),
    /// Six digits from the authenticator app.
    Code(SecretString),
    /// One of the codes that were printed.
    RecoveryCode(SecretString),
    /// A passkey.
    Passkey(PasskeyProof),
}

/// A second factor that was set up just now.
#[derive(Debug)]
pub struct Enrolled {
    /// The session.
    pub signed_in: SignedIn,
    /// Codes to print, each good once where the app is lost. They are shown once.
    pub recovery_codes: Vec<SecretString>,
}

/// What an offer to somebody who is signed in says was proven: it is no step of signing in.
pub(crate) const OFFERED: &str = "offered";

/// Why somebody proved nothing.
pub(crate) enum Cause {
    /// As it happens to everybody.
    Usual(&'static str),
    /// As it happens to who guesses: the entry of the trail is an alarm, and the server's log has a warning.
    Alarming(&'static str),
}

impl From<&'static str> for Cause {
    fn from(reason: &'static str) -> Self {
        Self::Usual(reason)
    }
}

impl Cause {
    fn details(&self) -> Json {
        match self {
            Self::Usual(reason) => json!({ "reasons": [reason] }),
            Self::Alarming(reason) => json!({ "reasons": [reason], "alarm": true }),
        }
    }

    /// What the operator is told: of which team, and no word of whose account it is.
    fn tell(&self, tenant: TenantId) {
        if matches!(self, Self::Alarming(_)) {
            tracing::warn!(%tenant, "somebody guesses at how a person signs in, and has to wait from now on; the team's trail says at whom");
        }
    }
}

/// How somebody got here.
pub(crate) struct Way<'a> {
    /// What was proven with: words with a space between.
    pub(crate) proven: &'a str,
    /// The row of the history.
    pub(crate) attempt: Option<OperationId>,
    /// The browser, if it is known.
    pub(crate) browser: Option<[u8; 32]>,
    /// The floor that the password was chosen by.
    pub(crate) floor: Option<Floor>,
}

impl<R: Register> Identity<R> {
    /// Makes the session of somebody who has proved enough, and records it.
    pub(crate) fn begin_session(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        person: &Person,
        way: &Way<'_>,
    ) -> Result<SignedIn> {
        let fresh_until = op.now().plus(FRESH);
        self.begin_session_until(op, home, person, way, fresh_until)
    }

    /// As [`Identity::begin_session`], with a proof that is fresh until this moment.
    pub(crate) fn begin_session_until(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        person: &Person,
        way: &Way<'_>,
        fresh_until: Timestamp,
    ) -> Result<SignedIn> {
        op.enter(home.proven(person));
        let round_the_provider = oidc::check_way(op, home, person, way.proven)?;
        check_factors(op, person, way.proven)?;
        let (now, member, rule) = (op.now(), person.member, rule::find(op, home.tenant)?);
        let token = SessionToken::generate(self.register.door(), now, op.random());
        let permit: Permit<BeginSession> =
            op.permit(Resource::session(token.key(), member), &own(home, person))?;
        let ends_at = now.plus(rule.absolute());
        let idle_at = now.plus(rule.idle()).min(ends_at);
        let session = NewSession {
            token: &token,
            member,
            ends_at: idle_at,
            fresh_until,
        };
        self.register.begin_session(op, &permit, home, session)?;
        let row = NewRow {
            session: token.key(),
            member,
            idle_at,
            ends_at,
            proven: way.proven,
        };
        rows::insert(op, &permit, home, &row)?;
        let browser = browser::remember(op, &permit, home, member, way.browser)?;
        if let Some(attempt) = way.attempt {
            history::finish(op, home, attempt, way.proven)?;
        }
        let mut details = json!({ "proven": way.proven, "known-browser": browser.is_none() });
        if round_the_provider {
            details["alarm"] = true.into();
            details["without-provider"] = true.into();
            let tenant = home.tenant;
            op.on_commit(move || tracing::warn!(%tenant, "an owner came in without the team's own provider, which is the only way in for all others"));
        }
        op.record(permit, details)?;
        let who = Who {
            session: token.key(),
            tenant: home.tenant,
            slug: home.slug.clone(),
            member,
            class: person.class,
            begun_at: now,
            idle_at,
            warn_at: idle_at.minus(WARNING),
            ends_at,
            fresh_until,
            csrf: rows::csrf(home, token.key()),
        };
        Ok(SignedIn {
            who,
            cookie: token.to_text(),
            browser,
            warning: way.floor.and_then(Floor::warning),
        })
    }

    /// The refusal of somebody who proved nothing, recorded in the tenant's trail.
    pub(crate) async fn not_proven(
        &self,
        request: Request,
        tenant: TenantId,
        member: Option<MemberId>,
        cause: impl Into<Cause>,
    ) -> Error {
        let (identity, cause) = (self.clone(), cause.into());
        cause.tell(tenant);
        let refused: Result<()> = self
            .desk
            .act(request, move |op| {
                let home = identity.register.home_of(op, tenant)?;
                op.enter(home.nobody());
                let resource = member.map_or_else(Resource::tenant, Resource::member);
                op.refuse(Action::SessionBegin, resource, cause.details())?;
                Err(Error::NotProven)
            })
            .await;
        match refused {
            // There is no trail that it could stand in.
            Ok(()) | Err(Error::NotFound(_)) => Error::NotProven,
            Err(error) => error,
        }
    }
}

/// Staff of the installation have proven a password and something else, whichever way they came.
fn check_factors(op: &mut Op<'_>, person: &Person, proven: &str) -> Result<()> {
    let mut words = proven.split(' ').skip_while(|word| *word != "password");
    if person.class != Class::Operator || words.nth(1).is_some() {
        return Ok(());
    }
    let details = json!({ "reasons": ["no-second-factor"] });
    op.refuse(Action::SessionBegin, Resource::member(person.member), details)?;
    Err(Error::NotProven)
}

/// Facts about somebody's own session.
pub(crate) fn own(home: &Home, person: &Person) -> access::Facts {
    access::Facts {
        own: true,
        target_class: Some(person.class),
        ..home.facts()
    }
}
