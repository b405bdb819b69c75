//! Browsers that a member has signed in from before.
//!
//! Promises: such a browser has failures of its own, so that strangers who guess keep nobody out who has been in; it
//! proves nothing by itself. Leaves out: recognising browsers by anything but the secret they were given.

use std::time::Duration;

use kernel::{MemberId, Timestamp};
use operation::{Act, Op, Permit};
use secrecy::SecretString;
use store::params;

use crate::error::Result;
use crate::register::Home;
use crate::token::{Browser, Token};

/// A browser that has not been seen for so long is a stranger again.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// A browser that the member has signed in from, by the hash of its secret.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) hash: [u8; 32],
    pub(crate) failures: i64,
}

/// Whether the member has signed in from the browser with this secret.
pub(crate) fn find(
    op: &mut Op<'_>,
    home: &Home,
    member: MemberId,
    text: Option<&str>,
) -> Result<Option<Known>> {
    let Some(token) = text.and_then(Token::<Browser>::parse) else {
        return Ok(None);
    };
    let (hash, since) = (token.hash(), forgotten_before(op.now()));
    let row = op.find(FIND, params![hash, home.tenant, member, since])?;
    row.map(|row| {
        Ok(Known {
            hash,
            failures: row.get(0)?,
        })
    })
    .transpose()
}

/// Counts failures of this browser: one more, or none any more.
pub(crate) fn count_failure(op: &mut Op<'_>, known: Known, failures: i64) -> Result<()> {
    op.housekeeping()
        .execute(FAILURES, params![known.hash, failures])?;
    Ok(())
}

/// Remembers the browser that somebody has signed in from; a secret for it if it is new.
pub(crate) fn remember<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    member: MemberId,
    known: Option<[u8; 32]>,
) -> Result<Option<SecretString>> {
    let now = op.now();
    if let Some(hash) = known
        && op.change(permit, SEEN, params![hash, home.tenant, member, now])? == 1
    {
        return Ok(None);
    }
    let token = Token::<Browser>::generate(op.random());
    op.change(permit, KEEP, params![token.hash(), home.tenant, member, now])?;
    Ok(Some(token.to_text()))
}

/// Before this moment, a browser is forgotten.
pub(crate) fn forgotten_before(now: Timestamp) -> Timestamp {
    now.minus(REMEMBERED)
}

const FIND: &str = "SELECT failures FROM known_browser \
     WHERE token_hash = $1 AND tenant_id = $2 AND member_id = $3 AND seen_at >= $4";
const FAILURES: &str = "UPDATE known_browser SET failures = $2 WHERE token_hash = $1";
const SEEN: &str = "UPDATE known_browser SET seen_at = $4, failures = 0 \
     WHERE token_hash = $1 AND tenant_id = $2 AND member_id = $3";
const KEEP: &str = "INSERT INTO known_browser (token_hash, tenant_id, member_id, made_at, seen_at, failures) \
     VALUES ($1, $2, $3, $4, $4, 0)";
pub(crate) const SWEEP: &str = "DELETE FROM known_browser WHERE seen_at < $1";
