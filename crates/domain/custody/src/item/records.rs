//! Records: JSON objects whose declared fields can be found by their exact value.
//!
//! The value itself stays sealed in the record; beside it stands a keyed hash that is different for every
//! tenant, dataset and field. Strings are trimmed and lowercased first, so that `Ann@Example.org` is found
//! as `ann@example.org`.

use access::Action;
use kernel::{DatasetId, ItemId, Page, PageRequest};
use operation::acts::SearchRecords;
use operation::{Act, Op, Permit, Request};
use sealing::BlindIndexKey;
use serde_json::{Map, Value as Json, json};
use store::params;

use super::receive::Received;
use super::rows::{self, ItemRow, Which};
use super::{Item, Kind, segments};
use crate::dataset::{self, DatasetRef, Settings};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, record};

/// The most bytes of one record.
pub(crate) const MAX_BYTES: usize = 1 << 20;

impl Custody {
    /// Records whose declared field has exactly this value. The value is neither logged nor recorded.
    pub async fn search_records(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        field: String,
        equals: Json,
        page: PageRequest,
    ) -> Result<Page<Item>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::RecordSearch)?;
                let (row, permit) = dataset::permitted::<SearchRecords>(op, &session, &dataset)?;
                let settings = row.settings(&session)?;
                if !settings.fields.iter().any(|declared| declared.searchable && declared.name == field) {
                    let problem = "is not declared as searchable in this dataset; declare it and store the records again";
                    return Err(Error::invalid("field", problem));
                }
                let value = normalized(&equals)
                    .ok_or_else(|| Error::invalid("equals", "give text, a number or a boolean"))?;
                let blind = blind(&session, row.id, &field, &value);
                let found = search(op, &permit, &session, row.id, &blind, &page)?;
                op.record(permit, json!({ "found": found.items.len() }))?;
                Ok(found)
            })
            .await
    }
}

/// Checks a record and indexes its searchable fields, replacing what an earlier version had.
#[allow(
    clippy::too_many_arguments,
    reason = "the act, the place and the content of one index"
)]
pub(crate) fn index<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    settings: &Settings,
    dataset: DatasetId,
    item: ItemId,
    kind: Kind,
    received: &Received,
) -> Result<()> {
    let (Kind::Record, Some(content)) = (kind, &received.record) else {
        return Ok(());
    };
    index_content(op, permit, session, settings, dataset, item, content)
}

/// Indexes an item anew whose newest version is another by now. What does not lie in its row is found again from its next
/// version on; until then nothing finds it by what it was.
pub(super) fn reindex<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
) -> Result<()> {
    let Some(row) = rows::find(op, session, item, Which::Newest)?.filter(|row| row.kind == Kind::Record)
    else {
        return Ok(());
    };
    op.change(permit, rows::DELETE_INDEX, params![session.tenant, item])?;
    let Some(content) = segments::row_content(op, session, &row)? else {
        return Ok(());
    };
    let dataset = dataset::rows::find(op, session, &DatasetRef::Id(row.dataset))?.ok_or(Error::Altered)?;
    let settings = dataset.settings(session)?;
    if record::is_record(&row.version()?.content_type) {
        let entries = record::entries_of(session, row.dataset, &settings, &content);
        return record::write_index(op, permit, session, row.dataset, item, &entries);
    }
    index_content(op, permit, session, &settings, row.dataset, item, &content)
}

fn index_content<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    settings: &Settings,
    dataset: DatasetId,
    item: ItemId,
    content: &[u8],
) -> Result<()> {
    let record = parse(content)?;
    op.change(permit, rows::DELETE_INDEX, params![session.tenant, item])?;
    for declared in settings.fields.iter().filter(|declared| declared.searchable) {
        let Some(value) = record.get(&declared.name).and_then(normalized) else {
            continue;
        };
        let blind = blind(session, dataset, &declared.name, &value);
        op.change(
            permit,
            rows::INSERT_INDEX,
            params![dataset, blind, item, session.tenant],
        )?;
    }
    Ok(())
}

fn parse(content: &[u8]) -> Result<Map<String, Json>> {
    serde_json::from_slice(content).map_err(|error| {
        Error::invalid(
            "body",
            format!("a record is one JSON object: {}", place_of(&error)),
        )
    })
}

/// Where JSON is wrong, without quoting any of it: the text of a record must not reach a log.
fn place_of(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// The form in which values are compared. Nothing for what has no exact value (objects, lists, null).
fn normalized(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.trim().to_lowercase()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn blind(session: &Session, dataset: DatasetId, field: &str, value: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(session.tenant_key(), &[b"record field", dataset.as_bytes()]);
    sealing::blind(&key, field, value.as_bytes())
}

fn search(
    op: &mut Op<'_>,
    permit: &Permit<SearchRecords>,
    session: &Session,
    dataset: DatasetId,
    blind: &[u8; 32],
    page: &PageRequest,
) -> Result<Page<Item>> {
    let after = page
        .after
        .as_ref()
        .map(|cursor| cursor.key().to_vec())
        .unwrap_or_default();
    let now = op.now();
    let limit = i64::from(page.limit) + 1;
    let params = params![session.tenant, dataset, session.member, now, blind, after, limit];
    let found = op.list(permit, &rows::search_sql(), params)?;
    let mut keys = rows::DatasetKeys::default();
    let rows = found
        .iter()
        .map(|row| ItemRow::read_among(session, row, &mut keys))
        .collect::<Result<Vec<_>>>()?;
    let found = Page::from_rows(rows, page.limit, |row| row.id.as_bytes().to_vec());
    // A page may hold fewer than asked for and still have a next.
    let shown = found
        .items
        .iter()
        .filter(|row| !row.is_restricted() || session.finds_restricted());
    Ok(Page {
        items: shown.map(|row| row.item(session)).collect::<Result<_>>()?,
        next: found.next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_compared_without_case_and_space() {
        assert_eq!(
            normalized(&json!("  Ann@Example.ORG ")),
            Some("ann@example.org".into())
        );
        assert_eq!(normalized(&json!(42)), Some("42".into()));
        assert_eq!(normalized(&json!({ "a": 1 })), None);
    }

    #[test]
    fn an_error_names_the_place_and_not_the_text() {
        let error = parse(br#"{"email": secret@example.org}"#)
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 1, column"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = parse(&bytes);
        }
    }
}
