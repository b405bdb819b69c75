//! Looking at what is said about an item, and saying it.

use access::Action;
use kernel::{ItemId, Page, PageRequest, VersionId};
use operation::acts::{AnnotateItem, ViewItem};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;

use super::rows::{self, text_of};
use super::{Annotations, Made, NewAnnotations, WhichSet};
use crate::error::{Error, Result};
use crate::item::rows::{ItemRow, Which};
use crate::item::{check_active, found};
use crate::session::Session;
use crate::{Credential, Custody, task};

impl Custody {
    /// What is said about an item; nothing when nothing is.
    pub async fn annotations(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        which: WhichSet,
    ) -> Result<Option<Annotations>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemView)?;
                let (row, permit) = looked_at(op, &session, item, which)?;
                let found = rows::find(op, &permit, &session, &row, which)?;
                let id = found.as_ref().map(|found| found.made.id);
                op.record(permit, json!({ "annotations": id }))?;
                Ok(found)
            })
            .await
    }

    /// Who said something about a version, and when, oldest first; about the newest version when none is named.
    pub async fn annotation_history(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: Option<VersionId>,
        page: PageRequest,
    ) -> Result<Page<Made>> {
        let (custody, credential) = (self.clone(), credential.clone());
        let after = number_of(&page)?;
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemView)?;
                let which = version.map_or(WhichSet::Newest, WhichSet::OfVersion);
                let (row, permit) = looked_at(op, &session, item, which)?;
                let limit = i64::from(page.limit) + 1;
                let made = rows::page(op, &permit, &session, row.version, after, limit)?;
                let page = Page::from_rows(made, page.limit, |made| made.number.to_be_bytes().to_vec());
                op.record(permit, json!({ "annotation_history": page.items.len() }))?;
                Ok(page)
            })
            .await
    }

    /// Says something about an item's newest version, in place of what is said so far, which the author must have seen.
    pub async fn annotate(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        new: NewAnnotations,
    ) -> Result<Annotations> {
        let text = text_of(&new.set)?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemAnnotate)?;
                annotate(op, &session, item, &new, &text)
            })
            .await
    }
}

/// Says something about an item that the caller holds a lease of, in the act that settles it.
pub(crate) fn annotate_leased(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    new: &NewAnnotations,
) -> Result<Annotations> {
    annotate(op, session, item, new, &text_of(&new.set)?)
}

/// Whether the member said what is said about this version.
pub(crate) fn is_author(op: &mut Op<'_>, session: &Session, version: VersionId) -> Result<bool> {
    let newest = rows::newest(op, session, version)?;
    Ok(newest.is_some_and(|newest| newest.member == session.member))
}

fn annotate(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    new: &NewAnnotations,
    text: &[u8],
) -> Result<Annotations> {
    let row = found(op, session, item, Which::Newest, Action::ItemAnnotate)?;
    let resource = Resource::version(row.dataset, row.id, row.version);
    let permit: Permit<AnnotateItem> = op.permit(resource, &row.facts(session))?;
    check_active(&row, false)?;
    if new.version.is_some_and(|seen| seen != row.version) {
        return Err(Error::ConditionFailed);
    }
    let task = task::lease_of(op, session, item)?.map(|lease| lease.task);
    let kept = rows::keep(
        op,
        &permit,
        session,
        &row,
        (&new.set, text),
        Some(&new.basis),
        task,
    )?;
    op.record(permit, details(&kept))?;
    Ok(kept)
}

/// What the trail keeps: how much was said, and nothing of it.
pub(super) fn details(kept: &Annotations) -> serde_json::Value {
    json!({
        "annotations": kept.made.id, "number": kept.made.number, "count": kept.set.annotations.len(), "task": kept.made.task,
    })
}

/// The version that is asked about, and the permit to look at it.
fn looked_at(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    which: WhichSet,
) -> Result<(ItemRow, Permit<ViewItem>)> {
    let version = match which {
        WhichSet::Newest => Which::Newest,
        WhichSet::OfVersion(version) => Which::Version(version),
        // A set that there is not answers like an empty one, after the policies.
        WhichSet::Set(set) => rows::version_of(op, session, item, set)?.map_or(Which::Newest, Which::Version),
    };
    let row = found(op, session, item, version, Action::ItemView)?;
    let resource = Resource::version(row.dataset, row.id, row.version);
    let permit = op.permit(resource, &row.facts(session))?;
    check_active(&row, false)?;
    Ok((row, permit))
}

fn number_of(page: &PageRequest) -> Result<i64> {
    let key = page
        .after
        .as_ref()
        .map_or(Ok([0; 8]), |cursor| cursor.key().try_into());
    let key = key.map_err(|_| Error::invalid("cursor", kernel::BadCursor.to_string()))?;
    Ok(i64::from_be_bytes(key))
}
