//! The second step: a code, or the first code of a new authenticator app.

use kernel::{MemberId, TenantId};
use operation::acts::ChangeFactor;
use operation::{Op, Permit, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::password::Kept;
use super::steps::TakenStep;
use super::{Enrolled, OFFERED, Proof, SignedIn, StepKind, Way, end_step, own, take_step};
use crate::error::{Error, Result};
use crate::register::{Home, Person, Register};
use crate::throttle::Scope;
use crate::totp::{SECRET_LEN, TotpSecret};
use crate::{Identity, account, passkey};

/// A try that is counted and was wrong.
struct Wrong {
    tenant: TenantId,
    member: MemberId,
}

/// What came of a try. A wrong one commits, so that it counts.
type Tried<T> = std::result::Result<T, Wrong>;

impl<R: Register> Identity<R> {
    /// Takes a code after the password, and gives the session.
    ///
    /// Fails with [`Error::NotProven`] for a wrong one, [`Error::StepOver`] after five or ten minutes, and
    /// [`Error::Wait`] when many codes of this member were wrong.
    pub async fn second_factor(
        &self,
        request: Request,
        ticket: &SecretString,
        proof: Proof,
    ) -> Result<SignedIn> {
        let (identity, ticket) = (self.clone(), ticket.clone());
        let tried = self
            .desk
            .act(request.clone(), move |op| identity.try_code(op, &ticket, &proof))
            .await?;
        self.told(request, tried, "wrong-code").await
    }

    /// Takes the first code of a new authenticator app, and gives the session and the recovery codes.
    ///
    /// Errors as for [`Identity::second_factor`].
    pub async fn enrol(
        &self,
        request: Request,
        ticket: &SecretString,
        code: &SecretString,
    ) -> Result<Enrolled> {
        let (identity, ticket, code) = (self.clone(), ticket.clone(), code.clone());
        let tried = self
            .desk
            .act(request.clone(), move |op| {
                identity.try_first_code(op, &ticket, &code)
            })
            .await?;
        self.told(request, tried, "wrong-code").await
    }

    fn try_code(&self, op: &mut Op<'_>, ticket: &SecretString, proof: &Proof) -> Result<Tried<SignedIn>> {
        let (step, person) = self.take(op, StepKind::Second, ticket)?;
        let codes = codes_of(&step.home, step.member);
        codes.claim(op, step.home.tenant)?;
        let Some(word) = self.use_code(op, &step.home, step.member, proof)? else {
            return Ok(Err(Wrong::of(&step)));
        };
        codes.clear(op)?;
        self.finish(op, &step, &person, word, &step.state).map(Ok)
    }

    fn try_first_code(
        &self,
        op: &mut Op<'_>,
        ticket: &SecretString,
        code: &SecretString,
    ) -> Result<Tried<Enrolled>> {
        let (step, person) = self.take(op, StepKind::Enrol, ticket)?;
        if step.proven == OFFERED {
            return Err(Error::StepOver);
        }
        let (secret, kept) = step.state.split_at_checked(SECRET_LEN).ok_or(Error::Altered)?;
        let secret = TotpSecret::from_slice(secret).ok_or(Error::Altered)?;
        let Some(at) = secret.step_of(code.expose_secret(), op.now()) else {
            return Ok(Err(Wrong::of(&step)));
        };
        op.enter(step.home.proven(&person));
        let facts = own(&step.home, &person);
        let permit: Permit<ChangeFactor> = op.permit(account::resource(step.member), &facts)?;
        account::keep_totp(op, &permit, &step.home, step.member, &secret, at)?;
        let recovery_codes = account::new_recovery_codes(op, &permit, &step.home, step.member)?;
        let details = json!({ "added": "totp", "recovery-codes": recovery_codes.len() });
        op.record(permit, details)?;
        let signed_in = self.finish(op, &step, &person, "totp", kept)?;
        Ok(Ok(Enrolled {
            signed_in,
            recovery_codes,
        }))
    }

    /// The step of this ticket and its person, who is let in still.
    pub(super) fn take(
        &self,
        op: &mut Op<'_>,
        kind: StepKind,
        ticket: &SecretString,
    ) -> Result<(TakenStep, Person)> {
        let step = take_step(op, &self.register, kind, ticket.expose_secret())?;
        let person = self.register.person(op, &step.home, step.member)?;
        let person = person.filter(|person| person.active).ok_or(Error::StepOver)?;
        Ok((step, person))
    }

    pub(super) fn finish(
        &self,
        op: &mut Op<'_>,
        step: &TakenStep,
        person: &Person,
        word: &str,
        kept: &[u8],
    ) -> Result<SignedIn> {
        end_step(op, step)?;
        account::count_failure(op, step.home.tenant, step.member, 0)?;
        let kept = Kept::read(kept);
        let proven = format!("{} {word}", step.proven);
        let way = Way {
            proven: &proven,
            attempt: step.attempt,
            browser: kept.browser,
            floor: kept.floor,
        };
        self.begin_session(op, &step.home, person, &way)
    }

    /// A wrong try is recorded after it was counted.
    async fn told<T>(&self, request: Request, tried: Tried<T>, reason: &'static str) -> Result<T> {
        match tried {
            Ok(done) => Ok(done),
            Err(wrong) => Err(self
                .not_proven(request, wrong.tenant, Some(wrong.member), reason)
                .await),
        }
    }
}

impl Wrong {
    fn of(step: &TakenStep) -> Self {
        Self {
            tenant: step.home.tenant,
            member: step.member,
        }
    }
}

/// Failures of a member's codes, from wherever.
pub(super) fn codes_of(home: &Home, member: MemberId) -> Scope {
    Scope::of(&home.key, "codes", &[member.as_bytes()])
}

impl<R: Register> Identity<R> {
    /// Uses the proof, and gives the word for it; nothing if it is not good. A password is no second factor.
    pub(super) fn use_code(
        &self,
        op: &mut Op<'_>,
        home: &Home,
        member: MemberId,
        proof: &Proof,
    ) -> Result<Option<&'static str>> {
        let (good, word) = match proof {
            Proof::Password(_) => (false, "password"),
            Proof::Code(code) => (account::use_totp(op, home, member, code.expose_secret())?, "totp"),
            Proof::RecoveryCode(code) => {
                let good = account::use_recovery_code(op, home, member, code.expose_secret())?;
                (good, "recovery-code")
            }
            Proof::Passkey(proof) => {
                return passkey::use_as_proof(op, self.party.as_deref(), home, member, proof);
            }
        };
        Ok(good.then_some(word))
    }
}
