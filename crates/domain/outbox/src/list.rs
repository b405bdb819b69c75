//! Which letters wait, which were given up and why, which were sent: without what they say.

use kernel::{Cursor, LetterId, Page, PageRequest, TenantId, Timestamp};
use serde::Serialize;
use store::{Row, Tx, params};

use crate::rows::{self, GIVEN_UP, Narrowed, SENT, WAITING};
use crate::{Error, Result, Trouble};

/// How a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is to be sent.
    Waiting,
    /// A mail server took it.
    Sent,
    /// It is not tried any more.
    GivenUp,
}

impl State {
    /// The word in rows and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => WAITING,
            Self::Sent => SENT,
            Self::GivenUp => GIVEN_UP,
        }
    }

    fn read(word: &str) -> Result<Self> {
        [Self::Waiting, Self::Sent, Self::GivenUp]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(Error::Altered("a state that this version does not know"))
    }
}

/// Which letters are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those that stand so.
    In(State),
    /// Those to the address with this hash ([`crate::OutboxKey::hash`]) that were tried at least once.
    To([u8; 32]),
}

/// A letter, without what it says and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Which one.
    pub id: LetterId,
    /// What sort it is.
    pub kind: String,
    /// On whose behalf; nothing for the installation's own.
    pub tenant: Option<TenantId>,
    /// How it stands.
    pub state: State,
    /// When it was written.
    pub made_at: Timestamp,
    /// Until when it is tried.
    pub until: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at: Option<Timestamp>,
    /// What went wrong at the last attempt, in words.
    pub trouble: Option<String>,
    /// When it was sent or given up.
    pub settled_at: Option<Timestamp>,
    /// Whether there is still something to send.
    pub is_kept: bool,
}

/// One page, newest first.
pub fn list(tx: &mut Tx, which: Which, page: &PageRequest) -> Result<Page<Entry>> {
    // No id has all bits set: a time of the year 10889 would be needed.
    let before = page.after.as_ref().map_or(&[0xff; 16][..], Cursor::key);
    let most = page.limit + 1;
    let rows = match which {
        Which::All => tx.all(&rows::listing(Narrowed::No), params![before, most])?,
        Which::In(state) => tx.all(
            &rows::listing(Narrowed::ByState),
            params![before, most, state.as_str()],
        )?,
        Which::To(hash) => tx.all(&rows::listing(Narrowed::ByAddress), params![before, most, hash])?,
    };
    let entries = rows.iter().map(read).collect::<Result<Vec<Entry>>>()?;
    Ok(Page::from_rows(entries, page.limit, |entry| {
        entry.id.as_bytes().to_vec()
    }))
}

fn read(row: &Row) -> Result<Entry> {
    let trouble = row.get::<Option<String>>(8)?;
    Ok(Entry {
        id: row.get(0)?,
        tenant: row.get(1)?,
        kind: row.get(2)?,
        made_at: row.get(3)?,
        until: row.get(4)?,
        state: State::read(&row.get::<String>(5)?)?,
        next_at: row.get(6)?,
        attempts: row.get(7)?,
        trouble: trouble
            .and_then(|text| Trouble::from_row(&text))
            .map(|trouble| trouble.to_string()),
        settled_at: row.get(9)?,
        is_kept: row.get(10)?,
    })
}

/// How full the outbox is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Letters that are to be sent.
    pub waiting: u64,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
    /// Letters that were given up and not forgotten yet.
    pub given_up: u64,
}

/// Counts them.
pub fn figures(tx: &mut Tx) -> Result<Figures> {
    let mut figures = Figures::default();
    for row in tx.all(rows::FIGURES, &[])? {
        let (count, oldest) = (row.get(1)?, row.get(2)?);
        match State::read(&row.get::<String>(0)?)? {
            State::Waiting => (figures.waiting, figures.oldest) = (count, oldest),
            State::GivenUp => figures.given_up = count,
            State::Sent => {}
        }
    }
    Ok(figures)
}
