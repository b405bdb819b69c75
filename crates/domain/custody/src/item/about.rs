//! Items by the people they are about: found, hung on other keys, and destroyed. Steps of acts of `rights`, which asks the
//! policies and records.
//!
//! INVARIANT: the rows of `item_subject` name everybody an item is about. Where that is exactly one, `item.subject_id` names
//! them too, and the item's keys hang on theirs as well as on the dataset's.

use access::Action;
use kernel::{DatasetId, EventId, ItemId, MemberId, SubjectId, Timestamp, VersionId};
use operation::{Act, Op, Permit, Resource};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::params;

use super::cleanup::LetGo;
use super::rows::{self, ItemRow, Which};
use super::{Item, hold, lifecycle, one_version, read};
use crate::dataset::{self, DatasetRef, purposes};
use crate::error::{Error, Result};
use crate::legal_hold::{self, Keeps};
use crate::session::Session;
use crate::subject::OpenSubject;
use crate::{Custody, contexts, erasure};

/// How a link between an item and a person was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkSource {
    /// With the item, which said whom it is about.
    Put,
    /// Afterwards, by somebody.
    Link,
    /// What an erasure had to leave for the time being hangs on a key of its own.
    Erasure,
}

impl LinkSource {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Link => "link",
            Self::Erasure => "erasure",
        }
    }

    fn from_row(word: &str) -> Result<Self> {
        match word {
            "put" => Ok(Self::Put),
            "link" => Ok(Self::Link),
            "erasure" => Ok(Self::Erasure),
            other => Err(Error::Internal(format!("unknown source {other} in a row"))),
        }
    }
}

/// A link between an item and a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How it was made.
    pub source: LinkSource,
    /// By whom.
    pub made_by: MemberId,
    /// When.
    pub made_at: Timestamp,
}

/// An item that is about somebody, its keys open.
pub struct AboutItem {
    row: ItemRow,
    link: Option<Link>,
}

impl AboutItem {
    /// Its id.
    pub fn id(&self) -> ItemId {
        self.row.id
    }

    /// The dataset it lies in.
    pub fn dataset(&self) -> DatasetId {
        self.row.dataset
    }

    /// What it is in the trail.
    pub fn resource(&self) -> Resource {
        Resource::item(self.row.dataset, self.row.id)
    }

    /// The person's row that its keys hang on, if it is about exactly one.
    pub fn alone(&self) -> Option<SubjectId> {
        self.row.subject
    }

    /// Its newest version.
    pub fn version(&self) -> VersionId {
        self.row.version
    }

    /// The link by which it was found.
    pub fn link(&self) -> Option<Link> {
        self.link
    }

    /// Whether processing is restricted for somebody it is about.
    pub fn is_restricted(&self) -> bool {
        self.row.is_restricted()
    }

    /// The item with its name and metadata; nothing of what is in quarantine, which nobody gets to see.
    pub fn described(&self, session: &Session) -> Result<Option<Item>> {
        match self.row.is_quarantined() {
            true => Ok(None),
            false => self.row.item(session).map(Some),
        }
    }

    /// What keeps it from being deleted now.
    pub fn hold(&self, op: &mut Op<'_>, session: &Session) -> Result<Option<Keeps>> {
        hold::standing(op, session, self.row.id)
    }
}

/// The item, or the refusal that an unknown one gets.
pub fn find(op: &mut Op<'_>, session: &Session, item: ItemId, action: Action) -> Result<AboutItem> {
    let row = read::found(op, session, item, Which::Newest, action)?;
    Ok(AboutItem { row, link: None })
}

/// The item, if it is there.
pub fn find_any(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<Option<AboutItem>> {
    let row = rows::find(op, session, item, Which::Newest)?;
    Ok(row.map(|row| AboutItem { row, link: None }))
}

/// Items about a person's row, alone or with others, after an id.
pub fn about<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    subject: SubjectId,
    after: &[u8],
    limit: u32,
) -> Result<Vec<AboutItem>> {
    let now = op.now();
    let wanted = params![
        session.tenant,
        session.tenant,
        session.member,
        now,
        subject,
        after,
        i64::from(limit)
    ];
    let found = op.list(permit, &rows::about_sql(), wanted)?;
    let mut keys = rows::DatasetKeys::default();
    let read = |row: &store::Row| {
        let link = Link {
            source: LinkSource::from_row(&row.get::<String>(32)?)?,
            made_by: row.get(33)?,
            made_at: row.get(34)?,
        };
        Ok(AboutItem {
            row: ItemRow::read_among(session, row, &mut keys)?,
            link: Some(link),
        })
    };
    found.iter().map(read).collect()
}

/// The rows of the people whom an item is about.
pub fn people_of(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<Vec<SubjectId>> {
    let rows = op.find_all(rows::LINKS, params![session.tenant, item])?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

/// Asks whether the item's dataset takes in what is about these people, before it is said to be.
pub fn admit(op: &mut Op<'_>, session: &Session, item: &AboutItem, people: &[SubjectId]) -> Result<()> {
    let rule = item.row.ingest(session)?;
    let people: Vec<_> = people.iter().copied().map(Some).collect();
    purposes::admit(
        op,
        session,
        (Action::SubjectLink, item.resource()),
        rule.as_ref(),
        &people,
    )
}

/// Makes the item one about exactly these people, and hangs its keys accordingly. Bytes are not touched.
pub fn hang<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: &AboutItem,
    people: &[OpenSubject],
    source: LinkSource,
) -> Result<()> {
    let row = &item.row;
    let dataset = dataset::rows::find(op, session, &DatasetRef::Id(row.dataset))?;
    let dataset = dataset.ok_or(Error::NotFound("dataset"))?;
    let alone = match people {
        [one] => Some(one),
        _ => None,
    };
    let parent = rows::parent_key(&dataset.key, alone.map(|one| &one.key));
    let name = contexts::item_name(session.tenant, row.dataset, row.id);
    let name_sealed = sealing::seal(&parent, &name, row.name(session)?.as_bytes(), op.random());
    for version in op.find_all(rows::VERSION_KEYS, params![session.tenant, row.id])? {
        let id: VersionId = version.get(0)?;
        let context = contexts::item_key(session.tenant, row.id, id);
        let key = sealing::unwrap(&row.parent, &context, &version.get::<Vec<u8>>(1)?)?;
        let wrapped = sealing::wrap(&parent, &context, &key, op.random());
        op.change(permit, rows::REWRAP_VERSION, params![session.tenant, id, wrapped])?;
    }
    let hung = params![session.tenant, row.id, alone.map(|one| one.id), name_sealed];
    op.change(permit, rows::REHANG, hung)?;
    link(op, permit, session, row.id, people, source)
}

fn link<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
    people: &[OpenSubject],
    source: LinkSource,
) -> Result<()> {
    let now = op.now();
    legal_hold::pin(op, permit, session, item)?;
    if source == LinkSource::Erasure {
        // Nothing finds any more by what an erased person was.
        op.change(permit, rows::DELETE_INDEX, params![session.tenant, item])?;
    }
    op.change(permit, rows::DELETE_LINKS, params![session.tenant, item])?;
    for person in people {
        let row = params![
            person.id,
            item,
            session.tenant,
            source.as_str(),
            session.member,
            now
        ];
        op.change(permit, rows::INSERT_LINK, row)?;
    }
    Ok(())
}

/// Puts one person's row in another's place among those an item about several is about. Its keys stay as they are.
pub fn relink<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
    from: SubjectId,
    to: Option<SubjectId>,
) -> Result<()> {
    legal_hold::pin(op, permit, session, item)?;
    op.change(permit, rows::DELETE_LINK, params![session.tenant, item, from])?;
    if let Some(to) = to {
        let (now, source) = (op.now(), LinkSource::Erasure.as_str());
        let row = params![to, item, session.tenant, source, session.member, now];
        op.change(permit, rows::INSERT_LINK, row)?;
    }
    Ok(())
}

/// Removes the item with all its versions, whatever its state, and spends the permit. The sealed bytes go with
/// [`Custody::let_go`], once the act is durable. The caller has made sure that nothing holds it.
pub fn destroy<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    item: &AboutItem,
    permit: Permit<A>,
    because: Json,
) -> Result<(EventId, LetGo)> {
    let described = item.row.item(session)?;
    let (changed, let_go) = lifecycle::destroy(op, session, &item.row, described, permit, because)?;
    Ok((changed.event, let_go))
}

/// Removes the item for the server: with its tenant's key where the installation has it, by its rows alone otherwise.
pub(crate) fn end<A: Act>(
    op: &mut Op<'_>,
    permit: Permit<A>,
    session: Option<&Session>,
    tenant: kernel::TenantId,
    item: ItemId,
    because: Json,
) -> Result<LetGo> {
    match session {
        Some(session) => {
            let found = find_any(op, session, item)?.ok_or(Error::Altered)?;
            Ok(destroy(op, session, &found, permit, because)?.1)
        }
        None => erasure::destroy_closed(op, permit, tenant, item, because),
    }
}

/// Removes all versions but the newest, those in quarantine among them. Gives how many.
pub fn drop_older<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: &AboutItem,
) -> Result<(u64, LetGo)> {
    let (mut dropped, mut let_go) = (0, LetGo::new());
    for version in op.find_all(rows::VERSION_KEYS, params![session.tenant, item.id()])? {
        let id: VersionId = version.get(0)?;
        if id == item.version() {
            continue;
        }
        let row = rows::find(op, session, item.id(), Which::Version(id))?.ok_or(Error::Altered)?;
        let_go.extend(one_version::drop_row(op, permit, session, &row)?);
        dropped += 1;
    }
    Ok((dropped, let_go))
}

impl Custody {
    /// Removes sealed bytes that durable acts have let go of.
    pub async fn let_go(&self, let_go: LetGo) {
        self.empty_trash_of(let_go).await;
    }
}

#[cfg(test)]
mod tests {
    use kernel::SystemRandom;
    use store::{Engine, StoreError};

    use super::*;

    engines::on_both! {
        async fn what_is_about_somebody_is_a_range_of_an_index(db: TestDb) {
            db.migrate(&crate::all_migrations()).unwrap();
            let engine = db.engine();
            let plan = db.write(move |tx| {
                let explain = match engine {
                    Engine::Sqlite => "EXPLAIN QUERY PLAN",
                    Engine::Postgres => {
                        // Empty tables are cheapest read whole and joined at once: ask what there is besides.
                        for other in ["seqscan", "sort", "hashjoin", "mergejoin", "bitmapscan"] {
                            tx.execute(&format!("SET LOCAL enable_{other} = off"), &[])?;
                        }
                        "EXPLAIN"
                    }
                };
                let id = ItemId::make(Timestamp::from_micros(1), &SystemRandom);
                let wanted = params![id, id, id, 1i64, id, id, 10i64];
                let rows = tx.all(&format!("{explain} {}", rows::about_sql()), wanted)?;
                let column = if engine == Engine::Sqlite { 3 } else { 0 };
                rows.iter().map(|row| row.get::<String>(column)).collect::<std::result::Result<Vec<_>, StoreError>>()
            });
            let plan = plan.await.unwrap().join("; ");
            let range = match engine {
                Engine::Sqlite => "SEARCH l USING INDEX sqlite_autoindex_item_subject_1 (subject_id=? AND item_id>?)",
                Engine::Postgres => "item_subject_pkey",
            };
            assert!(plan.contains(range), "{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
        }
    }
}
