//! Listing items, and the filter that listings and bulk acts share.

use std::collections::BTreeSet;

use access::Action;
use kernel::{DatasetId, ItemId, Page, PageRequest, SubjectId, Timestamp};
use operation::acts::BrowseItems;
use operation::{Act, Op, Permit, Request};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::rows::{self, ItemRow};
use super::{Item, Kind, State};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::subject::{self, Identifier};
use crate::{Credential, Custody, task};

/// Which items of a dataset are meant. Empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Active or archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Files or records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The one item of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Items whose name begins so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
    /// Items about this person alone, by the tenant's handle for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Items that have not changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_before: Option<Timestamp>,
    /// These items only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemId>>,
}

impl Filter {
    /// What SQL cannot see because it is sealed, or need not.
    fn fits(&self, item: &Item) -> bool {
        self.kind.is_none_or(|kind| kind == item.kind)
            && self.name.as_ref().is_none_or(|name| *name == item.name)
            && self
                .name_prefix
                .as_ref()
                .is_none_or(|prefix| item.name.starts_with(prefix.as_str()))
            && self.changed_before.is_none_or(|moment| item.changed_at < moment)
            && self.items.as_ref().is_none_or(|items| items.contains(&item.id))
    }

    /// How the names of all that fits begin: a key for some names lists what is asked for by name or prefix.
    fn begins(&self) -> &str {
        let begins = self.name.as_deref().or(self.name_prefix.as_deref());
        begins.unwrap_or_default()
    }

    /// Facts about changing what fits.
    pub(super) fn facts(&self, session: &Session, dataset: DatasetId, granted: bool) -> access::Facts {
        session.named_facts(dataset, granted, self.begins())
    }

    /// Holds the filter to sizes that can be worked with.
    pub(crate) fn check(&self) -> Result<()> {
        if self.items.as_ref().is_some_and(|items| items.len() > 10_000) {
            return Err(Error::invalid(
                "items",
                "name at most 10,000 items in one request",
            ));
        }
        Ok(())
    }
}

/// How many rows one page looks at before it is returned even if not full, so that a filter which fits
/// little cannot hold a transaction for long.
const MOST_LOOKED_AT: usize = 5_000;

impl Custody {
    /// A page of the dataset's items, oldest first. A page may hold fewer than asked for and still have a next.
    pub async fn list_items(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        filter: Filter,
        page: PageRequest,
    ) -> Result<Page<Item>> {
        filter.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let dataset = dataset::found(op, &session, &dataset, Action::ItemBrowse)?;
                let facts = task::listing_facts(op, &session, &dataset, filter.begins())?;
                let permit: Permit<BrowseItems> =
                    op.permit(operation::Resource::dataset(dataset.id), &facts)?;
                let scanned = scan(op, &permit, &session, &dataset, &filter, &page)?;
                op.record(permit, json!({ "count": scanned.items.len() }))?;
                let items = scanned.items.iter().map(|(_, item)| item.clone()).collect();
                Ok(Page {
                    items,
                    next: scanned.next,
                })
            })
            .await
    }
}

/// A person whom items are asked for by.
struct Person {
    id: SubjectId,
    rows: Vec<SubjectId>,
}

impl Person {
    fn of(op: &mut Op<'_>, session: &Session, id: SubjectId) -> Result<Self> {
        let rows = subject::rows_of(op, session, id)?;
        Ok(Self {
            id,
            rows: rows.iter().map(|row| row.id).collect(),
        })
    }
}

/// One page of items that fit the filter, each with its row.
pub(crate) fn scan<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    dataset: &DatasetRow,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<(ItemRow, Item)>> {
    if let Some(name) = &filter.name {
        let found = rows::find_by_name(op, session, dataset.id, name)?;
        return Ok(Page {
            items: fitting(session, filter, None, found)?,
            next: None,
        });
    }
    let subject = match &filter.subject {
        None => None,
        Some(handle) => match subject::find(op, session, &Identifier::parse(handle)?)? {
            Some(known) => Some(Person::of(op, session, known.person)?),
            None => {
                return Ok(Page {
                    items: Vec::new(),
                    next: None,
                });
            }
        },
    };
    if let Some(items) = &filter.items {
        return among(op, session, dataset, filter, (items, subject.as_ref()), page);
    }
    let wanted = page.limit as usize + 1;
    let mut after = page
        .after
        .as_ref()
        .map(|cursor| cursor.key().to_vec())
        .unwrap_or_default();
    let (mut found, mut looked_at) = (Vec::new(), 0);
    loop {
        let rows = next_rows(
            op,
            permit,
            session,
            dataset,
            filter,
            subject.as_ref(),
            &after,
            wanted,
        )?;
        looked_at += rows.len();
        let ended = rows.len() < wanted;
        if let Some(last) = rows.last() {
            after = last.id.as_bytes().to_vec();
        }
        found.extend(fitting(session, filter, subject.as_ref(), rows)?);
        if found.len() >= wanted || ended {
            return Ok(Page::from_rows(found, page.limit, |(row, _)| {
                row.id.as_bytes().to_vec()
            }));
        }
        if looked_at >= MOST_LOOKED_AT {
            return Ok(Page {
                items: found,
                next: Some(kernel::Cursor::after(&after)),
            });
        }
    }
}

/// As [`scan`], of items that are named by their ids: they are looked up, and the others are not looked through.
fn among(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRow,
    filter: &Filter,
    (items, subject): (&[ItemId], Option<&Person>),
    page: &PageRequest,
) -> Result<Page<(ItemRow, Item)>> {
    let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
    let after = after.unwrap_or_default();
    let later = items.iter().filter(|item| item.as_bytes()[..] > after[..]);
    let later: Vec<ItemId> = later.copied().collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = Vec::new();
    for group in later.chunks(rows::MOST_AMONG) {
        let mut rows = rows::among(op, session, dataset.id, group)?;
        rows.sort_by_key(|row| row.id);
        found.extend(fitting(session, filter, subject, rows)?);
        if found.len() > page.limit as usize {
            break;
        }
    }
    Ok(Page::from_rows(found, page.limit, |(row, _)| {
        row.id.as_bytes().to_vec()
    }))
}

#[allow(clippy::too_many_arguments, reason = "one statement's parameters")]
fn next_rows<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    dataset: &DatasetRow,
    filter: &Filter,
    subject: Option<&Person>,
    after: &[u8],
    limit: usize,
) -> Result<Vec<ItemRow>> {
    let state = filter.state.map_or("", State::as_str);
    let (now, limit) = (op.now(), i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = match subject {
        _ if session.works_by_lease() => op.list(
            permit,
            &rows::leased_page_sql(),
            params![
                session.tenant,
                dataset.id,
                session.member,
                now,
                after,
                state,
                limit
            ],
        )?,
        None => op.list(
            permit,
            &rows::page_sql(filter.state, false),
            params![
                session.tenant,
                dataset.id,
                session.member,
                now,
                after,
                state,
                limit
            ],
        )?,
        Some(subject) => op.list(
            permit,
            &rows::page_sql(filter.state, true),
            params![
                session.tenant,
                dataset.id,
                session.member,
                now,
                after,
                state,
                limit,
                subject.id
            ],
        )?,
    };
    let mut keys = rows::DatasetKeys::default();
    rows.iter()
        .map(|row| ItemRow::read_among(session, row, &mut keys))
        .collect()
}

fn fitting(
    session: &Session,
    filter: &Filter,
    subject: Option<&Person>,
    rows: impl IntoIterator<Item = ItemRow>,
) -> Result<Vec<(ItemRow, Item)>> {
    let mut found = Vec::new();
    for row in rows {
        let meant = subject.is_none_or(|person| row.subject.is_some_and(|one| person.rows.contains(&one)));
        if !row.is_listed_for(session) || !meant {
            continue;
        }
        let item = row.item(session)?;
        if filter.state.is_none_or(|state| state == item.state) && filter.fits(&item) {
            found.push((row, item));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use kernel::SystemRandom;
    use store::{Engine, StoreError};

    use super::*;

    engines::on_both! {
        async fn what_is_archived_is_found_by_an_index_of_its_own(db: TestDb) {
            db.migrate(&crate::all_migrations()).unwrap();
            let engine = db.engine();
            let plan = db.write(move |tx| {
                let explain = match engine {
                    Engine::Sqlite => "EXPLAIN QUERY PLAN",
                    Engine::Postgres => {
                        // An empty table is cheapest read whole: ask what there is besides.
                        tx.execute("SET LOCAL enable_seqscan = off", &[])?;
                        "EXPLAIN"
                    }
                };
                let id = ItemId::make(Timestamp::from_micros(1), &SystemRandom);
                let sql = rows::page_sql(Some(State::Archived), false);
                let rows = tx.all(&format!("{explain} {sql}"), params![id, id, id, 1i64, id, "archived", 10i64])?;
                let column = if engine == Engine::Sqlite { 3 } else { 0 };
                rows.iter().map(|row| row.get::<String>(column)).collect::<std::result::Result<Vec<_>, StoreError>>()
            });
            let plan = plan.await.unwrap().join("; ");
            assert!(plan.contains("item_archived"), "{plan}");
        }
    }
}
