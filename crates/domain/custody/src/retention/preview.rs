//! What rules would do, without doing it; and what was announced.

use access::Action;
use kernel::{Page, PageRequest, Timestamp};
use operation::acts::{BrowseItems, ViewTenant};
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::{Row, Value, params};

use super::book::Book;
use super::due::Candidate;
use super::{Due, Notice, rows};
use crate::dataset::{self, DatasetRef};
use crate::error::Result;
use crate::item::Kind;
use crate::{Credential, Custody};

impl Custody {
    /// A page of the items of a dataset that rules would have archived or deleted by then, in the order of their ids, with what keeps them in
    /// spite of that. A page may have fewer than were asked for, and none, while there are more.
    pub async fn preview_retention(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        by: Option<Timestamp>,
        page: PageRequest,
    ) -> Result<Page<Due>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let row = dataset::found(op, &session, &dataset, Action::ItemBrowse)?;
                let facts = session.named_facts(row.id, row.granted, "");
                let permit: Permit<BrowseItems> = op.permit(Resource::dataset(row.id), &facts)?;
                let (now, book) = (op.now(), Book::of(op.housekeeping(), session.tenant)?);
                let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
                let wanted = params![
                    now,
                    session.tenant,
                    row.id,
                    after.unwrap_or_default(),
                    i64::from(page.limit) + 1
                ];
                let found = op.list(&permit, &rows::page(), wanted)?;
                let found = found.iter().map(Candidate::read).collect::<Result<Vec<_>>>()?;
                let looked = Page::from_rows(found, page.limit, |item| item.id.as_bytes().to_vec());
                let due = looked.items.iter().filter_map(|item| item.due(&book, row.id));
                let items: Vec<Due> = due.filter(|due| due.due_at <= by.unwrap_or(now)).collect();
                op.record(permit, json!({ "retention": "preview", "count": items.len() }))?;
                Ok(Page {
                    items,
                    next: looked.next,
                })
            })
            .await
    }

    /// One page of what was announced, newest first.
    pub async fn retention_notices(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Notice>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::TenantView)?;
                let permit: Permit<ViewTenant> = op.permit(Resource::tenant(), &session.facts())?;
                let mut wanted = vec![
                    Value::from(session.tenant),
                    Value::from(i64::from(page.limit) + 1),
                ];
                wanted.extend(page.after.as_ref().map(|cursor| Value::from(cursor.key())));
                let found = op.list(&permit, &rows::notices_sql(page.after.is_none()), &wanted)?;
                let notices = found.iter().map(notice).collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(notices, page.limit, |one| one.id.as_bytes().to_vec());
                op.record(
                    permit,
                    json!({ "retention": "notices", "count": listed.items.len() }),
                )?;
                Ok(listed)
            })
            .await
    }
}

pub(super) fn notice(row: &Row) -> Result<Notice> {
    Ok(Notice {
        id: row.get(0)?,
        dataset: row.get(1)?,
        kind: Kind::from_row(&row.get::<String>(2)?)?,
        items: row.get::<i64>(3)?.unsigned_abs(),
        made_at: row.get(4)?,
        ready_at: row.get(5)?,
    })
}
