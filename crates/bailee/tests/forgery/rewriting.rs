//! What a forger does to the rows of the log and the events.

use store::{StoreError, Tx, params};

/// The tables that a forger rewrites.
pub(crate) const TABLES: [&str; 5] = [
    "log_entry",
    "log_tile",
    "log_checkpoint",
    "log_chain",
    "log_pending",
];

pub(crate) fn start_over(tx: &mut Tx) -> Result<(), StoreError> {
    TABLES
        .iter()
        .try_for_each(|table| tx.execute(&format!("DELETE FROM {table}"), &[]).map(drop))
}

pub(crate) fn flip_link(tx: &mut Tx, index: i64) -> Result<(), StoreError> {
    let mut link: Vec<u8> = tx
        .one("SELECT link FROM log_entry WHERE log_index = $1", params![index])?
        .get(0)?;
    link[31] ^= 1;
    tx.execute(
        "UPDATE log_entry SET link = $2 WHERE log_index = $1",
        params![index, link],
    )
    .map(drop)
}

pub(crate) fn flip_hash(tx: &mut Tx, level: i64, tile: i64, place: usize) -> Result<(), StoreError> {
    change_tile(tx, level, tile, |hashes| hashes[place * 32] ^= 1)
}

/// Makes the hash of an entry in its tile that of the entry's link.
pub(crate) fn rehash(tx: &mut Tx, index: i64) -> Result<(), StoreError> {
    let link: Vec<u8> = tx
        .one("SELECT link FROM log_entry WHERE log_index = $1", params![index])?
        .get(0)?;
    let place = (index % 256) as usize * 32;
    change_tile(tx, 0, index / 256, |hashes| {
        hashes[place..place + 32].copy_from_slice(ledger::Hash::leaf(&link).as_bytes())
    })
}

pub(crate) fn change_tile(
    tx: &mut Tx,
    level: i64,
    tile: i64,
    change: impl FnOnce(&mut [u8]),
) -> Result<(), StoreError> {
    let select = "SELECT hashes FROM log_tile WHERE tile_level = $1 AND tile_index = $2";
    let mut hashes: Vec<u8> = tx.one(select, params![level, tile])?.get(0)?;
    change(&mut hashes);
    let update = "UPDATE log_tile SET hashes = $3 WHERE tile_level = $1 AND tile_index = $2";
    tx.execute(update, params![level, tile, hashes]).map(drop)
}

pub(crate) fn remove(tx: &mut Tx, index: i64) -> Result<(), StoreError> {
    assert_eq!(
        tx.execute("DELETE FROM log_entry WHERE log_index = $1", params![index])?,
        1
    );
    Ok(())
}

/// In two steps, because a key may not be there twice even for a moment.
pub(crate) fn renumber(tx: &mut Tx, set: &str, from: i64) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE log_entry SET log_index = -log_index WHERE log_index >= $1",
        params![from],
    )?;
    tx.execute(
        &format!(
            "UPDATE log_entry SET {} WHERE log_index < 0",
            set.replace("= log_index", "= -log_index")
        ),
        &[],
    )
    .map(drop)
}

pub(crate) fn swap(tx: &mut Tx, one: i64, other: i64) -> Result<(), StoreError> {
    for (from, to) in [(one, -1), (other, one), (-1, other)] {
        tx.execute(
            "UPDATE log_entry SET log_index = $2 WHERE log_index = $1",
            params![from, to],
        )?;
    }
    Ok(())
}

pub(crate) fn flip_sealed(tx: &mut Tx, event: &[u8]) -> Result<(), StoreError> {
    let mut sealed: Vec<u8> = tx
        .one(
            "SELECT sealed FROM event WHERE event_id = $1",
            params![event.to_vec()],
        )?
        .get(0)?;
    let middle = sealed.len() / 2;
    sealed[middle] ^= 1;
    tx.execute(
        "UPDATE event SET sealed = $2 WHERE event_id = $1",
        params![event.to_vec(), sealed],
    )
    .map(drop)
}

pub(crate) fn id_bytes(event: &str) -> Vec<u8> {
    let id: kernel::EventId = event.parse().unwrap();
    id.as_bytes().to_vec()
}
