//! Whether anything is left of a person who was erased.

use ::ledger::Receipt;
use async_trait::async_trait;
use custody::Error;
use custody::subject::{AfterErasure, Identifier};
use custody::trail::TrailFilter;
use kernel::{ItemId, PageRequest, SubjectId};
use rights::erasure::{Erase, Erasure, ErasureState};
use store::{StoreError, Tx, Value};

use super::consents::{Purposes, newest_receipt};
use super::inventory::columns;
use super::persons::Keeper;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Keeps things about a person of the probe team, erases them, and searches every table that has items or people in it.
pub struct ErasureIsComplete {
    /// The tables that are not searched.
    pub passed_over: fn(&str) -> bool,
}

/// What has to stay: the trail and the erasure itself, by ids; and that somebody agreed, under a key that is gone.
const KEPT: [&str; 3] = ["event", "subject_erasure", "consent"];

impl Default for ErasureIsComplete {
    fn default() -> Self {
        Self {
            passed_over: |table| KEPT.contains(&table),
        }
    }
}

#[async_trait]
impl Check for ErasureIsComplete {
    fn id(&self) -> &'static str {
        "erasure-is-complete"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let keeper = Keeper::of(site, &probes.one.owner, "probe-erasure").await?;
        let words: [String; 3] = std::array::from_fn(|_| site.random_word());
        let [person, file, record] = &words;
        let items = [
            keeper.file(file, person, file).await?,
            keeper.record(record, person, record).await?,
        ];
        keeper.say_something(&items).await?;
        Purposes::of(&keeper.rights, keeper.by)
            .agree(person, "a check")
            .await?;
        let subject = keeper.find(person).await?.id;
        let mut cases = Cases::of(self.id());
        let columns = self.columns(site).await?;
        let living = left_of(site, &columns, &items, subject).await?;
        cases.control(
            "the search finds items, the person and what they are known by",
            ["item", "subject", "subject_identifier"]
                .iter()
                .all(|table| living.iter().any(|found| found.starts_with(&format!("{table}.")))),
        );
        let (by, afterwards) = (keeper.by, AfterErasure::Tell);
        let erase = Erase { subject, afterwards };
        let erased = keeper.rights.erase(&by.key, by.request(), erase).await?;
        cases.must(
            "nothing had to stay",
            erased.state == ErasureState::Done && erased.left.is_empty(),
        );
        let left = left_of(site, &columns, &items, subject).await?;
        cases.must(&format!("rows left: none, and not {left:?}"), left.is_empty());
        gone(&mut cases, &keeper, &items, person).await?;
        proven(site, &mut cases, &keeper, (&items, &erased)).await?;
        // The mark by which somebody would be told that this person was erased is not needed: there never was one.
        let lifted = keeper
            .rights
            .lift_mark(&by.key, by.request(), Identifier::parse(person)?);
        match lifted.await {
            Ok(()) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(cases.seen())
    }
}

/// Nobody gets at any of it.
async fn gone(cases: &mut Cases, keeper: &Keeper<'_>, items: &[ItemId], person: &str) -> Result<(), Trouble> {
    for item in items {
        cases.must_hide("what was about the person is read", keeper.by.get(*item).await)?;
    }
    cases.must_hide("the person is found", keeper.find(person).await)?;
    let (by, page) = (keeper.by, PageRequest::first(10));
    let said = keeper
        .rights
        .consent_history(&by.key, by.request(), person.to_owned(), page);
    cases.must(
        "what they agreed to is not found by their name",
        said.await?.items.is_empty(),
    );
    Ok(())
}

/// Each item has its entry; the newest receipt of one that has its place in the log verifies.
async fn proven(
    site: &Site,
    cases: &mut Cases,
    keeper: &Keeper<'_>,
    (items, erased): (&[ItemId], &Erasure),
) -> Result<(), Trouble> {
    cases.must(
        "as many were deleted as there were",
        erased.items == items.len() as u64,
    );
    let by = keeper.by;
    for item in items {
        let filter = TrailFilter {
            item: Some(*item),
            action: Some("subject.erase".to_owned()),
            ..TrailFilter::default()
        };
        let entries = by
            .custody
            .trail(&by.key, by.request(), filter, PageRequest::first(2));
        cases.must("its erasure has an entry", entries.await?.items.len() == 1);
    }
    if let Some((receipt, policy)) = newest_receipt(site, by, "subject.erase").await? {
        let read = Receipt::parse(receipt.as_bytes());
        let verifies = read.is_ok_and(|read| read.verify(&policy).is_ok());
        cases.must("the newest receipt of an erasure verifies", verifies);
    }
    Ok(())
}

impl ErasureIsComplete {
    /// The columns that have items or people in them.
    async fn columns(&self, site: &Site) -> Result<Vec<(String, String)>, Trouble> {
        let db = site.db().clone();
        let schema = tokio::task::spawn_blocking(move || store::schema(&db)).await;
        let schema = schema.map_err(|error| Trouble(error.to_string()))??;
        let about = ["item_id", "subject_id", "person_id", "from_id", "into_id"];
        let columns = columns(&schema).into_iter();
        Ok(columns
            .filter(|(table, column, _)| about.contains(&column.as_str()) && !(self.passed_over)(table))
            .map(|(table, column, _)| (table, column))
            .collect())
    }
}

/// Where something of them is.
async fn left_of(
    site: &Site,
    columns: &[(String, String)],
    items: &[ItemId],
    subject: SubjectId,
) -> Result<Vec<String>, Trouble> {
    let columns = columns.to_vec();
    let mut ids: Vec<Value> = items.iter().map(|item| Value::from(*item)).collect();
    ids.push(subject.into());
    let found = site.db().read(move |tx: &mut Tx| {
        let mut found = Vec::new();
        for (table, column) in &columns {
            let sql = format!("SELECT count(*) FROM {table} WHERE {column} = $1");
            for id in &ids {
                if tx.one(&sql, std::slice::from_ref(id))?.get::<i64>(0)? > 0 {
                    found.push(format!("{table}.{column}"));
                }
            }
        }
        Ok::<_, StoreError>(found)
    });
    Ok(found.await?)
}
