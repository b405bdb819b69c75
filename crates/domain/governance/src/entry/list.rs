//! Reading registers.

use std::collections::BTreeSet;

use access::Action;
use custody::installation::home_permit;
use custody::{Credential, Error, Result, Session};
use kernel::{EntryId, Page, PageRequest, Timestamp};
use operation::acts::ReadRegister;
use operation::{Act, Op, Permit, Request, Resource};
use serde::Serialize;
use serde_json::json;
use store::{Value, params};

use super::rows::{self, COLUMNS, Found};
use super::write::known;
use super::{Entry, RegisterStanding, Standing};
use crate::{Governance, day};

const WAITING: &str =
    "SELECT entry_id FROM register_entry WHERE tenant_id = $1 AND register = $2 AND approved < newest";
/// The most days that a look ahead covers.
const FARTHEST: u16 = 366;
/// The most entries that a look ahead shows.
const MOST_DUE: i64 = 1_000;

/// Which entries of a register are listed.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Those that were ended as well.
    pub ended: bool,
}

/// A register with how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Its id.
    pub register: &'static str,
    /// Its name on pages.
    pub title: &'static str,
    /// How many entries are not ended.
    pub entries: u64,
    /// How many of them are late or not approved.
    pub late: u64,
    /// The best standing of an entry; absent while there is none.
    pub best: Option<Standing>,
}

impl Governance {
    /// Every register, with how many entries it has and how it stands.
    pub async fn list_registers(&self, credential: &Credential, request: Request) -> Result<Vec<Count>> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterRead)?;
            let permit: Permit<ReadRegister> = op.permit(Resource::register(), &session.facts())?;
            op.record(permit, json!({ "registers": true }))?;
            Ok::<_, Error>(session.tenant())
        };
        let tenant = self.custody.desk().act(request, act).await?;
        let standings = self.standings(tenant).await?;
        let count = |register: &'static crate::Register| count(register, &standings);
        Ok(crate::registers().iter().map(count).collect())
    }

    /// One page of a register, oldest entry first, each in its newest version.
    pub async fn list_entries(
        &self,
        credential: &Credential,
        request: Request,
        register: &str,
        filter: EntryFilter,
        page: PageRequest,
    ) -> Result<Page<Entry>> {
        let register = known(register)?;
        let after = page
            .after
            .as_ref()
            .map_or_else(Vec::new, |cursor| cursor.key().to_vec());
        let open = if filter.ended {
            ""
        } else {
            "AND e.ended_at IS NULL"
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM register_entry e \
             JOIN register_version v ON v.entry_id = e.entry_id AND v.number = e.newest \
             WHERE e.tenant_id = $1 AND e.register = $2 AND e.entry_id > $3 {open} ORDER BY e.entry_id LIMIT $4"
        );
        let limit = page.limit;
        self.read(credential, request, move |op, permit, session| {
            let values = params![
                session.tenant(),
                register.id.as_str(),
                after.clone(),
                i64::from(limit) + 1
            ];
            let entries = read(op, permit, session, &sql, values)?;
            let page = Page::from_rows(entries, limit, |entry| entry.id.as_bytes().to_vec());
            let details = json!({ "register": register.id, "entries": page.items.len() });
            Ok((page, details))
        })
        .await
    }

    /// One page of a register of the operator's own, oldest entry first, each in the version that is in force: for reports that the
    /// server makes of itself. What nobody approved is not in it.
    pub async fn approved_at_home(
        &self,
        request: Request,
        register: &str,
        page: PageRequest,
    ) -> Result<Page<Entry>> {
        let register = known(register)?;
        let after = page
            .after
            .as_ref()
            .map_or_else(Vec::new, |cursor| cursor.key().to_vec());
        let (limit, sql) = (
            page.limit,
            format!(
                "SELECT {COLUMNS} FROM register_entry e \
                 JOIN register_version v ON v.entry_id = e.entry_id AND v.number = e.approved \
                 WHERE e.tenant_id = $1 AND e.register = $2 AND e.entry_id > $3 ORDER BY e.entry_id LIMIT $4"
            ),
        );
        let look = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ReadRegister> = home_permit(op, session, Resource::register())?;
            let values = params![
                session.tenant(),
                register.id.as_str(),
                after.clone(),
                i64::from(limit) + 1
            ];
            let entries = read(op, &permit, session, &sql, values)?;
            let page = Page::from_rows(entries, limit, |entry| entry.id.as_bytes().to_vec());
            op.record(
                permit,
                json!({ "register": register.id, "entries": page.items.len() }),
            )?;
            Ok(page)
        };
        self.custody.look_at_home(request, look).await
    }

    /// An entry in its newest version.
    pub async fn entry(&self, credential: &Credential, request: Request, entry: EntryId) -> Result<Entry> {
        self.read(credential, request, move |op, permit, session| {
            let found = newest(op, permit, session, entry)?;
            let details = json!({ "register": found.register, "entry": entry });
            Ok((found, details))
        })
        .await
    }

    /// All versions of an entry, oldest first.
    pub async fn entry_history(
        &self,
        credential: &Credential,
        request: Request,
        entry: EntryId,
    ) -> Result<Vec<Entry>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM register_entry e JOIN register_version v ON v.entry_id = e.entry_id \
             WHERE e.tenant_id = $1 AND e.entry_id = $2 ORDER BY v.number"
        );
        self.read(credential, request, move |op, permit, session| {
            let versions = read(op, permit, session, &sql, params![session.tenant(), entry])?;
            if versions.is_empty() {
                return Err(Error::NotFound("entry"));
            }
            let details = json!({ "entry": entry, "versions": versions.len() });
            Ok((versions, details))
        })
        .await
    }

    /// What ends within so many days or has ended, soonest first, and what waits for approval.
    pub async fn due_entries(
        &self,
        credential: &Credential,
        request: Request,
        days: u16,
    ) -> Result<Vec<Entry>> {
        let today = day::day_of(self.custody.desk().clock.now());
        let horizon: Option<Timestamp> = day::after(today, days.min(FARTHEST)).and_then(day::end_of);
        let sql = format!(
            "SELECT {COLUMNS} FROM register_entry e \
             JOIN register_version v ON v.entry_id = e.entry_id AND v.number = e.newest \
             WHERE e.tenant_id = $1 AND e.ended_at IS NULL \
               AND (e.valid_until <= $2 OR e.approved IS NULL OR e.approved < e.newest) \
             ORDER BY CASE WHEN e.valid_until IS NULL THEN 1 ELSE 0 END, e.valid_until, e.entry_id LIMIT $3"
        );
        self.read(credential, request, move |op, permit, session| {
            let entries = read(
                op,
                permit,
                session,
                &sql,
                params![session.tenant(), horizon, MOST_DUE],
            )?;
            let details = json!({ "due_within_days": days, "entries": entries.len() });
            Ok((entries, details))
        })
        .await
    }

    /// One act of reading, with the details that the trail keeps of it.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        credential: &Credential,
        request: Request,
        look: impl Fn(&mut Op<'_>, &Permit<ReadRegister>, &Session) -> Result<(T, serde_json::Value)>
        + Send
        + Sync
        + 'static,
    ) -> Result<T> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterRead)?;
            let permit: Permit<ReadRegister> = op.permit(Resource::register(), &session.facts())?;
            let (found, details) = look(op, &permit, &session)?;
            op.record(permit, details)?;
            Ok(found)
        };
        self.custody.desk().act(request, act).await
    }
}

/// An entry in its newest version, if it is the tenant's.
pub(crate) fn newest<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    entry: EntryId,
) -> Result<Entry> {
    let sql = format!(
        "SELECT {COLUMNS} FROM register_entry e \
         JOIN register_version v ON v.entry_id = e.entry_id AND v.number = e.newest \
         WHERE e.tenant_id = $1 AND e.entry_id = $2"
    );
    let found = read(op, permit, session, &sql, params![session.tenant(), entry])?;
    found.into_iter().next().ok_or(Error::NotFound("entry"))
}

/// One version of an entry, if it is the tenant's.
pub(super) fn version<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    (entry, number): (EntryId, u32),
) -> Result<Entry> {
    let sql = format!(
        "SELECT {COLUMNS} FROM register_entry e JOIN register_version v ON v.entry_id = e.entry_id \
         WHERE e.tenant_id = $1 AND e.entry_id = $2 AND v.number = $3"
    );
    let values = params![session.tenant(), entry, number];
    let found = read(op, permit, session, &sql, values)?;
    found.into_iter().next().ok_or(Error::NotFound("entry"))
}

/// The entries of a register that are not ended, oldest first, each in the version that is in force, or in its newest where none is; and
/// whether a newer version waits for approval.
pub(crate) fn in_force<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    register: &str,
) -> Result<Vec<(Entry, bool)>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM register_entry e \
         JOIN register_version v ON v.entry_id = e.entry_id AND v.number = COALESCE(e.approved, e.newest) \
         WHERE e.tenant_id = $1 AND e.register = $2 AND e.ended_at IS NULL ORDER BY e.entry_id"
    );
    let values = params![session.tenant(), register];
    let waiting: BTreeSet<EntryId> = op
        .find_all(WAITING, values)?
        .iter()
        .map(|row| row.get(0))
        .collect::<std::result::Result<_, _>>()?;
    let entries = read(op, permit, session, &sql, values)?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let waits = waiting.contains(&entry.id);
            (entry, waits)
        })
        .collect())
}

/// Reads and opens versions.
pub(super) fn read<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    sql: &str,
    values: &[Value],
) -> Result<Vec<Entry>> {
    let now = op.now();
    let key = rows::key(session);
    let rows = op.list(permit, sql, values)?;
    let open = |row| Found::read(row, now)?.open(op, permit, &key);
    rows.iter().map(open).collect()
}

fn count(register: &'static crate::Register, standings: &[RegisterStanding]) -> Count {
    let standing = standings.iter().find(|standing| standing.register == register.id);
    Count {
        register: &register.id,
        title: &register.title,
        entries: standing.map_or(0, |standing| standing.entries),
        late: standing.map_or(0, |standing| standing.late),
        best: standing.map(|standing| standing.best),
    }
}
