//! Invitations: how a member comes to sign in, and how they begin anew when they have lost what they sign in with.
//!
//! Promises: an invitation is for one member, good once and for a while, and kept as a hash; accepting it sets a new
//! password, ends every session, and forgets second factors, recovery codes and known browsers; a newer one replaces an
//! older one. Whoever makes it and hands it on could use it themselves: so it is made within the ceilings of classes, stands in
//! the trail, and everything that was there before is gone when it is used. One that goes by letter is seen by nobody but who
//! reads the member's mail.

use std::time::Duration;

use access::Action;
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::acts::{ChangeFactor, ListMembers, MakeInvitation};
use operation::{Act, Op, Permit, Request, Resource};
use outbox::{Address, Kind, Letter};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::{Row, params};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::password::{Demands, Password};
use crate::register::{Home, Person, Register};
use crate::session::rows;
use crate::sign_in::{SignIn, Way, own};
use crate::token::{Door, Invited as Purpose, Token};
use crate::{Identity, account, oidc, rule};

/// How long an invitation is good.
const LIFE: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// The most that are listed.
const MOST_LISTED: i64 = 1_000;
const LETTER: Kind = Kind::new("identity.invitation");

/// An invitation that was made just now.
#[derive(Debug)]
pub struct Invitation {
    /// Whom it is for.
    pub member: MemberId,
    /// Their e-mail address, to send it to.
    pub email: String,
    /// What to send: it is not stored and is shown once.
    pub token: SecretString,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// An invitation that goes by letter: what it says is nobody's but the reader's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedInvitation {
    /// Whom it is for.
    pub member: MemberId,
    /// Where it goes.
    pub email: String,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// An invitation in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationEntry {
    /// Whom it is for.
    pub member: MemberId,
    /// Who made it.
    pub made_by: MemberId,
    /// When.
    pub made_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl InvitationEntry {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            member: row.get(0)?,
            made_by: row.get(1)?,
            made_at: row.get(2)?,
            ends_at: row.get(3)?,
        })
    }
}

/// What an invitation says to whoever has it.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The short name of the team.
    pub slug: String,
    /// Whom it is for.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What their password must be.
    pub demands: Demands,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// What comes of accepting: a session, or the second factor that is asked for.
pub type Accepted = SignIn;

/// An invitation's row.
struct Found {
    home: Home,
    person: Person,
    ends_at: Timestamp,
    hash: [u8; 32],
}

impl<R: Register> Identity<R> {
    /// Makes an invitation for a member, who may be the caller. The one they had before is good no more.
    pub async fn make_invitation(
        &self,
        credential: &R::Credential,
        request: Request,
        member: MemberId,
    ) -> Result<Invitation> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (permit, _, invitation) = identity.make_anew(op, &credential, member)?;
                op.record(permit, json!({ "ends": invitation.ends_at }))?;
                Ok(invitation)
            })
            .await
    }

    /// The same, sent to the member by letter: whoever makes it does not see it. The letter goes out if the act happened.
    ///
    /// Fails with [`Error::Conflict`] where this server writes no letters, or the address is none that a letter goes to.
    pub async fn mail_invitation(
        &self,
        credential: &R::Credential,
        request: Request,
        member: MemberId,
    ) -> Result<MailedInvitation> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (permit, home, made) = identity.make_anew(op, &credential, member)?;
                let letter = identity.letter(&home, &made)?;
                outbox::put(op, &letter.of_tenant(home.tenant).good_for(LIFE))?;
                op.record(permit, json!({ "ends": made.ends_at, "by": "letter" }))?;
                Ok(MailedInvitation {
                    member,
                    email: made.email,
                    ends_at: made.ends_at,
                })
            })
            .await
    }

    /// Makes the invitation, if the caller may; what is left is to record it.
    fn make_anew(
        &self,
        op: &mut Op<'_>,
        credential: &R::Credential,
        member: MemberId,
    ) -> Result<(Permit<MakeInvitation>, Home, Invitation)> {
        let entered = self.register.enter(op, credential, Action::InvitationMake)?;
        let person = self.someone(op, &entered, Some(member), Action::InvitationMake)?;
        let permit: Permit<MakeInvitation> = op.permit(Resource::member(member), &entered.of(&person))?;
        // Says that nothing of ours opens a tenant that holds its key itself.
        let home = self.register.home_of(op, entered.home.tenant)?;
        if !person.active {
            let problem = "the member is disabled; enable them first";
            return Err(Error::Conflict(problem.into()));
        }
        if !oidc::lets_passwords_in(op, &home, member)? {
            let problem = "your team signs in at its own provider alone; they come in there";
            return Err(Error::Conflict(problem.into()));
        }
        let invitation = invite(op, &permit, home.tenant, &person, entered.member)?;
        Ok((permit, home, invitation))
    }

    fn letter(&self, home: &Home, made: &Invitation) -> Result<Letter> {
        let by_hand = |problem: &str| {
            Error::Conflict(format!(
                "{problem}; make the invitation without a letter and hand it on"
            ))
        };
        let url = self
            .letters
            .as_ref()
            .ok_or_else(|| by_hand("this server sends no letters"))?;
        let to: Address = made
            .email
            .parse()
            .map_err(|_| by_hand("no letter goes to the member's address"))?;
        let page = match self.register.door() {
            Door::Team => "console/invitation",
            Door::Staff => "console/staff/invitation",
        };
        let (slug, ends, token) = (&home.slug, made.ends_at, made.token.expose_secret());
        // It has the link: whoever reads the memory of this process later is not to find it.
        let text = Zeroizing::new(format!(
            "You are invited to the team {slug}.\n\nOpen this link and choose a password. It works once, until {ends}:\n\n\
             {url}/{page}/{token}\n\nWhoever has the link can come in as you: pass it on to nobody. If you expect no invitation, \
             leave it; it ends by itself.\n"
        ));
        let letter = Letter::new(LETTER, to, &format!("Invitation to {slug}"), &text);
        letter.map_err(|error| Error::Internal(error.to_string()))
    }

    /// Takes the invitation of a member back; says whether there was one.
    pub async fn take_back_invitation(
        &self,
        credential: &R::Credential,
        request: Request,
        member: MemberId,
    ) -> Result<bool> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::InvitationMake)?;
                let person = identity.someone(op, &entered, Some(member), Action::InvitationMake)?;
                let facts = entered.of(&person);
                let permit: Permit<MakeInvitation> = op.permit(Resource::member(member), &facts)?;
                let taken = op.change(&permit, TAKE_BACK, params![entered.home.tenant, member])?;
                op.record(permit, json!({ "taken-back": taken }))?;
                Ok(taken == 1)
            })
            .await
    }

    /// The newest thousand invitations of the caller's tenant that nobody has accepted yet, oldest first.
    pub async fn invitations(
        &self,
        credential: &R::Credential,
        request: Request,
    ) -> Result<Vec<InvitationEntry>> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::MemberList)?;
                let permit: Permit<ListMembers> = op.permit(Resource::tenant(), &entered.home.facts())?;
                let filter = params![entered.home.tenant, op.now(), MOST_LISTED];
                let rows = op.list(&permit, OPEN, filter)?;
                let entries = rows.iter().rev().map(InvitationEntry::read);
                let entries = entries.collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "of": "invitations", "count": entries.len() }))?;
                Ok(entries)
            })
            .await
    }

    /// What an invitation says. Fails with [`Error::NotInvited`].
    pub async fn invitation(&self, request: Request, token: &SecretString) -> Result<Invited> {
        let (identity, token) = (self.clone(), token.clone());
        self.desk
            .act(request, move |op| {
                let found = identity.find_invitation(op, &token)?;
                let rule = rule::find(op, found.home.tenant)?;
                Ok(Invited {
                    slug: found.home.slug,
                    name: found.person.name,
                    email: found.person.email,
                    demands: rule.demands(found.person.class),
                    ends_at: found.ends_at,
                })
            })
            .await
    }

    /// Accepts an invitation with a new password. Gives a session, or the second factor that the team asks for.
    ///
    /// Fails with [`Error::NotInvited`], and with [`Error::Invalid`] for a password that is not taken; the invitation
    /// is good still then.
    pub async fn accept_invitation(
        &self,
        request: Request,
        token: &SecretString,
        password: &SecretString,
    ) -> Result<Accepted> {
        let chosen = self.choose_password(request.clone(), token, password).await?;
        let hash = self.passwords.hash(chosen, &*self.desk.random).await?;
        let (identity, token) = (self.clone(), token.clone());
        self.desk
            .act(request, move |op| {
                let found = identity.find_invitation(op, &token)?;
                identity.accept(op, &found, &hash)
            })
            .await
    }

    async fn choose_password(
        &self,
        request: Request,
        token: &SecretString,
        password: &SecretString,
    ) -> Result<Password> {
        let (identity, token, password) = (self.clone(), token.clone(), password.clone());
        self.desk
            .act(request, move |op| {
                let found = identity.find_invitation(op, &token)?;
                let demands = rule::find(op, found.home.tenant)?.demands(found.person.class);
                let words = account::context_words(&found.home, &found.person);
                Password::choose(&password, demands, &words)
            })
            .await
    }

    fn find_invitation(&self, op: &mut Op<'_>, token: &SecretString) -> Result<Found> {
        let token = Token::<Purpose>::parse(token.expose_secret()).ok_or(Error::NotInvited)?;
        let (hash, now) = (token.hash(), op.now());
        let row = op.find(FIND, params![hash, now])?.ok_or(Error::NotInvited)?;
        let (tenant, member): (TenantId, MemberId) = (row.get(0)?, row.get(1)?);
        // That of another door is none here.
        let home = self.register.home_of(op, tenant).map_err(|error| match error {
            Error::NotFound(_) => Error::NotInvited,
            other => other,
        })?;
        let person = self.register.person(op, &home, member)?;
        Ok(Found {
            person: person.filter(|person| person.active).ok_or(Error::NotInvited)?,
            home,
            ends_at: row.get(2)?,
            hash,
        })
    }

    fn accept(&self, op: &mut Op<'_>, found: &Found, hash: &str) -> Result<Accepted> {
        let (home, person) = (&found.home, &found.person);
        let member = person.member;
        op.enter(home.proven(person));
        let permit: Permit<ChangeFactor> = op.permit(account::resource(member), &own(home, person))?;
        op.change(&permit, USE, params![found.hash])?;
        account::forget_factors(op, &permit, home.tenant, member)?;
        let floor = rule::find(op, home.tenant)?.floor(person.class);
        account::keep_password(op, &permit, home, member, hash, floor)?;
        let before = rows::live(op, home.tenant, member)?;
        for row in &before {
            rows::delete(op, &permit, home.tenant, row.session)?;
        }
        let ids: Vec<KeyId> = before.iter().map(|row| row.session).collect();
        self.register.end_sessions(op, &permit, home.tenant, &ids)?;
        op.record(
            permit,
            json!({ "set": "password", "by": "invitation", "ended": ids.len() }),
        )?;
        let way = Way {
            proven: "invitation password",
            attempt: None,
            browser: None,
            floor: Some(floor),
        };
        self.after_password(op, home, person, &way)
    }
}

/// Makes an invitation in the place of the one before, within an act of somebody who may.
pub fn invite<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    person: &Person,
    by: MemberId,
) -> Result<Invitation> {
    let token = Token::<Purpose>::generate(op.random());
    let (now, ends_at) = (op.now(), op.now().plus(LIFE));
    op.change(permit, TAKE_BACK, params![tenant, person.member])?;
    let row = params![token.hash(), tenant, person.member, now, by, ends_at];
    op.change(permit, INSERT, row)?;
    Ok(Invitation {
        member: person.member,
        email: person.email.clone(),
        token: token.to_text(),
        ends_at,
    })
}

const INSERT: &str = "INSERT INTO invitation (token_hash, tenant_id, member_id, made_at, made_by, ends_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str =
    "SELECT tenant_id, member_id, ends_at FROM invitation WHERE token_hash = $1 AND ends_at > $2";
const OPEN: &str = "SELECT member_id, made_by, made_at, ends_at FROM invitation \
     WHERE tenant_id = $1 AND ends_at > $2 ORDER BY made_at DESC, member_id DESC LIMIT $3";
const USE: &str = "DELETE FROM invitation WHERE token_hash = $1";
const TAKE_BACK: &str = "DELETE FROM invitation WHERE tenant_id = $1 AND member_id = $2";
pub(crate) const SWEEP: &str = "DELETE FROM invitation WHERE ends_at < $1";
