//! Proving that it is still the same person, for what a browser left alone must not do.

use access::Action;
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::acts::BeginSession;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use zeroize::Zeroizing;

use super::second::codes_of;
use super::{Proof, SignedIn};
use crate::error::{Error, Result};
use crate::password::Password;
use crate::register::{Entered, NewSession, Register};
use crate::session::{FRESH, rows};
use crate::throttle::Scope;
use crate::token::SessionToken;
use crate::{Identity, account};

/// What is to be compared with, or already was.
struct Asked {
    tenant: TenantId,
    member: MemberId,
    scope: Scope,
    /// The word for a code that was right.
    code: Option<&'static str>,
    /// The hash to compare a password with, where there is no second factor.
    hash: Option<Zeroizing<String>>,
}

impl<R: Register> Identity<R> {
    /// Takes a proof that it is still the same person: the second factor, or the password where there is none. The
    /// session goes on with a new secret, and for ten minutes it does what asks for a fresh proof.
    ///
    /// Fails with [`Error::NotProven`] or [`Error::Wait`]; the session stays as it was then.
    pub async fn prove(&self, cookie: &str, request: Request, proof: Proof) -> Result<SignedIn> {
        let token = self.token(cookie).ok_or(Error::SignedOut)?;
        let asked = self.ask(&token, request.clone(), &proof).await?;
        let password = match &proof {
            Proof::Password(text) => Password::read(text),
            Proof::Code(_) | Proof::RecoveryCode(_) | Proof::Passkey(_) => None,
        };
        let word = match (asked.code, password) {
            (Some(word), _) => Some(word),
            (None, None) => None,
            (None, password) => {
                let check = self.passwords.check(password, asked.hash, &*self.desk.random);
                check.await?.map(|_| "password")
            }
        };
        let Some(word) = word else {
            let member = Some(asked.member);
            return Err(self
                .not_proven(request, asked.tenant, member, "wrong-proof")
                .await);
        };
        self.renew(&token, request, asked.scope, word).await
    }

    /// Counts the try, and uses the code if it is one.
    async fn ask(&self, token: &SessionToken, request: Request, proof: &Proof) -> Result<Asked> {
        let (identity, credential, proof) = (self.clone(), self.register.credential(token), proof.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionBegin)?;
                let (home, member) = (&entered.home, entered.member);
                let scope = codes_of(home, member);
                scope.claim(op, home.tenant)?;
                let second = account::has_second(op, home.tenant, member)?;
                let account = account::find(op, home, member)?.filter(|_| !second);
                Ok(Asked {
                    tenant: home.tenant,
                    member,
                    scope,
                    code: identity.use_code(op, home, member, &proof)?,
                    hash: account.map(|account| account.hash),
                })
            })
            .await
    }

    async fn renew(
        &self,
        token: &SessionToken,
        request: Request,
        scope: Scope,
        word: &'static str,
    ) -> Result<SignedIn> {
        let (identity, credential, key) = (self.clone(), self.register.credential(token), token.key());
        self.desk
            .act(request, move |op| {
                scope.clear(op)?;
                identity.renew_at(op, &credential, key, word)
            })
            .await
    }

    fn renew_at(
        &self,
        op: &mut Op<'_>,
        credential: &R::Credential,
        key: KeyId,
        word: &str,
    ) -> Result<SignedIn> {
        let entered = self.register.enter(op, credential, Action::SessionBegin)?;
        let fresh_until = op.now().plus(FRESH);
        self.renew_session(op, entered, key, word, fresh_until)
    }

    /// Gives a session another secret, with a proof that is fresh until this moment.
    pub(crate) fn renew_session(
        &self,
        op: &mut Op<'_>,
        mut entered: Entered,
        key: KeyId,
        word: &str,
        fresh_until: Timestamp,
    ) -> Result<SignedIn> {
        let row = rows::own(op, &entered)?;
        let resource = Resource::session(key, entered.member);
        let permit: Permit<BeginSession> = op.permit(resource, &entered.own())?;
        let token = SessionToken::renewed(self.register.door(), key, op.random());
        let session = NewSession {
            token: &token,
            member: entered.member,
            ends_at: row.idle_at,
            fresh_until,
        };
        self.register.renew_session(op, &permit, &entered.home, session)?;
        op.record(permit, json!({ "proven": word, "again": true }))?;
        entered.fresh_until = Some(fresh_until);
        Ok(SignedIn {
            who: row.who(&entered, row.idle_at),
            cookie: token.to_text(),
            browser: None,
            warning: None,
        })
    }
}
