//! Which items an export names: found, looked at one by one, and left out or refused.

use kernel::{Cursor, PageRequest};
use operation::acts::CreateExport;
use operation::{Op, Permit};

use super::rows::EntryRow;
use super::{Choice, Chosen, NewExport};
use crate::annotations::{WhichSet, newest_set, said};
use crate::dataset::State;
use crate::dataset::rows::DatasetRow;
use crate::error::{Error, Result};
use crate::item::rows::{ItemRow, Which, find as find_item};
use crate::item::{Filter, scan};
use crate::session::Session;

/// Items of one part.
const PART: u32 = 200;

/// Where the next part begins.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// The items before it in the manifest.
    filled: i64,
    /// After which item to look on.
    after: Option<Cursor>,
    /// How many of the list are done.
    listed: usize,
}

/// What a part has brought.
pub(super) struct Part {
    pub(super) entries: Vec<EntryRow>,
    pub(super) bytes: u64,
    pub(super) next: Option<Place>,
}

/// The next items that are meant, and where to go on.
pub(super) fn part(
    op: &mut Op<'_>,
    permit: &Permit<CreateExport>,
    session: &Session,
    row: &DatasetRow,
    new: &NewExport,
    place: &Place,
) -> Result<Part> {
    let (found, next) = match &new.choice.items {
        Some(items) => listed(op, session, row, items, place)?,
        None => looked_for(op, permit, session, row, &new.choice, place)?,
    };
    let (mut entries, mut bytes) = (Vec::with_capacity(found.len()), 0);
    for item in found {
        if !fits(op, permit, session, &item, &new.choice)? {
            continue;
        }
        let set = match new.format {
            Some(_) => newest_set(op, session, item.version)?,
            None => None,
        };
        bytes += item.size;
        let position = place.filled + entries.len() as i64 + 1;
        let (item, version) = (item.id, item.version);
        entries.push(EntryRow {
            position,
            item,
            version,
            set,
        });
    }
    let filled = place.filled + entries.len() as i64;
    let next = next.map(|next| Place { filled, ..next });
    Ok(Part { entries, bytes, next })
}

fn looked_for(
    op: &mut Op<'_>,
    permit: &Permit<CreateExport>,
    session: &Session,
    row: &DatasetRow,
    choice: &Choice,
    place: &Place,
) -> Result<(Vec<ItemRow>, Option<Place>)> {
    let filter = Filter {
        state: Some(State::Active),
        name_prefix: choice.name_prefix.clone(),
        ..Filter::default()
    };
    let page = PageRequest {
        limit: PART,
        after: place.after.clone(),
    };
    let page = scan(op, permit, session, row, &filter, &page)?;
    let next = page.next.map(|next| Place {
        after: Some(next),
        ..place.clone()
    });
    Ok((page.items.into_iter().map(|(row, _)| row).collect(), next))
}

fn listed(
    op: &mut Op<'_>,
    session: &Session,
    row: &DatasetRow,
    items: &[Chosen],
    place: &Place,
) -> Result<(Vec<ItemRow>, Option<Place>)> {
    let rest = items.get(place.listed..).unwrap_or_default();
    let mut found = Vec::new();
    for chosen in rest.iter().take(PART as usize) {
        let which = chosen.version.map_or(Which::Newest, Which::Version);
        let item = find_item(op, session, chosen.item, which)?;
        let usable = |item: &ItemRow| {
            item.dataset == row.id && item.covered && item.state == State::Active && !item.is_quarantined()
        };
        let problem = || {
            Error::invalid(
                "items",
                format!(
                    "{} is no active item of the dataset with that version",
                    chosen.item
                ),
            )
        };
        found.push(item.filter(usable).ok_or_else(problem)?);
    }
    let done = place.listed + found.len();
    let next = (done < items.len()).then(|| Place {
        listed: done,
        ..place.clone()
    });
    Ok((found, next))
}

/// Whether the policies let this item be exported, and it is one of those meant.
fn fits(
    op: &mut Op<'_>,
    permit: &Permit<CreateExport>,
    session: &Session,
    item: &ItemRow,
    choice: &Choice,
) -> Result<bool> {
    if !op.would_permit::<CreateExport>(&item.facts(session))? {
        return match choice.items {
            Some(_) => Err(Error::invalid(
                "items",
                format!("{} may not be exported at present", item.id),
            )),
            None => Ok(false),
        };
    }
    let Some(class) = &choice.class else {
        return Ok(true);
    };
    let said = said(op, permit, session, item, WhichSet::Newest)?;
    Ok(said.is_some_and(|said| said.set.annotations.iter().any(|one| one.class == *class)))
}
