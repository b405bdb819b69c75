//! Taking letters to send them, and saying what came of it.
//!
//! ```text
//! take    | the letter is this sender's for a while      a sender that dies leaves it to be taken again when that is over
//! send    | outside of any transaction                   so it may be sent and not settled: it goes out again, with the same id
//! settle  | sent, later, or never                        refused when somebody else took it meanwhile
//! ```

use std::time::Duration;

use kernel::{LetterId, TenantId, Timestamp};
use store::{Row, Tx, params};

use crate::letter::Says;
use crate::put::Sealed;
use crate::rows::{self, GIVEN_UP, SENT};
use crate::{Address, Cause, Error, Language, OutboxKey, Result, State, Trouble, key};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// How long to wait after the first, second, … attempt; after further ones as after the last of these.
const DELAYS: [u64; 6] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];

/// A letter that this sender has for a while.
pub struct Taken {
    /// Which one. Make the message's id of it, so that one that is sent twice is known as one.
    pub id: LetterId,
    /// What sort it is.
    pub kind: String,
    /// On whose behalf.
    pub tenant: Option<TenantId>,
    /// When it was written.
    pub made_at: Timestamp,
    /// Where it goes.
    pub to: Address,
    says: Says,
    until: Timestamp,
    attempt: i64,
}

impl std::fmt::Debug for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Taken({}, {}, attempt {})", self.id, self.kind, self.attempt)
    }
}

impl Taken {
    /// One line.
    pub fn subject(&self) -> &str {
        &self.says.subject
    }

    /// Plain text; lines end with `\n`.
    pub fn text(&self) -> &str {
        &self.says.text
    }

    /// The language it is in.
    pub fn language(&self) -> &Language {
        &self.says.language
    }
}

/// What came of sending a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A mail server took it.
    Sent,
    /// Trying again may help.
    Later(Trouble),
    /// It would be refused again.
    Never(Trouble),
}

impl OutboxKey {
    /// Takes up to `most` letters whose time has come. Each is this sender's own for `ttl`, which has to be longer than sending them
    /// all may take. One whose time is over, or that does not open, is given up here.
    pub fn take(&self, tx: &mut Tx, now: Timestamp, most: u32, ttl: Duration) -> Result<Vec<Taken>> {
        expire(tx, now)?;
        let rows = tx.all(rows::TAKE, params![now, now.plus(ttl), most])?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in &rows {
            match self.open(row)? {
                Some(letter) => taken.push(letter),
                None => give_up_unopened(tx, row, now)?,
            }
        }
        Ok(taken)
    }

    /// Keeps what came of a letter. Nothing when it is no longer this sender's.
    pub fn settle(&self, tx: &mut Tx, letter: &Taken, fate: Fate, now: Timestamp) -> Result<Option<State>> {
        let hash = self.hash(&letter.to);
        let (state, trouble) = match fate {
            Fate::Sent => (State::Sent, None),
            Fate::Never(trouble) => (State::GivenUp, Some(trouble)),
            Fate::Later(trouble) => match now.plus(delay(letter.attempt)) {
                next if next < letter.until => return later(tx, letter, (next, trouble), &hash),
                _ => (State::GivenUp, Some(trouble)),
            },
        };
        let statement = match state {
            State::GivenUp if !is_wiped(tx, letter.id)? => rows::PUT_BY,
            _ => rows::SETTLE,
        };
        let word = if state == State::Sent { SENT } else { GIVEN_UP };
        let trouble = trouble.map(Trouble::to_row);
        let values = params![letter.id, letter.attempt, word, now, trouble, hash];
        Ok((tx.execute(statement, values)? == 1).then_some(state))
    }

    /// The letter of a row that [`rows::TAKE`] gave; nothing when it does not open.
    fn open(&self, row: &Row) -> Result<Option<Taken>> {
        let (id, tenant, kind): (LetterId, Option<TenantId>, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let sealed = row.get::<Option<Vec<u8>>>(6)?;
        let sealed = sealed.ok_or(Error::Altered("a waiting letter is wiped"))?;
        let context = key::context(id, &kind, tenant);
        let Ok(opened) = self.secret().open(&context, &sealed) else {
            return Ok(None);
        };
        let Some((to, says)) = read(&opened) else {
            return Ok(None);
        };
        Ok(Some(Taken {
            id,
            kind,
            tenant,
            made_at: row.get(3)?,
            to,
            says,
            until: row.get(4)?,
            attempt: row.get(5)?,
        }))
    }
}

/// Whether a letter's time has come: to be asked before the key is opened.
pub fn is_due(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    Ok(tx.optional(rows::DUE, params![now])?.is_some())
}

/// Gives up what is too late to be sent. Gives how many that were.
pub(crate) fn expire(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let trouble = Trouble::from(Cause::TooLate).to_row();
    Ok(tx.execute(rows::EXPIRE, params![now, trouble])?)
}

/// What was sealed is checked once more: the public key is in the database, so anybody who can write there can write a letter.
fn read(opened: &[u8]) -> Option<(Address, Says)> {
    let sealed: Sealed<'_> = serde_json::from_slice(opened).ok()?;
    let language = sealed.language.parse().ok()?;
    let says = Says::check(&sealed.subject, &sealed.text, language).ok()?;
    Some((sealed.to.parse().ok()?, says))
}

fn later(
    tx: &mut Tx,
    letter: &Taken,
    (next, trouble): (Timestamp, Trouble),
    hash: &[u8; 32],
) -> Result<Option<State>> {
    let values = params![letter.id, letter.attempt, next, trouble.to_row(), hash];
    Ok((tx.execute(rows::LATER, values)? == 1).then_some(State::Waiting))
}

fn give_up_unopened(tx: &mut Tx, row: &Row, now: Timestamp) -> Result<()> {
    let (id, attempt): (LetterId, i64) = (row.get(0)?, row.get(5)?);
    let trouble = Trouble::from(Cause::Altered).to_row();
    let values = params![id, attempt, GIVEN_UP, now, trouble, None::<Vec<u8>>];
    Ok(tx.execute(rows::SETTLE, values).map(drop)?)
}

fn is_wiped(tx: &mut Tx, id: LetterId) -> Result<bool> {
    let fate: String = tx.one(rows::FATE_OF, params![id])?.get(0)?;
    Ok(fate == rows::WIPE)
}

fn delay(attempt: i64) -> Duration {
    let index = usize::try_from(attempt - 1).unwrap_or(0).min(DELAYS.len() - 1);
    Duration::from_secs(DELAYS[index])
}
