//! Asking a tenant to be let in. By itself this opens nothing.

use access::{Action, Class, Subject};
use kernel::{Actor, OperatorAccessId, TenantId};
use operation::acts::AskOperatorAccess;
use operation::{Act, Caller, Op, Permit, Request, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::{Value as Json, json};
use store::params;

use super::rows;
use super::{NewOperatorAccess, OperatorAccess};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::tenant::CustodyMode;
use crate::{Credential, Custody, contexts};

impl Custody {
    /// Asks a tenant to let the caller look. It stands in the operator's trail and in the tenant's, and an owner or admin decides
    /// within [`super::LAPSES_AFTER`].
    ///
    /// Fails with [`Error::Conflict`] for a tenant that holds its key itself.
    pub async fn ask_operator_access(
        &self,
        credential: &Credential,
        request: Request,
        new: NewOperatorAccess,
    ) -> Result<OperatorAccess> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::OperatorAccessAsk)?;
                let permit: Permit<AskOperatorAccess> = op.permit(Resource::tenant(), &session.facts())?;
                new.check()?;
                let asked = Asked::of(op, &session, &new)?;
                asked.insert(op, &permit, &session, &new)?;
                op.record(permit, asked.told(&new, None))?;
                let told = asked.told(&new, Some(new.reason.trim()));
                tell_tenant::<AskOperatorAccess>(
                    op,
                    &session,
                    asked.id,
                    (asked.tenant, asked.letterbox),
                    told,
                )?;
                let row =
                    rows::of_asker(op, &session, asked.id)?.ok_or(Error::NotFound("operator access"))?;
                Ok(row.access)
            })
            .await
    }
}

/// Whom it goes to.
struct Asked {
    id: OperatorAccessId,
    tenant: TenantId,
    letterbox: LetterboxPublic,
}

impl Asked {
    fn of(op: &mut Op<'_>, session: &Session, new: &NewOperatorAccess) -> Result<Self> {
        let row = op.find(rows::TENANT, params![&new.tenant])?;
        let row = row
            .map(|row| Ok::<_, Error>((row.get::<TenantId>(0)?, row.get::<String>(1)?, row.get(2)?)))
            .transpose()?;
        let Some((tenant, custody, letterbox)) = row.filter(|(tenant, _, _)| *tenant != session.tenant)
        else {
            return Err(Error::invalid("tenant", "there is no tenant of this short name"));
        };
        if CustodyMode::from_row(&custody)? == CustodyMode::CustomerHeld {
            let problem =
                "this tenant holds its key itself: nothing of the installation's opens it, whoever approves";
            return Err(Error::Conflict(problem.into()));
        }
        if let Some(dataset) = new.dataset
            && op.find(rows::DATASET, params![tenant, dataset])?.is_none()
        {
            let problem = "the tenant has no dataset of this id: the tenant can tell it";
            return Err(Error::invalid("dataset", problem));
        }
        Ok(Self {
            id: OperatorAccessId::make(op.now(), op.random()),
            tenant,
            letterbox: LetterboxPublic(letterbox),
        })
    }

    fn insert(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<AskOperatorAccess>,
        session: &Session,
        new: &NewOperatorAccess,
    ) -> Result<()> {
        let context = contexts::operator_access_reason(self.tenant, self.id);
        let reason = self
            .letterbox
            .seal(&context, new.reason.trim().as_bytes(), op.random())?;
        let (originals, minutes, now) = (i64::from(new.originals), i64::from(new.minutes), op.now());
        let row = params![
            self.id,
            self.tenant,
            session.member,
            now,
            new.dataset,
            originals,
            minutes,
            reason
        ];
        op.change(permit, rows::INSERT, row)?;
        Ok(())
    }

    /// What trails say: the tenant's with the reason, the operator's without.
    fn told(&self, new: &NewOperatorAccess, reason: Option<&str>) -> Json {
        let mut told = json!({
            "operator_access": self.id, "tenant": self.tenant, "dataset": new.dataset, "originals": new.originals,
            "minutes": new.minutes
        });
        if let Some(reason) = reason {
            told["reason"] = json!(reason);
        }
        told
    }
}

/// The tenant's trail has what the operator did, as a letter. The caller has recorded it in the operator's before.
pub(super) fn tell_tenant<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    access: OperatorAccessId,
    (tenant, letterbox): (TenantId, LetterboxPublic),
    details: Json,
) -> Result<()> {
    op.enter(Caller {
        actor: Actor::Operator {
            key: session.key,
            member: session.member,
            access: Some(access),
        },
        tenant,
        subject: Subject::of(Class::Operator),
        trail: TrailSeal::Letterbox(letterbox),
    });
    let permit: Permit<A> = op.permit(Resource::tenant(), &session.facts())?;
    op.record(permit, details)?;
    Ok(())
}
