//! SQL of entries, and the seal around what they say.

use custody::{Error, Result, Session};
use jiff::civil::Date;
use kernel::{EntryId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::{Context, Key};
use serde::{Deserialize, Serialize};
use store::{Row, params};

use super::standing::{self, Dates};
use super::{Approval, Entry, NewEntry, Standing};
use crate::register::{self, Register};

/// Columns of one version with its entry's; [`Found::read`] reads them in this order.
pub(super) const COLUMNS: &str = "e.entry_id, e.register, e.newest, e.approved, e.valid_until, e.ended_at, v.number, v.made_at, \
     v.made_by, v.approved_at, v.approved_by, v.body_sealed";
const FIND: &str =
    "SELECT register, newest, approved, ended_at FROM register_entry WHERE tenant_id = $1 AND entry_id = $2";
const AUTHOR: &str = "SELECT made_by, approved_at, valid_until, sort FROM register_version WHERE tenant_id = $1 AND entry_id = $2 AND number = $3";
const INSERT: &str =
    "INSERT INTO register_entry (entry_id, tenant_id, register, made_at, newest) VALUES ($1, $2, $3, $4, 1)";
const INSERT_VERSION: &str = "INSERT INTO register_version \
     (entry_id, number, tenant_id, made_at, made_by, valid_until, sort, body_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE_NEWEST: &str = "UPDATE register_entry SET newest = $3 WHERE tenant_id = $1 AND entry_id = $2";
const APPROVE: &str = "UPDATE register_version SET approved_at = $4, approved_by = $5 \
     WHERE tenant_id = $1 AND entry_id = $2 AND number = $3";
const PUT_IN_FORCE: &str = "UPDATE register_entry SET approved = $3, valid_until = $4, sort = $5 WHERE tenant_id = $1 AND entry_id = $2";
const END: &str = "UPDATE register_entry SET ended_at = $3 WHERE tenant_id = $1 AND entry_id = $2";

/// An entry's row, which says nothing of what stands in it.
pub(super) struct EntryRow {
    pub(super) id: EntryId,
    pub(super) register: &'static Register,
    pub(super) newest: u32,
    pub(super) approved: Option<u32>,
    pub(super) is_ended: bool,
}

/// What approving a version depends on.
pub(super) struct VersionRow {
    pub(super) made_by: kernel::MemberId,
    pub(super) is_approved: bool,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) sort: Option<String>,
}

/// What is sealed of a version: what it says, and until when that makes it good.
#[derive(Serialize, Deserialize)]
struct Body {
    says: NewEntry,
    good_until: Option<Date>,
}

/// The entry of this id, if it is the tenant's.
pub(super) fn find(op: &mut Op<'_>, session: &Session, id: EntryId) -> Result<EntryRow> {
    let row = op
        .find(FIND, params![session.tenant(), id])?
        .ok_or(Error::NotFound("entry"))?;
    Ok(EntryRow {
        id,
        register: register_of(&row.get::<String>(0)?)?,
        newest: number(row.get(1)?)?,
        approved: row.get::<Option<i64>>(2)?.map(number).transpose()?,
        is_ended: row.get::<Option<Timestamp>>(3)?.is_some(),
    })
}

/// The register of this entry, if it is the tenant's.
pub(crate) fn find_register(op: &mut Op<'_>, session: &Session, id: EntryId) -> Result<&'static Register> {
    Ok(find(op, session, id)?.register)
}

/// One version of an entry, for a decision about it.
pub(super) fn version(
    op: &mut Op<'_>,
    session: &Session,
    entry: &EntryRow,
    number: u32,
) -> Result<VersionRow> {
    let row = op
        .find(AUTHOR, params![session.tenant(), entry.id, number])?
        .ok_or(Error::NotFound("entry"))?;
    Ok(VersionRow {
        made_by: row.get(0)?,
        is_approved: row.get::<Option<Timestamp>>(1)?.is_some(),
        valid_until: row.get(2)?,
        sort: row.get(3)?,
    })
}

/// A first version.
pub(super) fn insert<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    register: &'static Register,
    new: (&NewEntry, Option<Date>),
) -> Result<EntryId> {
    let id = EntryId::make(op.now(), op.random());
    let now = op.now();
    op.change(
        permit,
        INSERT,
        params![id, session.tenant(), register.id.as_str(), now],
    )?;
    insert_version(op, permit, session, (id, 1, register), new)?;
    Ok(id)
}

/// A further version of an entry, not in force yet.
pub(super) fn insert_next<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    entry: &EntryRow,
    new: (&NewEntry, Option<Date>),
) -> Result<u32> {
    let number = entry.newest + 1;
    insert_version(op, permit, session, (entry.id, number, entry.register), new)?;
    op.change(permit, UPDATE_NEWEST, params![session.tenant(), entry.id, number])?;
    Ok(number)
}

fn insert_version<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    (id, number, register): (EntryId, u32, &Register),
    (says, good_until): (&NewEntry, Option<Date>),
) -> Result<()> {
    let body = Body {
        says: says.clone(),
        good_until,
    };
    let text = serde_json::to_vec(&body).map_err(|error| Error::Internal(error.to_string()))?;
    let sealed = sealing::seal(&key(session), &context(id, number), &text, op.random());
    let until = good_until.and_then(standing::end);
    let values = params![
        id,
        number,
        session.tenant(),
        op.now(),
        session.member(),
        until,
        register.sort_of(&says.values),
        sealed
    ];
    op.change(permit, INSERT_VERSION, values)?;
    Ok(())
}

/// Puts a version in force.
pub(super) fn approve<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    (entry, number): (&EntryRow, u32),
    version: &VersionRow,
) -> Result<()> {
    let now = op.now();
    let by = session.member();
    op.change(
        permit,
        APPROVE,
        params![session.tenant(), entry.id, number, now, by],
    )?;
    let in_force = params![
        session.tenant(),
        entry.id,
        number,
        version.valid_until,
        version.sort.as_deref()
    ];
    op.change(permit, PUT_IN_FORCE, in_force)?;
    Ok(())
}

/// Ends an entry; its versions stay.
pub(super) fn end<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    entry: &EntryRow,
) -> Result<()> {
    let now = op.now();
    op.change(permit, END, params![session.tenant(), entry.id, now])?;
    Ok(())
}

/// A version's row, with its seal around what it says.
pub(super) struct Found {
    pub(super) id: EntryId,
    pub(super) number: u32,
    pub(super) standing: Standing,
    register: &'static Register,
    made_by: kernel::MemberId,
    made_at: Timestamp,
    approved: Option<Approval>,
    body_sealed: Vec<u8>,
}

impl Found {
    pub(super) fn read(row: &Row, now: Timestamp) -> Result<Self> {
        let register = register_of(&row.get::<String>(1)?)?;
        let dates = Dates {
            is_approved: row.get::<Option<i64>>(3)?.is_some(),
            valid_until: row.get(4)?,
            is_ended: row.get::<Option<Timestamp>>(5)?.is_some(),
        };
        let (at, by): (Option<Timestamp>, Option<kernel::MemberId>) = (row.get(9)?, row.get(10)?);
        Ok(Self {
            id: row.get(0)?,
            number: number(row.get(6)?)?,
            standing: Standing::of(register, dates, now),
            register,
            made_at: row.get(7)?,
            made_by: row.get(8)?,
            approved: at.zip(by).map(|(at, by)| Approval { by, at }),
            body_sealed: row.get(11)?,
        })
    }

    pub(super) fn open<A: Act>(self, op: &Op<'_>, permit: &Permit<A>, key: &Key) -> Result<Entry> {
        let opened = op.open(permit, key, &context(self.id, self.number), &self.body_sealed)?;
        let body: Body =
            serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Entry {
            id: self.id,
            register: self.register.id.clone(),
            number: self.number,
            says: body.says,
            made_by: self.made_by,
            made_at: self.made_at,
            approved: self.approved,
            good_until: body.good_until,
            standing: self.standing,
        })
    }
}

/// The key of everything that a tenant's registers say.
pub(crate) fn key(session: &Session) -> Key {
    session.derive("governance registers", &[])
}

fn context(entry: EntryId, number: u32) -> Context {
    Context::new("register entry")
        .with(entry.as_bytes())
        .with(number.to_be_bytes())
}

fn register_of(id: &str) -> Result<&'static Register> {
    register::find(id).ok_or_else(|| {
        Error::Unavailable(format!(
            "this version of the server does not know the register {id}"
        ))
    })
}

fn number(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::Internal(format!("{number} is no version's number")))
}
