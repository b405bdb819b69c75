//! SQL of letters.
//!
//! `ready_at` is when a waiting letter is to be tried next; of one that a sender has taken, when it may be taken again. It is NULL once
//! a letter is settled. `attempt` rises with every taking: a sender settles only what nobody took since.

pub(crate) const WAITING: &str = "waiting";
pub(crate) const SENT: &str = "sent";
pub(crate) const GIVEN_UP: &str = "given-up";
/// What becomes of the seal of a letter that is given up.
pub(crate) const WIPE: &str = "wipe";
pub(crate) const KEEP: &str = "keep";

pub(crate) const FIND_KEY: &str = "SELECT public FROM outbox_key WHERE one = 1";
pub(crate) const INSERT_KEY: &str = "INSERT INTO outbox_key (one, public) VALUES (1, $1)";

pub(crate) const INSERT: &str = "INSERT INTO outbox_letter \
     (letter_id, tenant_id, kind, about, made_at, until_at, if_given_up, letter_sealed, ready_at, attempt, state) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5, 0, 'waiting') ON CONFLICT (kind, about) DO NOTHING";
pub(crate) const TAKE: &str = "UPDATE outbox_letter SET ready_at = $2, attempt = attempt + 1 \
     WHERE letter_id IN (SELECT letter_id FROM outbox_letter WHERE ready_at <= $1 ORDER BY ready_at, letter_id LIMIT $3) \
     RETURNING letter_id, tenant_id, kind, made_at, until_at, attempt, letter_sealed";
pub(crate) const SETTLE: &str = "UPDATE outbox_letter SET state = $3, ready_at = NULL, settled_at = $4, trouble = $5, \
     address_blind = $6, letter_sealed = NULL WHERE letter_id = $1 AND attempt = $2 AND ready_at IS NOT NULL";
/// As [`SETTLE`], for a letter that may be tried again by hand.
pub(crate) const PUT_BY: &str = "UPDATE outbox_letter SET state = $3, ready_at = NULL, settled_at = $4, trouble = $5, \
     address_blind = $6 WHERE letter_id = $1 AND attempt = $2 AND ready_at IS NOT NULL";
pub(crate) const LATER: &str = "UPDATE outbox_letter SET ready_at = $3, trouble = $4, address_blind = $5 \
     WHERE letter_id = $1 AND attempt = $2 AND ready_at IS NOT NULL";
/// Letters whose time is over. One that a sender has just now is left to it.
pub(crate) const EXPIRE: &str = "UPDATE outbox_letter SET state = 'given-up', ready_at = NULL, settled_at = $1, trouble = $2, \
     letter_sealed = CASE WHEN if_given_up = 'wipe' THEN NULL ELSE letter_sealed END WHERE ready_at <= $1 AND until_at <= $1";
pub(crate) const DUE: &str = "SELECT letter_id FROM outbox_letter WHERE ready_at <= $1 LIMIT 1";
pub(crate) const FATE_OF: &str = "SELECT if_given_up FROM outbox_letter WHERE letter_id = $1";

pub(crate) const RETRY_GIVEN_UP: &str = "UPDATE outbox_letter \
     SET state = 'waiting', ready_at = $1, until_at = $2, settled_at = NULL WHERE state = 'given-up' AND letter_sealed IS NOT NULL";
pub(crate) const RETRY_WAITING: &str =
    "UPDATE outbox_letter SET ready_at = $1 WHERE state = 'waiting' AND ready_at > $1";
pub(crate) const WIPE_OLD: &str = "UPDATE outbox_letter SET letter_sealed = NULL \
     WHERE state = 'given-up' AND letter_sealed IS NOT NULL AND settled_at <= $1";
pub(crate) const FORGET: &str = "DELETE FROM outbox_letter WHERE ready_at IS NULL AND settled_at <= $1";

/// What [`crate::Entry`] reads, before the tenant, state or address.
const ENTRY: &str = "SELECT letter_id, tenant_id, kind, made_at, until_at, state, ready_at, attempt, trouble, settled_at, \
     letter_sealed IS NOT NULL FROM outbox_letter WHERE letter_id < $1";

/// Newest first before the letter $1, at most $2; $3 is a state or a hash.
pub(crate) fn listing(narrowed: Narrowed) -> String {
    let narrowed = match narrowed {
        Narrowed::No => "",
        Narrowed::ByState => " AND state = $3",
        Narrowed::ByAddress => " AND address_blind = $3",
    };
    format!("{ENTRY}{narrowed} ORDER BY letter_id DESC LIMIT $2")
}

/// What a listing is held to.
#[derive(Clone, Copy)]
pub(crate) enum Narrowed {
    No,
    ByState,
    ByAddress,
}

pub(crate) const FIGURES: &str = "SELECT state, count(*), min(made_at) FROM outbox_letter \
     WHERE state IN ('waiting', 'given-up') GROUP BY state ORDER BY state";
