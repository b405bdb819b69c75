//! A passkey as the second factor that a team asks for, made where somebody else sets an authenticator app up.

use operation::acts::ChangeFactor;
use operation::{Op, Permit, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Enrolled, OFFERED, StepKind, look_step, own};
use crate::error::{Error, Result};
use crate::passkey::{Made, PasskeyOffer, Registration, RelyingParty, offer_to_make, refused_answer};
use crate::register::Register;
use crate::totp::SECRET_LEN;
use crate::{Identity, account};

impl<R: Register> Identity<R> {
    /// Offers to make a passkey at the step that asks for a second factor; to [`Identity::enrol_passkey`].
    ///
    /// Fails with [`Error::Conflict`] where the operator has named no relying party, and [`Error::StepOver`].
    pub async fn begin_enrolling_passkey(
        &self,
        request: Request,
        ticket: &SecretString,
    ) -> Result<PasskeyOffer> {
        let (party, identity, ticket) = (self.party()?, self.clone(), ticket.clone());
        self.desk
            .act(request, move |op| {
                let ticket = ticket.expose_secret();
                let (home, member) = look_step(op, &identity.register, StepKind::Enrol, ticket)?;
                let person = identity.register.person(op, &home, member)?;
                let person = person.filter(|person| person.active).ok_or(Error::StepOver)?;
                offer_to_make(op, &identity.issuer, &party, &home, &person)
            })
            .await
    }

    /// Takes the passkey in, and gives the session and the recovery codes.
    ///
    /// Fails with [`Error::Invalid`] for an answer that does not fit, and [`Error::StepOver`] for a step that has ended.
    pub async fn enrol_passkey(
        &self,
        request: Request,
        ticket: &SecretString,
        offer: &SecretString,
        answer: Registration,
        label: &str,
    ) -> Result<Enrolled> {
        let (party, identity, ticket) = (self.party()?, self.clone(), ticket.clone());
        let made = Made::new(offer, answer, label)?;
        let tried = self
            .desk
            .act(request, move |op| {
                identity.try_first_passkey(op, &party, &ticket, &made)
            })
            .await?;
        tried.map_err(refused_answer)
    }

    /// An answer that is not good commits, so that the challenge is used up and the try counts.
    fn try_first_passkey(
        &self,
        op: &mut Op<'_>,
        party: &RelyingParty,
        ticket: &SecretString,
        made: &Made,
    ) -> Result<std::result::Result<Enrolled, &'static str>> {
        let (step, person) = self.take(op, StepKind::Enrol, ticket)?;
        if step.proven == OFFERED {
            return Err(Error::StepOver);
        }
        let (_, kept) = step.state.split_at_checked(SECRET_LEN).ok_or(Error::Altered)?;
        op.enter(step.home.proven(&person));
        let facts = own(&step.home, &person);
        let permit: Permit<ChangeFactor> = op.permit(account::resource(step.member), &facts)?;
        if let Err(refused) = made.keep(op, &permit, party, &step.home, step.member)? {
            op.record(permit, json!({ "added": null, "reasons": [refused] }))?;
            return Ok(Err(refused));
        }
        let recovery_codes = account::new_recovery_codes(op, &permit, &step.home, step.member)?;
        let details = json!({ "added": "passkey", "recovery-codes": recovery_codes.len() });
        op.record(permit, details)?;
        let signed_in = self.finish(op, &step, &person, "passkey", kept)?;
        Ok(Ok(Enrolled {
            signed_in,
            recovery_codes,
        }))
    }
}
