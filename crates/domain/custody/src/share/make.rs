//! Sharing, behind a warning and a fresh confirmation; seeing what is shared; withdrawing it.

use access::{Action, Facts};
use kernel::{ExportId, Page, PageRequest, ShareId};
use operation::acts::{CreateShare, EndShare, ListShares};
use operation::{Act, Op, Permit, Request};
use serde_json::json;
use store::params;

use super::plan::{CONFIRMED_FOR, Plan, confirmation, confirmed, plan, warning};
use super::rows;
use super::{Link, NewLink, NewShare, Share, Warning};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef};
use crate::erasure::{self, What};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, contexts};

impl Custody {
    /// What somebody has to know before they share this, and the confirmation that they send along then. Shares nothing.
    pub async fn warn_of_sharing(
        &self,
        credential: &Credential,
        request: Request,
        new: NewShare,
    ) -> Result<Warning> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ShareCreate)?;
                let row = dataset::found(op, &session, &new.dataset, Action::ShareCreate)?;
                let facts = facts(&session, &row);
                op.check::<CreateShare>(rows::of(row.id), &facts)?;
                // Nothing is shared yet: what is recorded is a look at what sharing would mean.
                let permit: Permit<ListShares> = op.permit(rows::of(row.id), &facts)?;
                let plan = plan(op, &session, row, &new)?;
                let now = op.now();
                let warning = Warning {
                    says: warning(&plan, &session, &new)?,
                    confirmation: confirmation(&session, &plan, &new, now),
                    until: now.plus(CONFIRMED_FOR),
                };
                op.record(permit, json!({ "warned": true, "export": new.export }))?;
                Ok(warning)
            })
            .await
    }

    /// Shares a dataset or an export with the public. Takes the confirmation of [`Custody::warn_of_sharing`] for the same share.
    pub async fn share(
        &self,
        credential: &Credential,
        request: Request,
        new: NewShare,
        confirmation: &str,
    ) -> Result<NewLink> {
        let (custody, credential, confirmation) = (self.clone(), credential.clone(), confirmation.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ShareCreate)?;
                let row = dataset::found(op, &session, &new.dataset, Action::ShareCreate)?;
                let permit: Permit<CreateShare> = op.permit(rows::of(row.id), &facts(&session, &row))?;
                let plan = plan(op, &session, row, &new)?;
                let confirmed = confirmed(op, &session, &plan, &new, &confirmation)?;
                let (share, link) = insert(op, &permit, &session, &plan, &new, &confirmed)?;
                let details = json!({ "share": share.id, "export": share.export, "ends_at": share.ends_at, "originals": share.originals });
                op.record(permit, details)?;
                Ok(NewLink { share, link: link.to_text() })
            })
            .await
    }

    /// How a dataset and its exports are shared and were, oldest first.
    pub async fn shares(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Share>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let (session, row, permit) = custody.share_permit::<ListShares>(op, &credential, &dataset)?;
                let after = page
                    .after
                    .as_ref()
                    .map(|cursor| cursor.key().to_vec())
                    .unwrap_or_default();
                let limit = i64::from(page.limit) + 1;
                let found = op.list(
                    &permit,
                    &rows::page_sql(),
                    params![session.tenant, row.id, after, limit],
                )?;
                let found = found.iter().map(rows::share).collect::<Result<Vec<_>>>()?;
                let page = Page::from_rows(found, page.limit, |share| share.id.as_bytes().to_vec());
                op.record(permit, json!({ "count": page.items.len() }))?;
                Ok(page)
            })
            .await
    }

    /// Ends a link at once, and what flows by it.
    pub async fn withdraw(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        share: ShareId,
    ) -> Result<Share> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, row, permit) = custody.share_permit::<EndShare>(op, &credential, &dataset)?;
                let Some(found) = op.find(&rows::find_sql(), params![session.tenant, row.id, share])? else {
                    op.refuse(
                        Action::ShareEnd,
                        rows::of(row.id),
                        json!({ "reasons": ["unknown"], "asked": share }),
                    )?;
                    return Err(Error::NotFound("share"));
                };
                let found = rows::share(&found)?;
                let now = op.now();
                if !found.is_live(now) {
                    return Err(Error::Conflict("the link has ended already".into()));
                }
                custody.end_share(op, &permit, &session, share)?;
                op.record(permit, json!({ "share": share, "export": found.export }))?;
                Ok(Share {
                    withdrawn_at: Some(now),
                    ..found
                })
            })
            .await
    }

    fn share_permit<A: Act>(
        &self,
        op: &mut Op<'_>,
        credential: &Credential,
        dataset: &DatasetRef,
    ) -> Result<(Session, DatasetRow, Permit<A>)> {
        let session = self.enter(op, credential, A::ACTION)?;
        let row = dataset::found(op, &session, dataset, A::ACTION)?;
        let permit = op.permit(rows::of(row.id), &facts(&session, &row))?;
        Ok((session, row, permit))
    }

    fn end_share<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        session: &Session,
        share: ShareId,
    ) -> Result<()> {
        let now = op.now();
        op.change(permit, rows::WITHDRAW, params![session.tenant, share, now])?;
        // What comes back from a backup is withdrawn again.
        erasure::note(op, permit, session.tenant, What::Link, share.as_bytes())?;
        let shares = self.shares.clone();
        op.on_commit(move || shares.end(share));
        Ok(())
    }
}

/// Withdraws every link to an export that is being deleted; gives how many those were.
pub(crate) fn withdraw_all_of<A: Act>(
    custody: &Custody,
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    export: ExportId,
) -> Result<usize> {
    let found = op.find_all(rows::LIVE_OF_EXPORT, params![session.tenant, export])?;
    for row in &found {
        custody.end_share(op, permit, session, row.get(0)?)?;
    }
    Ok(found.len())
}

/// Whoever made the dataset has it for their own.
fn facts(session: &Session, row: &DatasetRow) -> Facts {
    Facts {
        own: row.made_by == Some(session.member),
        ..session.dataset_facts(row.id, row.granted)
    }
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<CreateShare>,
    session: &Session,
    plan: &Plan,
    new: &NewShare,
    confirmed: &[u8; 32],
) -> Result<(Share, Link)> {
    let (now, id) = (op.now(), ShareId::make(op.now(), op.random()));
    let link = Link::generate(id, op.random());
    let context = contexts::share_key(session.tenant, plan.row.id, id);
    let wrapped = sealing::wrap(&link.key(), &context, &plan.row.key, op.random());
    let values = params![
        id,
        session.tenant,
        plan.row.id,
        plan.export,
        now,
        session.member,
        new.ends_at,
        i64::from(new.originals),
        link.hash().as_slice(),
        wrapped,
        confirmed.as_slice()
    ];
    let used = |error: store::StoreError| match error.is_unique() {
        true => Error::Conflict("this confirmation was used already; ask for the warning again".into()),
        false => error.into(),
    };
    op.change(permit, rows::INSERT, values).map_err(used)?;
    let share = Share {
        id,
        dataset: plan.row.id,
        export: new.export,
        made_at: now,
        made_by: session.member,
        ends_at: new.ends_at,
        withdrawn_at: None,
        originals: new.originals,
    };
    Ok((share, link))
}
