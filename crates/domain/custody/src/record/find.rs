//! Finding records by a whole value or by words. What is asked for is neither logged nor recorded.

use access::Action;
use kernel::{DatasetId, Page, PageRequest};
use operation::acts::SearchRecords;
use operation::{Op, Permit, Request};
use serde_json::{Value as Json, json};
use store::params;

use super::index::{self, Entry, Keys};
use super::{Field, RecordHead, RecordKind, check, cover};
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::item::rows::{self, ItemRow};
use crate::session::Session;
use crate::{Credential, Custody};

/// The most words of one question.
const MOST_ASKED: usize = 8;

/// What records are to be found by.
#[derive(Debug, Clone)]
pub struct RecordQuery {
    /// One of the dataset's kinds.
    pub kind: String,
    /// One of its fields.
    pub field: String,
    /// What the field is to hold.
    pub matches: Match,
}

/// What a field is to hold.
#[derive(Debug, Clone)]
pub enum Match {
    /// This value, or in a list this one.
    Value(Json),
    /// All of these words, in any order.
    Words(String),
}

impl Custody {
    /// A page of active records whose field holds this, without what else they say. One event; who may not find what is restricted
    /// does not find it here. A page may hold fewer than asked for and still have a next.
    pub async fn find_records(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        query: RecordQuery,
        page: PageRequest,
    ) -> Result<Page<RecordHead>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::RecordSearch)?;
                let (row, permit) = dataset::permitted::<SearchRecords>(op, &session, &dataset)?;
                let settings = row.settings(&session)?;
                let kind = check::declared(&settings, &query.kind)?;
                let entries = asked(&session, row.id, kind, &query)?;
                cover::check_search(op, &session, &row, &settings, kind, &query.field)?;
                let found = find(op, &permit, &session, row.id, &entries, &page)?;
                op.record(
                    permit,
                    json!({ "kind": kind.name, "field": query.field, "found": found.items.len() }),
                )?;
                Ok(found)
            })
            .await
    }
}

/// The entries that a record must have, all of them.
fn asked(
    session: &Session,
    dataset: DatasetId,
    kind: &RecordKind,
    query: &RecordQuery,
) -> Result<Vec<Entry>> {
    let keys = Keys::of(session, dataset);
    let field = field(kind, query)?;
    match &query.matches {
        Match::Value(value) => match keys.value(kind, field, value) {
            Some(entry) => Ok(vec![entry]),
            None => Err(Error::invalid(
                "value",
                format!("give what `{}` may hold: one value, no list", field.name),
            )),
        },
        Match::Words(text) => {
            let words = index::words(text);
            if words.is_empty() || words.len() > MOST_ASKED {
                return Err(Error::invalid(
                    "words",
                    format!("give 1 to {MOST_ASKED} different words"),
                ));
            }
            Ok(words.iter().map(|word| keys.word(kind, field, word)).collect())
        }
    }
}

/// The field, if records are found by it in this way.
fn field<'k>(kind: &'k RecordKind, query: &RecordQuery) -> Result<&'k Field> {
    let (way, fits): (_, fn(&Field) -> bool) = match query.matches {
        Match::Value(_) => ("value", |field| field.find_by_value),
        Match::Words(_) => ("word", |field| field.find_by_word),
    };
    let found = kind.field(&query.field).filter(|field| fits(field));
    found.ok_or_else(|| {
        let known: Vec<&str> = kind
            .fields
            .iter()
            .filter(|field| fits(field))
            .map(|field| field.name.as_str())
            .collect();
        let problem = match known.is_empty() {
            true => format!(
                "no field of {} is declared with find_by_{way}: declare one so, and store the records again",
                kind.name
            ),
            false => format!(
                "records of {} are found by {way} in {}; ask for one of them",
                kind.name,
                known.join(", ")
            ),
        };
        Error::invalid("field", problem)
    })
}

fn find(
    op: &mut Op<'_>,
    permit: &Permit<SearchRecords>,
    session: &Session,
    dataset: DatasetId,
    entries: &[Entry],
    page: &PageRequest,
) -> Result<Page<RecordHead>> {
    let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
    let (now, limit) = (op.now(), i64::from(page.limit) + 1);
    let Some((first, others)) = entries.split_first() else {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    };
    let asked = params![
        session.tenant,
        dataset,
        session.member,
        now,
        *first,
        after.unwrap_or_default(),
        limit
    ];
    let mut params = asked.to_vec();
    params.extend(others.iter().map(|entry| store::Value::from(*entry)));
    let found = op.list(permit, &rows::records_sql(others.len()), &params)?;
    let mut keys = rows::DatasetKeys::default();
    let read = found
        .iter()
        .map(|row| ItemRow::read_among(session, row, &mut keys));
    let found = Page::from_rows(read.collect::<Result<Vec<_>>>()?, page.limit, |row| {
        row.id.as_bytes().to_vec()
    });
    let shown = found
        .items
        .iter()
        .filter(|row| row.covered && row.is_listed_for(session));
    let heads = shown
        .map(|row| Ok(RecordHead::of(&row.item(session)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Page {
        items: heads.into_iter().flatten().collect(),
        next: found.next,
    })
}
