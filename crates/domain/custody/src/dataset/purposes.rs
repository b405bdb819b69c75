//! What data about people in a dataset is kept for, and whether that stands for a person.
//!
//! Promises: where a dataset says what it is kept for, nothing about a person comes in, and nothing about them is used, unless one of
//! these purposes stands for them in the very act; what is refused stands in the trail with the reason; where nobody answers the
//! question, nothing stands. Leaves out: what a purpose is, and who agreed to it, which `rights` says through [`Purposes`]; what is about
//! nobody, which needs no ground.

use access::{Action, Class};
use kernel::SubjectId;
use operation::{Op, Resource};
use serde_json::json;
use store::params;

use super::{DatasetRef, Ingest, NotTaken, found};
use crate::error::{Error, Result};
use crate::item::rows::ItemRow;
use crate::session::Session;

/// Asked in every act that takes in or uses what is about people.
pub trait Purposes: Send + Sync {
    /// Why nothing about this person may be processed for any of these purposes, given as words or ids; nothing where it may. A person
    /// who is not known yet has said nothing.
    fn missing(
        &self,
        op: &mut Op<'_>,
        session: &Session,
        purposes: &[String],
        person: Option<SubjectId>,
    ) -> Result<Option<&'static str>>;
}

/// Nobody can say that it stands.
const UNKNOWN: &str = "purpose.unknown";
const PEOPLE: &str =
    "SELECT subject_id FROM item_subject WHERE tenant_id = $1 AND item_id = $2 ORDER BY subject_id LIMIT 100";

fn missing(
    op: &mut Op<'_>,
    session: &Session,
    rule: Option<&Ingest>,
    people: &[Option<SubjectId>],
) -> Result<Option<&'static str>> {
    let Some(rule) = rule.filter(|rule| !rule.purposes.is_empty()) else {
        return Ok(None);
    };
    for person in people {
        let missing = match &session.purposes {
            Some(asked) => asked.missing(op, session, &rule.purposes, *person)?,
            None => Some(UNKNOWN),
        };
        if missing.is_some() {
            return Ok(missing);
        }
    }
    Ok(None)
}

/// Lets in what is about these people, or turns it away.
pub(crate) fn admit(
    op: &mut Op<'_>,
    session: &Session,
    (action, resource): (Action, Resource),
    rule: Option<&Ingest>,
    people: &[Option<SubjectId>],
) -> Result<()> {
    let Some(reason) = missing(op, session, rule, people)? else {
        return Ok(());
    };
    let reasons = json!({ "reasons": [NotTaken::Purpose.reason(), reason] });
    op.refuse(action, resource, reasons)?;
    let purposes = rule.map(|rule| rule.purposes.join(", ")).unwrap_or_default();
    let takes = format!(
        "the dataset takes in what is about a person where one of its purposes stands for them ({purposes}), and none does: {}",
        says(reason)
    );
    Err(Error::NotTaken {
        what: NotTaken::Purpose,
        takes,
    })
}

/// The same for a new version of an item, by whom it is about.
pub(crate) fn admit_version(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    act: (Action, Resource),
) -> Result<()> {
    let rule = row.ingest(session)?;
    let people = people(op, session, row)?;
    admit(op, session, act, rule.as_ref(), &people)
}

/// Lets an item's content be used, or refuses it. Whoever answers the person may look at it all the same, and they themselves may take
/// what is theirs: to be told what is kept is no use of it.
pub(crate) fn check_use(op: &mut Op<'_>, session: &Session, row: &ItemRow, action: Action) -> Result<()> {
    if session.class == Class::PrivacyOfficer || session.visit().is_some() {
        return Ok(());
    }
    // Before the rule is opened, which takes the tenant's key: the public has none, and is shown nothing that is about anybody.
    let people = people(op, session, row)?;
    if people.is_empty() {
        return Ok(());
    }
    let rule = row.ingest(session)?;
    let Some(reason) = missing(op, session, rule.as_ref(), &people)? else {
        return Ok(());
    };
    let reasons = vec![reason.to_owned()];
    let resource = Resource::version(row.dataset, row.id, row.version);
    op.refuse(action, resource, json!({ "reasons": reasons }))?;
    Err(Error::Forbidden { action, reasons })
}

/// What a dataset is kept for, as words or ids; anything where it does not say.
pub fn purposes_of(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRef,
    action: Action,
) -> Result<Vec<String>> {
    let row = found(op, session, dataset, action)?;
    let rule = row.ingest(session)?;
    Ok(rule.map(|rule| rule.purposes).unwrap_or_default())
}

fn people(op: &mut Op<'_>, session: &Session, row: &ItemRow) -> Result<Vec<Option<SubjectId>>> {
    let rows = op.find_all(PEOPLE, params![session.tenant, row.id])?;
    rows.iter().map(|row| Ok(Some(row.get(0)?))).collect()
}

/// The reason in words.
fn says(reason: &str) -> &'static str {
    match reason {
        "purpose.no-consent" => "the person never agreed: ask them, and record what they say",
        "purpose.withdrawn" => "the person has taken their consent back",
        "purpose.objected" => "the person objects to it",
        "purpose.restricted" => "processing is restricted for the person",
        "purpose.ended" => "the purpose has ended: make another, or give the dataset one that goes on",
        _ => "there is no such purpose: make it, or give the dataset one that there is",
    }
}
