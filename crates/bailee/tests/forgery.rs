//! Somebody with full access to the database, and with the log's signing key, rewrites the past. Whoever kept an earlier
//! checkpoint, or a receipt, notices; and is told what is wrong.
//!
//! The forger writes into the tables while the server runs, and even lets the server itself build and sign the forged log:
//! no checkpoint is asked to believe the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod support;

use std::path::PathBuf;

use futures_util::{StreamExt as _, stream};
use ledger::checkpoint::Checkpoint;
use ledger::{Policy, Receipt};
use store::{Db, StoreError, Tx, params};
use support::place::text;
use support::thief::Thief;
use support::{Engine, Place, Postgres, PublicLog, Server, Team, eventually, run};

mod a_rewritten_log_is_refused_against_an_earlier_checkpoint {
    use super::*;

    #[test]
    fn sqlite() {
        run(rewritten(Engine::Sqlite));
    }

    #[test]
    fn postgres() {
        run(rewritten(Engine::Postgres));
    }
}

mod an_altered_event_is_named_and_never_shown {
    use super::*;

    #[test]
    fn sqlite() {
        run(altered_event(Engine::Sqlite));
    }

    #[test]
    fn postgres() {
        run(altered_event(Engine::Postgres));
    }
}

#[test]
fn a_receipt_with_any_byte_changed_is_refused() {
    run(changed_receipts());
}

/// Entries before the earlier checkpoint: one full tile and part of a second.
const ITEMS: usize = 300;
/// Acts between the earlier checkpoint and the forgery.
const LATER: usize = 20;
/// The tables that a forger rewrites.
const TABLES: [&str; 5] = [
    "log_entry",
    "log_tile",
    "log_checkpoint",
    "log_chain",
    "log_pending",
];

async fn rewritten(engine: Engine) {
    let mut house = House::open(engine, ITEMS).await;
    let earlier = house.keep_checkpoint().await;
    house.act(LATER).await;
    house.settled().await;
    assert!(earlier.size > 260, "{}", earlier.size);
    house.keep_tables().await;
    house.verifies("the log as it is");

    // One row changed, and nothing else.
    house
        .refuses(
            "a link is changed",
            "entry 100 and its hash in the tile differ",
            |tx| flip_link(tx, 100),
        )
        .await;
    house
        .refuses(
            "a hash in a tile is changed",
            "entry 7 and its hash in the tile differ",
            |tx| flip_hash(tx, 0, 0, 7),
        )
        .await;
    house
        .refuses(
            "a hash of a higher level is changed",
            "hash 0 in tile 0 of level 1",
            |tx| flip_hash(tx, 1, 0, 0),
        )
        .await;
    house
        .refuses("an entry is taken out", "entry bundle 0 is damaged", |tx| {
            remove(tx, 100)
        })
        .await;
    // Rows made to fit each other again.
    house
        .refuses(
            "an entry is taken out and the rest moves up",
            "entry 100 and its hash in the tile differ",
            |tx| {
                remove(tx, 100)?;
                renumber(tx, "log_index = log_index - 1", 101)
            },
        )
        .await;
    house
        .refuses(
            "two entries are swapped",
            "entry 10 and its hash in the tile differ",
            |tx| swap(tx, 10, 11),
        )
        .await;
    house
        .refuses(
            "a link is changed, and its hash with it",
            "hash 0 in tile 0 of level 1",
            |tx| {
                flip_link(tx, 100)?;
                rehash(tx, 100)
            },
        )
        .await;
    house
        .refuses(
            "a newer link is changed, and its hash with it",
            "history was changed",
            |tx| {
                flip_link(tx, 260)?;
                rehash(tx, 260)
            },
        )
        .await;
    house.a_head_signed_by_hand_is_refused().await;
    house.logs_signed_anew_are_refused(&earlier).await;
    house.verifies("the log as it was before all this");
}

async fn altered_event(engine: Engine) {
    let house = House::open(engine, 12).await;
    let (one, other) = (house.events[3].clone(), house.events[4].clone());
    let kept = house.team.owner.receipt(&one).await.unwrap();
    let swap_sealed =
        "UPDATE event SET sealed = (SELECT e.sealed FROM event e WHERE e.event_id = $2) WHERE event_id = $1";
    let (one_id, other_id) = (id_bytes(&one), id_bytes(&other));
    house
        .forge(move |tx| {
            tx.execute(swap_sealed, params![one_id.clone(), other_id.clone()])
                .map(drop)
        })
        .await;
    let flipped = id_bytes(&other);
    house.forge(move |tx| flip_sealed(tx, &flipped)).await;

    for event in [&one, &other] {
        for path in [format!("/v1/trail/{event}"), format!("/v1/trail/{event}/receipt")] {
            let refused = house.team.owner.get(&path).await.unwrap_err();
            assert_eq!(refused.status(), Some(500), "{refused:?}");
            assert!(
                format!("{refused:?}").contains("urn:bailee:problem:altered"),
                "{refused:?}"
            );
        }
    }
    // The finding is itself in the trail, with the event's id.
    let failed = house
        .team
        .owner
        .get("/v1/trail?outcome=failed&limit=10")
        .await
        .unwrap();
    assert!(
        failed["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["event"]["details"]["event"] == one.as_str()),
        "{failed}"
    );
    // What was handed out before the forgery stays true, and the others are shown as ever.
    assert_eq!(house.log().believe(&kept).event["id"], one.as_str());
    house
        .team
        .owner
        .get(&format!("/v1/trail/{}", house.events[5]))
        .await
        .unwrap();
}

async fn changed_receipts() {
    let house = House::open(Engine::Sqlite, 40).await;
    let receipt = house
        .team
        .owner
        .receipt(&house.events[20])
        .await
        .unwrap()
        .into_bytes();
    let vkey = std::fs::read_to_string(house.place.vkey()).unwrap();
    let policy = Policy::log_only(vkey.trim().parse().unwrap()).unwrap();
    let verdict = |bytes: &[u8]| {
        Receipt::parse(bytes)
            .and_then(|receipt| receipt.verify(&policy))
            .map(drop)
    };
    verdict(&receipt).expect("the receipt itself");
    for at in 0..receipt.len() {
        for changed in variants(&receipt, at) {
            assert!(
                verdict(&changed).is_err(),
                "byte {at} of {}: {}",
                receipt.len(),
                text(&changed)
            );
        }
    }
    house.the_program_refuses(&receipt);
}

/// The receipt with one byte changed in several ways, left out, and doubled.
fn variants(receipt: &[u8], at: usize) -> Vec<Vec<u8>> {
    let byte = receipt[at];
    let others = [byte ^ 1, byte ^ 0x20, byte ^ 0x80, b'\n', b' ', b'=', 0]
        .into_iter()
        .filter(|other| *other != byte);
    let mut made: Vec<Vec<u8>> = others
        .map(|other| {
            let mut changed = receipt.to_vec();
            changed[at] = other;
            changed
        })
        .collect();
    made.push([&receipt[..at], &receipt[at + 1..]].concat());
    made.push([&receipt[..=at], &receipt[at..]].concat());
    made
}

/// A server with a history, and a forger in its database.
struct House {
    team: Team,
    db: Db,
    server: Server,
    place: Place,
    /// Events of acts, the oldest first.
    events: Vec<String>,
    _postgres: Option<Postgres>,
}

impl House {
    async fn open(engine: Engine, items: usize) -> Self {
        let postgres = (engine == Engine::Postgres).then(Postgres::start);
        let place = match &postgres {
            None => Place::on_sqlite(),
            Some(postgres) => Place::on_postgres(postgres.database("forgery")),
        };
        let server = Server::start(&place);
        let team = Team::first(&server, &Server::operator_key(&place)).await;
        team.owner.make_dataset("letters").await.unwrap();
        let db = place.open_database();
        let mut house = Self {
            team,
            db,
            server,
            place,
            events: Vec::new(),
            _postgres: postgres,
        };
        house.act(items).await;
        house.settled().await;
        house
    }

    async fn act(&mut self, items: usize) {
        let from = self.events.len();
        let puts = stream::iter(from..from + items).map(|number| {
            let owner = &self.team.owner;
            async move {
                owner
                    .put("letters", &format!("letter-{number}"), vec![1; 10])
                    .await
                    .unwrap()
                    .event
            }
        });
        let events: Vec<String> = puts.buffered(8).collect().await;
        self.events.extend(events);
    }

    fn log(&self) -> PublicLog {
        PublicLog::of(&self.server, &self.place)
    }

    /// Waits until the log has what was recorded; gives the head that says so.
    async fn settled(&self) -> Checkpoint {
        let log = self.log();
        let settled = async || {
            let pending = self.count("SELECT count(*) FROM log_pending").await;
            let entries = self.count("SELECT count(*) FROM log_entry").await;
            log.checkpoint()
                .await
                .filter(|head| pending == 0 && head.size == entries)
        };
        eventually("a checkpoint over everything", settled).await
    }

    async fn count(&self, sql: &'static str) -> u64 {
        let counted = self.db.read(move |tx| tx.one(sql, &[])?.get::<i64>(0));
        u64::try_from(counted.await.unwrap()).unwrap()
    }

    fn earlier(&self) -> PathBuf {
        self.place.path().join("earlier")
    }

    /// Does what an outsider does: keeps the checkpoint of the day.
    async fn keep_checkpoint(&self) -> Checkpoint {
        let note = self.log().checkpoint_text().await.unwrap();
        std::fs::write(self.earlier(), &note).unwrap();
        self.log().verify(&note).unwrap()
    }

    /// Keeps the honest tables, to put them back after each forgery.
    async fn keep_tables(&self) {
        self.forge(|tx| {
            TABLES.iter().try_for_each(|table| {
                tx.execute(
                    &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"),
                    &[],
                )
                .map(drop)
            })
        })
        .await;
    }

    async fn put_tables_back(&self) {
        let back = |tx: &mut Tx| {
            for table in TABLES {
                tx.execute(&format!("DELETE FROM {table}"), &[])?;
                tx.execute(&format!("INSERT INTO {table} SELECT * FROM kept_{table}"), &[])?;
            }
            Ok(())
        };
        self.forge(back).await;
    }

    async fn forge(&self, forgery: impl Fn(&mut Tx) -> Result<(), StoreError> + Send + 'static) {
        self.db.write(forgery).await.unwrap();
    }

    /// `bailee verify log`, with or without the earlier checkpoint: whether it believes, and what it says.
    fn verify(&self, with_earlier: bool) -> (Option<i32>, String) {
        let (url, vkey, ca, earlier) = (
            format!("{}/log", self.server.url),
            self.place.vkey(),
            self.place.ca(),
            self.earlier(),
        );
        let [vkey, ca, earlier] = [&vkey, &ca, &earlier].map(|path| path.to_str().unwrap());
        let mut arguments = vec!["verify", "log", &url, "--vkey-file", vkey, "--ca", ca];
        if with_earlier {
            arguments.extend(["--earlier", earlier]);
        }
        let output = self.place.run(&arguments);
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    }

    fn verifies(&self, what: &str) {
        let (code, said) = self.verify(true);
        assert_eq!(code, Some(0), "{what}: {said}");
        assert!(said.contains("continues the checkpoint"), "{said}");
    }

    /// Makes a forgery, has it refused for this reason, and takes it back.
    async fn refuses(
        &self,
        what: &str,
        reason: &str,
        forgery: impl Fn(&mut Tx) -> Result<(), StoreError> + Send + 'static,
    ) {
        self.forge(forgery).await;
        let (code, said) = self.verify(true);
        assert_eq!(code, Some(1), "{what}: {said}");
        assert!(said.contains(reason), "{what}: {said}");
        self.put_tables_back().await;
    }

    /// The forger has the signing key and signs a head of the same size with another root.
    async fn a_head_signed_by_hand_is_refused(&self) {
        let signer = Thief::open(self.place.data(), self.db.clone()).log_signer().await;
        let head = self.log().checkpoint().await.unwrap();
        let forged = Checkpoint {
            root: ledger::Hash::leaf(b"another history"),
            ..head
        }
        .sign(&signer)
        .unwrap()
        .to_string();
        self.log()
            .verify(&forged)
            .expect("the signature is the log's own");
        let write = move |tx: &mut Tx| {
            let newest = "UPDATE log_checkpoint SET note = $1 WHERE tree_size = (SELECT max(tree_size) FROM log_checkpoint)";
            tx.execute(newest, params![forged.clone()]).map(drop)
        };
        self.refuses("a head signed by hand", "history was changed", write)
            .await;
    }

    /// The server builds and signs new logs from what the forger left of the events. Each is without fault in itself.
    async fn logs_signed_anew_are_refused(&self, earlier: &Checkpoint) {
        let gone = id_bytes(&self.events[50]);
        let without_one = move |tx: &mut Tx| {
            start_over(tx)?;
            tx.execute("INSERT INTO log_pending SELECT event_id, tenant_id, commitment FROM event WHERE event_id <> $1", params![gone.clone()]).map(drop)
        };
        self.signed_anew("an act never happened", "history was changed", without_one)
            .await;

        let changed = id_bytes(&self.events[60]);
        let with_another = move |tx: &mut Tx| {
            start_over(tx)?;
            tx.execute(
                "INSERT INTO log_pending SELECT event_id, tenant_id, commitment FROM event",
                &[],
            )?;
            tx.execute(
                "UPDATE log_pending SET commitment = $2 WHERE event_id = $1",
                params![changed.clone(), vec![7u8; 32]],
            )
            .map(drop)
        };
        self.signed_anew("an act was another one", "history was changed", with_another)
            .await;

        let last = i64::try_from(earlier.size - 5).unwrap();
        let truncated = move |tx: &mut Tx| {
            start_over(tx)?;
            let first = "INSERT INTO log_pending SELECT event_id, tenant_id, commitment FROM event ORDER BY event_id LIMIT $1";
            tx.execute(first, params![last]).map(drop)
        };
        let reason = format!(
            "the earlier checkpoint ({} entries) is not one of this log's",
            earlier.size
        );
        self.signed_anew("the end never happened", &reason, truncated)
            .await;
    }

    async fn signed_anew(
        &self,
        what: &str,
        reason: &str,
        forgery: impl Fn(&mut Tx) -> Result<(), StoreError> + Send + 'static,
    ) {
        self.forge(forgery).await;
        self.settled().await;
        let (code, said) = self.verify(false);
        assert_eq!(
            code,
            Some(0),
            "in itself the forged log has no fault ({what}): {said}"
        );
        let (code, said) = self.verify(true);
        assert_eq!(code, Some(1), "{what}: {said}");
        assert!(said.contains(reason), "{what}: {said}");
        self.put_tables_back().await;
    }

    /// `bailee verify receipt` on the receipt with each byte changed, and on the receipt itself.
    fn the_program_refuses(&self, receipt: &[u8]) {
        let folder = self.place.path().join("receipts");
        std::fs::create_dir(&folder).unwrap();
        let names = (0..receipt.len()).map(|at| {
            let mut changed = receipt.to_vec();
            changed[at] ^= 1;
            let name = folder.join(at.to_string());
            std::fs::write(&name, changed).unwrap();
            name.to_str().unwrap().to_owned()
        });
        let mut names: Vec<String> = names.collect();
        let whole = folder.join("whole").to_str().unwrap().to_owned();
        std::fs::write(&whole, receipt).unwrap();
        names.push(whole);
        let vkey = self.place.vkey();
        let mut arguments = vec![
            "verify",
            "--json",
            "receipt",
            "--vkey-file",
            vkey.to_str().unwrap(),
        ];
        arguments.extend(names.iter().map(String::as_str));
        let output = self.place.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let verdicts: Vec<serde_json::Value> = text(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let believed: Vec<&serde_json::Value> = verdicts
            .iter()
            .filter(|verdict| verdict["verified"] == true)
            .collect();
        assert_eq!(
            (verdicts.len(), believed.len()),
            (receipt.len() + 1, 1),
            "{believed:?}"
        );
        assert!(believed[0]["name"].as_str().unwrap().ends_with("whole"));
    }
}

fn start_over(tx: &mut Tx) -> Result<(), StoreError> {
    TABLES
        .iter()
        .try_for_each(|table| tx.execute(&format!("DELETE FROM {table}"), &[]).map(drop))
}

fn flip_link(tx: &mut Tx, index: i64) -> Result<(), StoreError> {
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

fn flip_hash(tx: &mut Tx, level: i64, tile: i64, place: usize) -> Result<(), StoreError> {
    change_tile(tx, level, tile, |hashes| hashes[place * 32] ^= 1)
}

/// Makes the hash of an entry in its tile that of the entry's link.
fn rehash(tx: &mut Tx, index: i64) -> Result<(), StoreError> {
    let link: Vec<u8> = tx
        .one("SELECT link FROM log_entry WHERE log_index = $1", params![index])?
        .get(0)?;
    let place = (index % 256) as usize * 32;
    change_tile(tx, 0, index / 256, |hashes| {
        hashes[place..place + 32].copy_from_slice(ledger::Hash::leaf(&link).as_bytes())
    })
}

fn change_tile(tx: &mut Tx, level: i64, tile: i64, change: impl FnOnce(&mut [u8])) -> Result<(), StoreError> {
    let select = "SELECT hashes FROM log_tile WHERE tile_level = $1 AND tile_index = $2";
    let mut hashes: Vec<u8> = tx.one(select, params![level, tile])?.get(0)?;
    change(&mut hashes);
    let update = "UPDATE log_tile SET hashes = $3 WHERE tile_level = $1 AND tile_index = $2";
    tx.execute(update, params![level, tile, hashes]).map(drop)
}

fn remove(tx: &mut Tx, index: i64) -> Result<(), StoreError> {
    assert_eq!(
        tx.execute("DELETE FROM log_entry WHERE log_index = $1", params![index])?,
        1
    );
    Ok(())
}

/// In two steps, because a key may not be there twice even for a moment.
fn renumber(tx: &mut Tx, set: &str, from: i64) -> Result<(), StoreError> {
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

fn swap(tx: &mut Tx, one: i64, other: i64) -> Result<(), StoreError> {
    for (from, to) in [(one, -1), (other, one), (-1, other)] {
        tx.execute(
            "UPDATE log_entry SET log_index = $2 WHERE log_index = $1",
            params![from, to],
        )?;
    }
    Ok(())
}

fn flip_sealed(tx: &mut Tx, event: &[u8]) -> Result<(), StoreError> {
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

fn id_bytes(event: &str) -> Vec<u8> {
    let id: kernel::EventId = event.parse().unwrap();
    id.as_bytes().to_vec()
}
