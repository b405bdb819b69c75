//! Acts on keys.

use access::{Action, Class, Facts};
use kernel::{KeyId, MemberId, Page, PageRequest};
use operation::acts::{InvalidateKey, IssueKey, ListKeys, UseRecovery};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Value, params};

use super::rows::{self, KeyRow};
use super::{ApiKey, Holder, IssuedKey, KeyKind, KeyScope, NewKey, NewSecret, insert};
use crate::erasure::{self, What};
use crate::error::{Error, Result};
use crate::member::{self, MemberState};
use crate::session::Session;
use crate::tenant::CustodyMode;
use crate::{Credential, Custody, IdempotencyKey, duty, replay};

/// What is kept of the answer for an idempotency key: never the secret.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) key: KeyId,
}

impl Custody {
    /// Issues a key for the caller or another member, in that member's class, narrowed as asked.
    ///
    /// The secret is shown once: a repeated request is refused with [`Error::Conflict`], which names the key.
    pub async fn issue_key(
        &self,
        credential: &Credential,
        request: Request,
        new: NewKey,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<IssuedKey> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                new.check(op.now())?;
                let session = custody.enter(op, &credential, Action::KeyIssue)?;
                let member = new.member.unwrap_or(session.member);
                let permit = permit_issue(op, &session, member)?;
                duty::check_key(op, &session, member)?;
                if let Some(Kept { key }) = replay::find(op, &session, idempotency.as_ref())? {
                    return Err(issued_before(key));
                }
                checked_scope(op, &session, &new.scope)?;
                let secret = NewSecret {
                    kind: KeyKind::Api,
                    label: &new.label,
                    scope: &new.scope,
                    expires_at: new.expires_at,
                    parent: None,
                    task: None,
                };
                let issued = insert_for(op, &permit, &session, member, &secret)?;
                replay::keep(op, &session, idempotency.as_ref(), &Kept { key: issued.key.id })?;
                op.record(
                    permit,
                    json!({ "issued": issued.key.id, "member": member, "scope": new.scope.told() }),
                )?;
                Ok(issued)
            })
            .await
    }

    /// One page of keys, oldest first: the tenant's for those who may see them all, the caller's own for everybody.
    pub async fn list_keys(
        &self,
        credential: &Credential,
        request: Request,
        member: Option<MemberId>,
        page: PageRequest,
    ) -> Result<Page<ApiKey>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::KeyList)?;
                let member = member.or_else(|| custody.sees_own_only(op, &session).then_some(session.member));
                let facts = Facts {
                    own: member == Some(session.member),
                    ..session.facts()
                };
                let permit: Permit<ListKeys> = op.permit(Resource::tenant(), &facts)?;
                let listed = list_page(op, &permit, &session, member, &page)?;
                op.record(permit, json!({ "count": listed.items.len(), "member": member }))?;
                Ok(listed)
            })
            .await
    }

    /// One key.
    pub async fn key(&self, credential: &Credential, request: Request, key: KeyId) -> Result<ApiKey> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::KeyList)?;
                let (row, permit) = permitted::<ListKeys>(op, &session, key)?;
                let seen = row.key(op, &permit, &session)?;
                op.record(permit, json!(null))?;
                Ok(seen)
            })
            .await
    }

    /// Ends a key for good: it is refused from the next request on, on every node, and what this node sends to
    /// it ends at once (other nodes: [`Custody::watch_live_keys`]). May be repeated.
    ///
    /// For customer-held custody the tenant's key under this key's secret is destroyed; when it was the last,
    /// nobody can open the tenant's data again.
    pub async fn invalidate_key(
        &self,
        credential: &Credential,
        request: Request,
        key: KeyId,
    ) -> Result<ApiKey> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::KeyInvalidate)?;
                let (row, permit) = permitted::<InvalidateKey>(op, &session, key)?;
                let seen = row.key(op, &permit, &session)?;
                let now = op.now();
                let ended = rows::with_temporary(op, &session, key)?;
                let changed = op.change(&permit, rows::INVALIDATE, params![session.tenant, key, now])?;
                erasure::note(op, &permit, session.tenant, What::ApiKey, key.as_bytes())?;
                op.record(
                    permit,
                    json!({ "already": changed == 0, "temporary": ended.len() - 1 }),
                )?;
                let live = custody.live.clone();
                op.on_commit(move || ended.into_iter().for_each(|key| live.end(key)));
                Ok(ApiKey {
                    invalidated_at: row.invalidated_at.or(Some(now)),
                    ..seen
                })
            })
            .await
    }

    /// Issues a new key for the owner whom the recovery code belongs to. The code stays good until it is
    /// invalidated like a key. Everything else is refused to a recovery code, and this to every other key.
    ///
    /// The secret is shown once: a repeated request is refused with [`Error::Conflict`], which names the key.
    pub async fn use_recovery(
        &self,
        recovery: &Credential,
        request: Request,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<IssuedKey> {
        let (custody, credential) = (self.clone(), recovery.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::RecoveryUse)?;
                if rows::own_kind(op, &session)? != KeyKind::Recovery {
                    return Err(not_a_recovery_code(op)?);
                }
                let permit: Permit<UseRecovery> = op.permit(Resource::tenant(), &session.facts())?;
                if let Some(Kept { key }) = replay::find(op, &session, idempotency.as_ref())? {
                    return Err(issued_before(key));
                }
                let scope = KeyScope::default();
                let label = "made with the recovery code";
                let secret = NewSecret {
                    kind: KeyKind::Api,
                    label,
                    scope: &scope,
                    expires_at: None,
                    parent: None,
                    task: None,
                };
                let issued = insert_for(op, &permit, &session, session.member, &secret)?;
                replay::keep(op, &session, idempotency.as_ref(), &Kept { key: issued.key.id })?;
                op.record(
                    permit,
                    json!({ "issued": issued.key.id, "member": session.member }),
                )?;
                Ok(issued)
            })
            .await
    }

    /// Whether the caller may not list other members' keys.
    fn sees_own_only(&self, op: &Op<'_>, session: &Session) -> bool {
        let facts = session.facts();
        !op.caller().is_ok_and(|caller| {
            self.desk
                .policies
                .would_allow(&caller.subject, Action::KeyList, &facts)
        })
    }
}

fn permit_issue(op: &mut Op<'_>, session: &Session, member: MemberId) -> Result<Permit<IssueKey>> {
    let holder = member::found(op, session, member, Action::KeyIssue)?;
    let facts = facts(session, member, holder.class);
    let permit = op.permit(Resource::member(member), &facts)?;
    if holder.state != MemberState::Active {
        return Err(Error::Conflict(
            "the member is disabled; enable them first".into(),
        ));
    }
    Ok(permit)
}

fn checked_scope(op: &mut Op<'_>, session: &Session, scope: &KeyScope) -> Result<()> {
    if scope.origins.is_some() && session.customer_held {
        return Err(Error::Conflict(
            "every key of a tenant that holds its key itself opens it, so none may stand in a page: record consent by a server of yours"
                .into(),
        ));
    }
    session.scope.check_covers(scope)?;
    let unknown = rows::unknown_dataset(op, session, scope.datasets.as_deref().unwrap_or_default())?;
    if let Some(dataset) = unknown {
        return Err(Error::invalid(
            "datasets",
            format!("there is no dataset {dataset}"),
        ));
    }
    Ok(())
}

pub(super) fn insert_for<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    member: MemberId,
    secret: &NewSecret<'_>,
) -> Result<IssuedKey> {
    let holder = Holder {
        tenant: session.tenant,
        member,
        made_by: Some(session.member),
    };
    let custody = if session.customer_held {
        CustodyMode::CustomerHeld
    } else {
        CustodyMode::ProviderHeld
    };
    insert(op, permit, holder, secret, session.tenant_key(), custody)
}

fn permitted<A: Act>(op: &mut Op<'_>, session: &Session, key: KeyId) -> Result<(KeyRow, Permit<A>)> {
    let Some(row) = rows::find(op, session, key)? else {
        op.refuse(
            A::ACTION,
            Resource::key(key, None),
            json!({ "reasons": ["unknown"] }),
        )?;
        return Err(Error::NotFound("key"));
    };
    let facts = facts(session, row.member, row.class);
    let permit = op.permit(Resource::key(row.id, Some(row.member)), &facts)?;
    Ok((row, permit))
}

fn facts(session: &Session, member: MemberId, class: Class) -> Facts {
    Facts {
        own: member == session.member,
        target_class: Some(class),
        ..session.facts()
    }
}

fn list_page(
    op: &mut Op<'_>,
    permit: &Permit<ListKeys>,
    session: &Session,
    member: Option<MemberId>,
    page: &PageRequest,
) -> Result<Page<ApiKey>> {
    let after = page
        .after
        .as_ref()
        .map(|cursor| cursor.key().to_vec())
        .unwrap_or_default();
    let mut filter = params![session.tenant, after, i64::from(page.limit) + 1].to_vec();
    filter.extend(member.map(Value::from));
    let found = op.list(permit, &rows::page_sql(member.is_some()), &filter)?;
    let keys = found
        .iter()
        .map(|row| KeyRow::read(row)?.key(op, permit, session));
    let keys = keys.collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(keys, page.limit, |key| {
        key.id.as_bytes().to_vec()
    }))
}

fn not_a_recovery_code(op: &mut Op<'_>) -> Result<Error> {
    let reasons = vec!["not-a-recovery-code".to_owned()];
    op.refuse(
        Action::RecoveryUse,
        Resource::tenant(),
        json!({ "reasons": reasons }),
    )?;
    Ok(Error::Forbidden {
        action: Action::RecoveryUse,
        reasons,
    })
}

pub(super) fn issued_before(key: KeyId) -> Error {
    Error::Conflict(format!(
        "this request issued key {key} before, and its secret was shown then; if it is lost, invalidate the key and ask with a new idempotency key"
    ))
}
