//! Acts with passkeys.

use std::time::Duration;

use access::Action;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{MemberId, TenantId, Timestamp};
use operation::{Op, Request};
use sealing::BlindIndexKey;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};

use super::ceremony::{Expected, decode};
use super::making::{Made, offer_to_make, refused_answer};
use super::rows::{self, PasskeyRow};
use super::{Assertion, PasskeyEntry, PasskeyOffer, PasskeyProof, Registration, RelyingParty};
use crate::error::{Error, Result};
use crate::register::{Home, Register};
use crate::sign_in::{SignedIn, StepKind, Way, look_step};
use crate::{Identity, account, history, rule, throttle};

/// How long a ceremony may take.
pub(super) const LIFE: Duration = Duration::from_secs(5 * 60);
const SIGN_IN: &str = "sign-in";
const PROOF: &str = "proof";

impl<R: Register> Identity<R> {
    /// Whether the operator has named a relying party, so that people can have passkeys.
    pub fn takes_passkeys(&self) -> bool {
        self.party.is_some()
    }

    /// Offers to make a passkey. Fails with [`Error::Conflict`] where the operator has named no relying party.
    pub async fn begin_adding_passkey(
        &self,
        credential: &R::Credential,
        request: Request,
    ) -> Result<PasskeyOffer> {
        let party = self.party()?;
        self.at_browser(credential, request, move |identity, op, entered, _| {
            let person = identity.someone(op, entered, None, Action::FactorChange)?;
            let offer = offer_to_make(op, &identity.issuer, &party, &entered.home, &person)?;
            Ok((offer, json!({ "offered": "passkey" })))
        })
        .await
    }

    /// Takes a passkey that was made in.
    ///
    /// Fails with [`Error::Invalid`] for an answer that does not fit, and [`Error::StepOver`] for an offer that has ended.
    pub async fn add_passkey(
        &self,
        credential: &R::Credential,
        request: Request,
        ticket: &SecretString,
        answer: Registration,
        label: &str,
    ) -> Result<()> {
        let party = self.party()?;
        let made = Made::new(ticket, answer, label)?;
        let added = self.at_browser(credential, request, move |_, op, entered, permit| {
            // The act commits also when the answer is not good, so that the challenge is used up.
            Ok(
                match made.keep(op, permit, &party, &entered.home, entered.member)? {
                    Ok(()) => (Ok(()), json!({ "added": "passkey" })),
                    Err(step) => (Err(step), json!({ "added": null, "reasons": [step] })),
                },
            )
        });
        added.await?.map_err(refused_answer)
    }

    /// The caller's passkeys.
    pub async fn passkeys(&self, credential: &R::Credential, request: Request) -> Result<Vec<PasskeyEntry>> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionList)?;
                let rows = rows::of_member(op, entered.home.tenant, entered.member)?;
                rows.iter().map(|row| entry(row, &entered.home)).collect()
            })
            .await
    }

    /// Takes one of the caller's passkeys away.
    ///
    /// Fails with [`Error::Conflict`] when the team asks the caller for a second factor and there is no other.
    pub async fn remove_passkey(&self, credential: &R::Credential, request: Request, id: &str) -> Result<()> {
        let hash = hex::decode(id).map_err(|_| Error::NotFound("passkey"))?;
        self.at_browser(credential, request, move |_, op, entered, permit| {
            let (tenant, member) = (entered.home.tenant, entered.member);
            if !rows::delete(op, permit, tenant, member, &hash)? {
                return Err(Error::NotFound("passkey"));
            }
            account::drop_codes_alone(op, permit, tenant, member)?;
            let needed = rule::find(op, tenant)?.needs_second_factor(entered.class);
            if needed && !account::has_second(op, tenant, member)? {
                let problem = "your team asks you for a second factor; add another passkey or an authenticator app first";
                return Err(Error::Conflict(problem.into()));
            }
            Ok(((), json!({ "removed": "passkey" })))
        })
        .await
    }

    /// Offers to sign in to a team by a passkey alone. Tells nothing about who is in it, nor whether there is one: the offer
    /// of a team that is not there leads nowhere.
    pub async fn begin_passkey(&self, request: Request, tenant: &str) -> Result<PasskeyOffer> {
        let (party, identity, slug) = (self.party()?, self.clone(), tenant.to_owned());
        self.desk
            .act(request, move |op| {
                let home = identity.register.home(op, &slug)?;
                let nowhere = TenantId::make(op.now(), op.random());
                let tenant = home.map_or(nowhere, |home| home.tenant);
                offer(op, &party, tenant, None, SIGN_IN, &[])
            })
            .await
    }

    /// Takes a passkey in place of password and second factor; the authenticator has verified its person.
    ///
    /// Fails with [`Error::NotProven`] whatever was wrong, and [`Error::StepOver`] for an offer that has ended.
    pub async fn sign_in_by_passkey(&self, request: Request, proof: PasskeyProof) -> Result<SignedIn> {
        let (party, identity) = (self.party()?, self.clone());
        let network = throttle::network(request.client.as_ref());
        self.networks.claim(&network, self.desk.clock.now())?;
        let tried = self
            .desk
            .act(request.clone(), move |op| {
                let begun = rows::take(op, proof.ticket.expose_secret(), SIGN_IN)?;
                let home = match identity.register.home_of(op, begun.tenant) {
                    // The challenge is used up here as well.
                    Err(Error::NotFound(_)) => return Ok(Err((begun.tenant, "unknown-team"))),
                    home => home?,
                };
                let used = verify(op, &party, &home, begun.challenge, &proof.assertion, None)?;
                let (member, note) = match used {
                    Ok(used) => used,
                    Err(reason) => return Ok(Err((home.tenant, reason))),
                };
                let person = identity.register.person(op, &home, member)?;
                let Some(person) = person.filter(|person| person.active) else {
                    return Ok(Err((home.tenant, "member-disabled")));
                };
                let attempt = history::begin(op, &home, member)?;
                account::count_failure(op, home.tenant, member, 0)?;
                let way = Way {
                    proven: note,
                    attempt: Some(attempt),
                    browser: None,
                    floor: None,
                };
                identity.begin_session(op, &home, &person, &way).map(Ok)
            })
            .await?;
        match tried {
            Ok(signed_in) => {
                self.networks.forgive(&network);
                Ok(signed_in)
            }
            Err((tenant, reason)) => Err(self.not_proven(request, tenant, None, reason).await),
        }
    }

    /// Offers to take a passkey as the second factor of a step; to [`Identity::second_factor`].
    pub async fn begin_passkey_step(&self, request: Request, ticket: &SecretString) -> Result<PasskeyOffer> {
        let (party, identity, ticket) = (self.party()?, self.clone(), ticket.clone());
        self.desk
            .act(request, move |op| {
                let ticket = ticket.expose_secret();
                let (home, member) = look_step(op, &identity.register, StepKind::Second, ticket)?;
                offer_of(op, &party, &home, member)
            })
            .await
    }

    /// Offers to take a passkey as the fresh proof of who is signed in; to [`Identity::prove`].
    pub async fn begin_passkey_proof(
        &self,
        credential: &R::Credential,
        request: Request,
    ) -> Result<PasskeyOffer> {
        let (party, identity, credential) = (self.party()?, self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionBegin)?;
                offer_of(op, &party, &entered.home, entered.member)
            })
            .await
    }

    pub(crate) fn party(&self) -> Result<RelyingParty> {
        let absent =
            "this server offers no passkeys: its operator has not said under which name browsers reach it";
        let party = self.party.as_deref().cloned();
        party.ok_or_else(|| Error::Conflict(absent.into()))
    }
}

/// Uses a passkey beside something else, and gives the word for it; nothing if it is not good.
pub(crate) fn use_as_proof(
    op: &mut Op<'_>,
    party: Option<&RelyingParty>,
    home: &Home,
    member: MemberId,
    proof: &PasskeyProof,
) -> Result<Option<&'static str>> {
    let Some(party) = party else {
        return Ok(None);
    };
    let begun = rows::take(op, proof.ticket.expose_secret(), PROOF)?;
    if (begun.tenant, begun.member) != (home.tenant, Some(member)) {
        return Ok(None);
    }
    let used = verify(op, party, home, begun.challenge, &proof.assertion, Some(member))?;
    Ok(used.ok().map(|(_, word)| word))
}

/// Whose passkey it was, and the word for it; or the step that failed. Without a member it stands alone, and the
/// authenticator must have verified its person.
fn verify(
    op: &mut Op<'_>,
    party: &RelyingParty,
    home: &Home,
    challenge: [u8; 32],
    answer: &Assertion,
    member: Option<MemberId>,
) -> Result<std::result::Result<(MemberId, &'static str), &'static str>> {
    let Ok(id) = decode(&answer.raw_id) else {
        return Ok(Err("base64url"));
    };
    let found = rows::find(op, home.tenant, rows::hash_of(&id))?;
    let Some(row) = found.filter(|row| member.is_none_or(|member| member == row.member)) else {
        return Ok(Err("unknown-passkey"));
    };
    let told = answer.response.user_handle.as_deref();
    if told.is_some_and(|told| decode(told).as_deref() != Ok(&handle(home, row.member)[..])) {
        return Ok(Err("user-handle"));
    }
    let key = hex::decode(row.open(home)?.key).map_err(|_| Error::Altered)?;
    let expected = Expected {
        party,
        challenge,
        verified: member.is_none(),
    };
    let count = match expected.assertion(answer, &key) {
        Ok(count) => count,
        Err(step) => return Ok(Err(step)),
    };
    rows::used(op, home.tenant, row.hash, count.max(row.count))?;
    // Nought on both sides is usual for passkeys that are kept in several places.
    let went_back = (count, row.count) != (0, 0) && count <= row.count;
    let word = if went_back {
        "passkey-with-older-counter"
    } else {
        "passkey"
    };
    Ok(Ok((row.member, word)))
}

fn offer_of(op: &mut Op<'_>, party: &RelyingParty, home: &Home, member: MemberId) -> Result<PasskeyOffer> {
    let known = rows::of_member(op, home.tenant, member)?;
    let allowed = descriptors(home, &known)?;
    offer(op, party, home.tenant, Some(member), PROOF, &allowed)
}

fn offer(
    op: &mut Op<'_>,
    party: &RelyingParty,
    tenant: TenantId,
    member: Option<MemberId>,
    purpose: &str,
    allowed: &[Json],
) -> Result<PasskeyOffer> {
    let ends_at: Timestamp = op.now().plus(LIFE);
    let token = rows::begin(op, tenant, member, purpose, ends_at)?;
    let verification = if member.is_none() { "required" } else { "preferred" };
    let options = json!({
        "challenge": URL_SAFE_NO_PAD.encode(token.challenge()),
        "rpId": party.id,
        "allowCredentials": allowed,
        "userVerification": verification,
        "timeout": LIFE.as_millis() as u64,
    });
    Ok(PasskeyOffer {
        ticket: token.to_text(),
        ends_at,
        options,
    })
}

pub(super) fn descriptors(home: &Home, known: &[PasskeyRow]) -> Result<Vec<Json>> {
    let descriptor = |row: &PasskeyRow| {
        let id = hex::decode(row.open(home)?.id).map_err(|_| Error::Altered)?;
        Ok(json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) }))
    };
    known.iter().map(descriptor).collect()
}

/// What authenticators know a member by: no name, and another in every tenant.
pub(super) fn handle(home: &Home, member: MemberId) -> [u8; 32] {
    let key = BlindIndexKey::derive(&home.key, &[b"passkey user"]);
    sealing::blind(&key, "passkey user", member.as_bytes())
}

fn entry(row: &PasskeyRow, home: &Home) -> Result<PasskeyEntry> {
    Ok(PasskeyEntry {
        id: hex::encode(row.hash),
        label: row.open(home)?.label,
        made_at: row.made_at,
        used_at: row.used_at,
    })
}
