//! SQL of places and of what has to be done there.

use custody::{Result, Session};
use kernel::{MemberId, RequestId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::{Context, Key};
use store::{StoreError, Tx, params};

use super::super::rows::RequestRow;
use super::{Place, SaidOf, TaskState};
use crate::acts::{from_json, to_json};
use crate::words::word_of;

const PLACES: &str = "SELECT places_sealed FROM request_places WHERE tenant_id = $1";
const KEEP_PLACES: &str = "INSERT INTO request_places (tenant_id, places_sealed) VALUES ($1, $2) \
     ON CONFLICT (tenant_id) DO UPDATE SET places_sealed = excluded.places_sealed";
const TASKS: &str = "SELECT place_blind, state, settled_at, settled_by, said_sealed FROM request_task \
     WHERE tenant_id = $1 AND request_id = $2 ORDER BY place_blind";
const SETTLED: &str =
    "SELECT place_blind FROM request_task WHERE tenant_id = $1 AND request_id = $2 AND state <> 'open'";
const KEEP: &str = "INSERT INTO request_task (request_id, place_blind, tenant_id, state, settled_at, settled_by, said_sealed) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (request_id, place_blind) DO UPDATE SET state = excluded.state, \
     settled_at = excluded.settled_at, settled_by = excluded.settled_by, said_sealed = excluded.said_sealed";
const KEEP_FILE: &str = "UPDATE request_task SET file_sealed = $4 \
     WHERE tenant_id = $1 AND request_id = $2 AND place_blind = $3";
const FILE: &str = "SELECT file_sealed FROM request_task \
     WHERE tenant_id = $1 AND request_id = $2 AND place_blind = $3 AND file_sealed IS NOT NULL";
const FORGET: &str = "DELETE FROM request_task WHERE request_id = $1";

/// What is known of a place with a request.
pub(super) struct TaskRow {
    pub(super) blind: Vec<u8>,
    pub(super) state: TaskState,
    pub(super) settled_at: Option<Timestamp>,
    pub(super) settled_by: Option<MemberId>,
    pub(super) said: SaidOf,
}

/// The places of the tenant, as they were settled.
pub(super) fn places(op: &mut Op<'_>, session: &Session) -> Result<Vec<Place>> {
    let Some(row) = op.find(PLACES, params![session.tenant()])? else {
        return Ok(Vec::new());
    };
    let opened = sealing::open(&key(session), &context(session), &row.get::<Vec<u8>>(0)?)?;
    from_json(&opened)
}

/// The same within an act that shows them.
pub fn places_of<A: Act>(op: &mut Op<'_>, _permit: &Permit<A>, session: &Session) -> Result<Vec<Place>> {
    places(op, session)
}

pub(super) fn keep_places<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    places: &[Place],
) -> Result<()> {
    let sealed = sealing::seal(&key(session), &context(session), &to_json(&places)?, op.random());
    op.change(permit, KEEP_PLACES, params![session.tenant(), sealed])?;
    Ok(())
}

/// What is known with a request; nothing once its key was destroyed.
pub(super) fn tasks<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &RequestRow,
) -> Result<Vec<TaskRow>> {
    let mut tasks = Vec::new();
    for found in op.list(permit, TASKS, params![session.tenant(), row.request.id])? {
        let (blind, sealed): (Vec<u8>, Vec<u8>) = (found.get(0)?, found.get(4)?);
        if let Some(said) = row.open(op, permit, session, &said_part(&blind), &sealed)? {
            tasks.push(TaskRow {
                state: word_of(&found, 1, TaskState::from_word)?,
                settled_at: found.get(2)?,
                settled_by: found.get(3)?,
                said: from_json(&said)?,
                blind,
            });
        }
    }
    Ok(tasks)
}

/// Which places are settled with a request.
pub(super) fn settled(op: &mut Op<'_>, session: &Session, request: RequestId) -> Result<Vec<Vec<u8>>> {
    let rows = op.find_all(SETTLED, params![session.tenant(), request])?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

pub(super) fn keep<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &RequestRow,
    task: &TaskRow,
) -> Result<()> {
    let sealed = row.seal(op, session, &said_part(&task.blind), &to_json(&task.said)?)?;
    let params = params![
        row.request.id,
        &task.blind,
        session.tenant(),
        task.state.as_str(),
        task.settled_at,
        task.settled_by,
        sealed,
    ];
    op.change(permit, KEEP, params)?;
    Ok(())
}

/// Keeps what the place handed over, in place of what it did before.
pub(super) fn keep_file<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &RequestRow,
    blind: &[u8],
    file: &[u8],
) -> Result<()> {
    let sealed = row.seal(op, session, &file_part(blind), file)?;
    let params = params![session.tenant(), row.request.id, blind.to_vec(), sealed];
    op.change(permit, KEEP_FILE, params)?;
    Ok(())
}

/// What the place handed over, if it did.
pub(super) fn file<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &RequestRow,
    blind: &[u8],
) -> Result<Option<Vec<u8>>> {
    let found = op.find(FILE, params![session.tenant(), row.request.id, blind.to_vec()])?;
    match found {
        Some(found) => row.open(op, permit, session, &file_part(blind), &found.get::<Vec<u8>>(0)?),
        None => Ok(None),
    }
}

/// Ends what was said with a request whose person was erased.
pub(crate) fn forget(tx: &mut Tx, request: RequestId) -> std::result::Result<(), StoreError> {
    tx.execute(FORGET, params![request])?;
    Ok(())
}

/// By what a place is known in rows.
pub(super) fn blind(session: &Session, word: &str) -> Vec<u8> {
    let key = session.blind_index("rights request place");
    sealing::blind(&key, "place", word.as_bytes()).to_vec()
}

fn said_part(blind: &[u8]) -> String {
    format!("task {}", hex::encode(blind))
}

fn file_part(blind: &[u8]) -> String {
    format!("task file {}", hex::encode(blind))
}

fn key(session: &Session) -> Key {
    session.derive("rights request places", &[])
}

fn context(session: &Session) -> Context {
    Context::new("rights request places").with(session.tenant().as_bytes())
}
