//! Letters that are over, and letters that are to be tried again at once.

use std::time::Duration;

use kernel::Timestamp;
use store::{Tx, params};

use crate::send::expire;
use crate::{Result, rows};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a letter that was given up can be tried again by hand; after that it is wiped as well.
pub const KEPT: Duration = DAY.saturating_mul(14);
/// How long it is known that there was a letter.
const KNOWN: Duration = DAY.saturating_mul(400);
/// How long a letter is tried when it is tried again by hand.
const AGAIN: Duration = DAY.saturating_mul(4);

/// Gives up what is too late, also where nobody sends; wipes what was given up long ago; forgets what was settled very long ago. Gives
/// how many were wiped and forgotten.
pub fn sweep(tx: &mut Tx, now: Timestamp) -> Result<(u64, u64)> {
    expire(tx, now)?;
    let wiped = tx.execute(rows::WIPE_OLD, params![now.minus(KEPT)])?;
    let forgotten = tx.execute(rows::FORGET, params![now.minus(KNOWN)])?;
    Ok((wiped, forgotten))
}

/// Lets everything that waits, and everything that was given up and is not wiped, be tried at once: after the trouble with the mail
/// server is over. Gives how many letters that were.
pub fn again(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let waiting = tx.execute(rows::RETRY_WAITING, params![now])?;
    let given_up = tx.execute(rows::RETRY_GIVEN_UP, params![now, now.plus(AGAIN)])?;
    Ok(waiting + given_up)
}
