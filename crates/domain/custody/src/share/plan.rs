//! What is to be shared: whether it can be, what that means, and that whoever shares it was told a moment ago.

use std::time::Duration;

use access::Action;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{DatasetId, ExportId, Timestamp};
use operation::Op;
use sealing::BlindIndexKey;
use serde_json::json;
use store::params;
use subtle::ConstantTimeEq as _;

use super::{MOST_DAYS, NewShare, rows};
use crate::dataset::State;
use crate::dataset::rows::DatasetRow;
use crate::error::{Error, Result};
use crate::export::{self, ExportState};
use crate::session::Session;

/// How long a confirmation is good.
pub(super) const CONFIRMED_FOR: Duration = Duration::from_secs(10 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is to be shared, found and seen to be shareable.
pub(super) struct Plan {
    pub(super) row: DatasetRow,
    pub(super) export: Option<ExportId>,
    /// How many items it is about at present.
    items: i64,
}

pub(super) fn plan(op: &mut Op<'_>, session: &Session, row: DatasetRow, new: &NewShare) -> Result<Plan> {
    let no = |why: &str| Err(Error::Conflict(why.into()));
    if session.customer_held {
        return no(
            "this team holds its key itself, and the public brings no key; only teams whose key the installation holds can share",
        );
    }
    if row.state == State::Archived {
        return no("the dataset is archived; restore it first");
    }
    if row.own_bucket_sealed.is_some() {
        return no(
            "the dataset's bytes lie in a bucket of your own, which is not opened to the public from here; share it there",
        );
    }
    let now = op.now();
    let latest = now.plus(DAY * u32::try_from(MOST_DAYS).unwrap_or(1));
    if new.ends_at <= now || new.ends_at > latest {
        return Err(Error::invalid(
            "ends_at",
            format!("say when it ends: in the future, within {MOST_DAYS} days"),
        ));
    }
    let Some(number) = new.export else {
        let found = op.find(rows::SHOWN, params![session.tenant, row.id])?;
        let items = found.map_or(Ok(0), |row| row.get(0))?;
        return Ok(Plan {
            row,
            export: None,
            items,
        });
    };
    let found = export::find(op, session, row.id, number, Action::ShareCreate)?;
    if found.export.state != ExportState::Made {
        return no("the export is still being made; share it when it is whole");
    }
    let items = i64::try_from(found.export.items).unwrap_or(i64::MAX);
    Ok(Plan {
        row,
        export: Some(found.id),
        items,
    })
}

pub(super) fn warning(plan: &Plan, session: &Session, new: &NewShare) -> Result<Vec<String>> {
    let name = plan.row.settings(session)?.name;
    let (what, later) = match new.export {
        Some(number) => (
            format!("export {number} of “{name}”"),
            "They see exactly the versions of the export, and nothing that comes later.",
        ),
        None => (
            format!("“{name}”"),
            "They see what comes into the dataset later as well.",
        ),
    };
    let taken = match new.originals {
        true => "They can take the original bytes. What was taken cannot be called back.",
        false => {
            "They see what the server draws, and no original bytes. A picture on a screen can be kept all the same."
        }
    };
    Ok(vec![
        format!(
            "Anybody who gets the link can look at {what}, at present {} items, without an account, until {}.",
            plan.items,
            minute(new.ends_at)
        ),
        taken.to_owned(),
        later.to_owned(),
        "Items about exactly one person, archived ones and those in quarantine are left out.".to_owned(),
        "The link is shown once. Every look stands in your trail, and you can withdraw the link at any time."
            .to_owned(),
    ])
}

/// A moment as people read it, to the minute.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let (day, time) = (text.get(..10), text.get(11..16));
    format!("{} {} UTC", day.unwrap_or_default(), time.unwrap_or_default())
}

/// The moment it was given, and a keyed hash of that, of the share and of who asked.
pub(super) fn confirmation(session: &Session, plan: &Plan, new: &NewShare, now: Timestamp) -> String {
    let moment = now.as_micros().to_be_bytes();
    let mut text = moment.to_vec();
    text.extend(tag(session, plan.row.id, plan, new, moment));
    URL_SAFE_NO_PAD.encode(text)
}

fn tag(session: &Session, dataset: DatasetId, plan: &Plan, new: &NewShare, moment: [u8; 8]) -> [u8; 32] {
    let key = BlindIndexKey::derive(&plan.row.key, &[b"share confirmation", dataset.as_bytes()]);
    let said = format!(
        "{} {:?} {} {}",
        session.key,
        new.export,
        new.ends_at.as_micros(),
        new.originals
    );
    let said = [&moment[..], said.as_bytes()].concat();
    sealing::blind(&key, "share confirmation", &said)
}

/// The confirmation's hash, if it was given for this share, to this caller, a moment ago; otherwise the refusal is recorded.
pub(super) fn confirmed(
    op: &mut Op<'_>,
    session: &Session,
    plan: &Plan,
    new: &NewShare,
    text: &str,
) -> Result<[u8; 32]> {
    let now = op.now();
    let good = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| {
        let (moment, given) = bytes.split_first_chunk::<8>()?;
        let expected = tag(session, plan.row.id, plan, new, *moment);
        let at = Timestamp::from_micros(i64::from_be_bytes(*moment));
        let in_time = at <= now && now < at.plus(CONFIRMED_FOR);
        (bool::from(expected.ct_eq(given)) && in_time).then_some(expected)
    });
    if let Some(good) = good {
        return Ok(good);
    }
    op.refuse(
        Action::ShareCreate,
        rows::of(plan.row.id),
        json!({ "reasons": ["not-confirmed"] }),
    )?;
    let problem = "ask for the warning about exactly this share, read it, and send the confirmation that came with it within ten minutes";
    Err(Error::invalid("confirmation", problem))
}
