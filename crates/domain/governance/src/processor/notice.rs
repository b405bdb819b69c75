//! Publishing: in the act that approves an entry of the operator's register, and in the act that ends one.

use custody::{Error, Result, Session};
use jiff::civil::Date;
use kernel::Timestamp;
use operation::{Act, Op, Permit};
use store::params;

use super::rows::notices_of;
use super::{REGISTER, Terms, agreement, earliest};
use crate::entry::{Entry, Evidence};
use crate::{Governance, day};

const INSERT: &str = "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Publishes what an entry says, where it is one of the operator's sub-processors. Nothing else is in force before its notice is over.
pub(crate) fn publish<A: Act>(
    governance: &Governance,
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    entry: &Entry,
) -> Result<()> {
    if entry.register != REGISTER || governance.custody.home(op)? != session.tenant() {
        return Ok(());
    }
    let terms = terms(entry)?;
    agreement::check(op, permit, session, entry)?;
    let now = op.now();
    let before = notices_of(op.housekeeping(), session.tenant(), now)?;
    // What a tenant was told of already needs no second notice: a review is no news.
    let told = before
        .iter()
        .rev()
        .find(|notice| notice.entry == entry.id)
        .filter(|notice| notice.terms.is_as(&terms));
    let (noticed_at, active_at) = match told {
        Some(told) => (told.noticed_at, told.active_at),
        None => (now, first_moment(entry, now)?),
    };
    let text = serde_json::to_string(&terms).map_err(|error| Error::Internal(error.to_string()))?;
    let values = params![
        entry.id,
        entry.number,
        session.tenant(),
        now,
        noticed_at,
        active_at,
        text
    ];
    op.change(permit, INSERT, values)?;
    Ok(())
}

/// When it is in force: after the notice, or on the day that the entry names if that is later.
fn first_moment(entry: &Entry, now: Timestamp) -> Result<Timestamp> {
    let named: Option<Date> = match entry.says.values.get("active_from") {
        Some(day) => Some(day.parse().map_err(|_| unfit("active_from", "give a day"))?),
        None => None,
    };
    let named = named.and_then(|day| day.yesterday().ok()).and_then(day::end_of);
    Ok(named.map_or(earliest(now), |named| named.max(earliest(now))))
}

fn terms(entry: &Entry) -> Result<Terms> {
    let value = |name: &'static str| {
        let found = entry.says.values.get(name).cloned();
        found.ok_or_else(|| unfit(name, "is missing: write a version that says it"))
    };
    let Evidence::Document { sha256, .. } = &entry.says.evidence else {
        let problem = "the evidence of a sub-processor is its agreement: name the document with its SHA-256";
        return Err(Error::Conflict(problem.into()));
    };
    let review_by = entry
        .good_until
        .ok_or_else(|| unfit("valid_until", "is missing: say when it is reviewed again"))?;
    let terms = Terms {
        name: entry.says.title.clone(),
        product: value("product")?,
        purpose: value("purpose")?,
        data_kinds: value("data_kinds")?,
        region: value("region")?,
        transfer_basis: value("transfer_basis")?,
        endpoint: value("endpoint")?,
        model: entry.says.values.get("model").cloned(),
        rating: value("rating")?,
        agreement: sha256.to_ascii_lowercase(),
        signed_on: value("signed_on")?
            .parse()
            .map_err(|_| unfit("signed_on", "give a day"))?,
        reviewed_on: entry.says.received_on,
        review_by,
    };
    match terms.host() {
        Some(_) => Ok(terms),
        None => Err(unfit(
            "endpoint",
            "give https:// and one host, with a path if it needs one",
        )),
    }
}

fn unfit(field: &'static str, problem: &str) -> Error {
    Error::Invalid {
        field,
        problem: problem.to_owned(),
    }
}
