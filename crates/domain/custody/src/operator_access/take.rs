//! Taking the key of an access that the tenant approved.

use access::{Action, ActionSet};
use kernel::OperatorAccessId;
use operation::acts::TakeOperatorKey;
use operation::{Op, Permit, Request, Resource};
use sealing::LetterboxPublic;
use serde_json::json;
use store::params;

use super::ask::tell_tenant;
use super::decide::check_state;
use super::rows;
use super::{AccessState, OperatorAccess};
use crate::error::{Error, Result};
use crate::installation::tenant_key_by_root;
use crate::key::{self, Holder, IssuedKey, KeyKind, KeyScope, NewSecret};
use crate::session::Session;
use crate::tenant::CustodyMode;
use crate::{Credential, Custody};

impl Custody {
    /// Gives whoever asked for an access its key, once. It ends with the access.
    ///
    /// Fails with [`Error::Conflict`] when the access does not run, or its key was taken before.
    pub async fn take_operator_key(
        &self,
        credential: &Credential,
        request: Request,
        id: OperatorAccessId,
    ) -> Result<IssuedKey> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::OperatorAccessTake)?;
                let permit: Permit<TakeOperatorKey> = op.permit(Resource::tenant(), &session.facts())?;
                let Some(row) = rows::of_asker(op, &session, id)? else {
                    return Err(Error::NotFound("operator access"));
                };
                let access = row.access;
                check_state(&access, AccessState::Approved)?;
                if access.key.is_some() {
                    let problem =
                        "the key of this access was taken before; if it is lost, ask for another access";
                    return Err(Error::Conflict(problem.into()));
                }
                let issued = custody.issue_to_operator(op, &permit, &session, &access)?;
                let told = json!({ "operator_access": id, "tenant": access.tenant, "issued": issued.key.id });
                op.record(permit, told.clone())?;
                let row = op.find(rows::LETTERBOX, params![access.tenant])?;
                let letterbox = LetterboxPublic(row.ok_or(Error::Altered)?.get(0)?);
                tell_tenant::<TakeOperatorKey>(op, &session, id, (access.tenant, letterbox), told)?;
                Ok(issued)
            })
            .await
    }

    fn issue_to_operator(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<TakeOperatorKey>,
        session: &Session,
        access: &OperatorAccess,
    ) -> Result<IssuedKey> {
        let tenant_key = tenant_key_by_root(op, &self.roots, access.tenant)?;
        let holder = Holder {
            tenant: access.tenant,
            member: session.member,
            made_by: access.decided_by,
        };
        let scope = scope(access);
        let secret = NewSecret {
            kind: KeyKind::Temporary,
            label: "operator access",
            scope: &scope,
            expires_at: access.ends_at,
            parent: None,
            task: None,
        };
        let issued = key::insert(
            op,
            permit,
            holder,
            &secret,
            &tenant_key,
            CustodyMode::ProviderHeld,
        )?;
        op.change(
            permit,
            rows::TAKEN,
            params![access.tenant, access.id, issued.key.id],
        )?;
        Ok(issued)
    }
}

/// The few acts of looking. That it is narrow also keeps the key from everything that the operator may do at home.
fn scope(access: &OperatorAccess) -> KeyScope {
    let seeing = [Action::DatasetList, Action::DatasetView];
    let looking = [Action::ItemBrowse, Action::ItemView];
    let into = access.dataset.map(|_| looking).into_iter().flatten();
    let taking = access.originals.then_some(Action::ItemDownload);
    let actions: ActionSet = seeing.into_iter().chain(into).chain(taking).collect();
    KeyScope {
        actions: Some(actions),
        datasets: access.dataset.map(|dataset| vec![dataset]),
        ..KeyScope::default()
    }
}
