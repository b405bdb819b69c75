//! A way back where every key was lost: new keys by the root key alone, from the server's own machine.
//!
//! Promises: nothing a request can do; the act stands in the trail of the tenant whose key it is, as done by the
//! system, and an owner's key in the operator's trail as well; a tenant that holds its key itself cannot be entered
//! this way, and the attempt stands in its trail. Leaves out: who may sit at that machine.

use access::{Action, Class};
use kernel::{EventId, KeyId, MemberId, TenantId, Timestamp};
use operation::acts::IssueByRoot;
use operation::{Op, Permit, Request, Resource, TrailSeal};
use sealing::{Key, LetterboxPublic};
use serde_json::json;
use store::params;

use super::{not_installed, rows, system};
use crate::Custody;
use crate::error::{Error, Result};
use crate::key::KeyScope;
use crate::key::{self, Holder, IssuedKey, KeyKind, NewKey, NewSecret};
use crate::tenant::CustodyMode;

/// The most characters of a stated reason.
const LONGEST_REASON: usize = 256;

/// What comes of issuing a key by the root key. The secret in it is shown once.
#[derive(Debug)]
pub struct Reissued {
    /// Whose trail it stands in.
    pub tenant: TenantId,
    /// The new key.
    pub key: IssuedKey,
    /// Keys that were invalidated in the same act.
    pub invalidated: Vec<KeyId>,
    /// The entry of that trail.
    pub event: EventId,
}

impl Custody {
    /// Issues a new key for the operator, and ends all their others when asked to. Running servers end what those
    /// have in flight: see [`Custody::watch_live_keys`].
    ///
    /// Fails with [`Error::Conflict`] before the first start.
    pub async fn reissue_operator_key(
        &self,
        request: Request,
        label: &str,
        invalidate_others: bool,
    ) -> Result<Reissued> {
        let (custody, label) = (self.clone(), label.to_owned());
        self.desk
            .act(request, move |op| {
                check_label(op, &label)?;
                let tenant = custody.operator_tenant(op)?;
                let tenant_key = system::tenant_key(op, &custody.roots, tenant)?;
                let (permit, holder) = permit(op, tenant, &tenant_key, Class::Operator)?;
                let key = issue(op, &permit, holder, &label, &tenant_key)?;
                let invalidated = match invalidate_others {
                    true => custody.invalidate_others(op, &permit, tenant, key.key.id)?,
                    false => Vec::new(),
                };
                let details =
                    json!({ "issued": key.key.id, "member": holder.member, "invalidated": invalidated });
                let event = op.record(permit, details)?;
                Ok(Reissued {
                    tenant,
                    key,
                    invalidated,
                    event,
                })
            })
            .await
    }

    /// Issues a new key for the owner of a tenant whose owners have none left, for the reason in the request.
    ///
    /// Fails with [`Error::Conflict`] for a tenant that holds its key itself: nothing here opens it.
    pub async fn reissue_owner_key(&self, request: Request, slug: &str, label: &str) -> Result<Reissued> {
        check_reason(request.reason.as_deref())?;
        let (custody, slug, label) = (self.clone(), slug.to_owned(), label.to_owned());
        self.desk
            .act(request, move |op| {
                check_label(op, &label)?;
                let tenant = provider_held(op, &slug)?;
                let tenant_key = system::tenant_key(op, &custody.roots, tenant)?;
                let (permit, holder) = permit(op, tenant, &tenant_key, Class::Owner)?;
                let key = issue(op, &permit, holder, &label, &tenant_key)?;
                let details = json!({ "issued": key.key.id, "member": holder.member });
                let event = op.record(permit, details)?;
                custody.tell_operator(op, tenant, &key)?;
                Ok(Reissued {
                    tenant,
                    key,
                    invalidated: Vec::new(),
                    event,
                })
            })
            .await
    }

    /// The tenant of the operator's own, for what is settled in its registers for everybody.
    ///
    /// # Errors
    /// [`Error::Conflict`] before the first start.
    pub fn home(&self, op: &mut Op<'_>) -> Result<TenantId> {
        self.operator_tenant(op)
    }

    pub(crate) fn operator_tenant(&self, op: &mut Op<'_>) -> Result<TenantId> {
        let installed = rows::find(op.housekeeping())?.ok_or_else(not_installed)?;
        Ok(installed.installation.operator_tenant)
    }

    fn invalidate_others(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<IssueByRoot>,
        tenant: TenantId,
        but: KeyId,
    ) -> Result<Vec<KeyId>> {
        let ended = key::invalidate_others(op, permit, tenant, but)?;
        let (live, keys) = (self.live.clone(), ended.clone());
        op.on_commit(move || keys.into_iter().for_each(|key| live.end(key)));
        Ok(ended)
    }

    /// The operator's trail has it too: what was done with the root key stands in one place.
    fn tell_operator(&self, op: &mut Op<'_>, tenant: TenantId, key: &IssuedKey) -> Result<()> {
        let operator = self.operator_tenant(op)?;
        let operator_key = system::tenant_key(op, &self.roots, operator)?;
        let permit: Permit<IssueByRoot> = system::permit(op, operator, &operator_key, Resource::tenant())?;
        op.record(permit, json!({ "issued": key.key.id, "tenant": tenant }))?;
        Ok(())
    }
}

/// The tenant of this slug, if a root key opens it.
fn provider_held(op: &mut Op<'_>, slug: &str) -> Result<TenantId> {
    let unknown = || {
        Error::invalid(
            "tenant",
            "there is none of this slug; `bailee tenant list` shows them",
        )
    };
    let row = op.find(rows::BY_SLUG, params![slug])?.ok_or_else(unknown)?;
    let tenant: TenantId = row.get(0)?;
    if CustodyMode::from_row(&row.get::<String>(1)?)? == CustodyMode::ProviderHeld {
        return Ok(tenant);
    }
    let letterbox: [u8; 32] = row.get(2)?;
    let seal = TrailSeal::Letterbox(LetterboxPublic(letterbox));
    op.enter(system::caller(tenant, seal));
    let reasons = json!({ "reasons": ["customer-held"] });
    op.refuse(Action::RootIssue, Resource::tenant(), reasons)?;
    Err(Error::Conflict(
        "this tenant holds its key itself: only its API keys and its recovery code open it, and the root key does not; \
         an owner makes a new key with `bailee recover` and the recovery code"
            .into(),
    ))
}

/// The permit to issue a key for the longest standing active member of this class.
pub(super) fn permit(
    op: &mut Op<'_>,
    tenant: TenantId,
    tenant_key: &Key,
    class: Class,
) -> Result<(Permit<IssueByRoot>, Holder)> {
    let found = op.find(rows::FIRST_OF_CLASS, params![tenant, class.as_str()])?;
    let nobody = || Error::Conflict(format!("the tenant has no active {class} to issue a key for"));
    let member: MemberId = found.ok_or_else(nobody)?.get(0)?;
    let permit = system::permit(op, tenant, tenant_key, Resource::member(member))?;
    let holder = Holder {
        tenant,
        member,
        made_by: None,
    };
    Ok((permit, holder))
}

fn issue(
    op: &mut Op<'_>,
    permit: &Permit<IssueByRoot>,
    holder: Holder,
    label: &str,
    tenant_key: &Key,
) -> Result<IssuedKey> {
    issue_until(op, permit, holder, (label, None), tenant_key)
}

/// A key of this label that ends by itself, if it is to.
pub(super) fn issue_until(
    op: &mut Op<'_>,
    permit: &Permit<IssueByRoot>,
    holder: Holder,
    (label, expires_at): (&str, Option<Timestamp>),
    tenant_key: &Key,
) -> Result<IssuedKey> {
    let secret = NewSecret {
        kind: KeyKind::Api,
        label,
        scope: &KeyScope::default(),
        expires_at,
        parent: None,
        task: None,
    };
    key::insert(op, permit, holder, &secret, tenant_key, CustodyMode::ProviderHeld)
}

fn check_label(op: &Op<'_>, label: &str) -> Result<()> {
    let new = NewKey {
        label: label.to_owned(),
        ..NewKey::default()
    };
    new.check(op.now())
}

fn check_reason(reason: Option<&str>) -> Result<()> {
    let reason = reason.map(str::trim).unwrap_or_default();
    let fits = !reason.is_empty()
        && reason.chars().count() <= LONGEST_REASON
        && !reason.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    let problem = format!("say in 1 to {LONGEST_REASON} characters on one line why the key is needed");
    Err(Error::invalid("reason", problem))
}
