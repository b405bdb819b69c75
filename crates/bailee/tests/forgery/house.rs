//! The house that is broken into: its server, its history, and what an outsider has kept of it.

use std::path::PathBuf;

use futures_util::{StreamExt as _, stream};
use ledger::checkpoint::Checkpoint;
use store::{Db, StoreError, Tx, params};

use crate::rewriting::{TABLES, id_bytes, start_over};
use crate::support::place::text;
use crate::support::thief::Thief;
use crate::support::{Engine, Place, Postgres, PublicLog, Server, Team, eventually};

/// A server with a history, and a forger in its database.
pub(crate) struct House {
    pub(crate) team: Team,
    pub(crate) db: Db,
    pub(crate) server: Server,
    pub(crate) place: Place,
    /// Events of acts, the oldest first.
    pub(crate) events: Vec<String>,
    _postgres: Option<Postgres>,
}

impl House {
    pub(crate) async fn open(engine: Engine, items: usize) -> Self {
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

    pub(crate) async fn act(&mut self, items: usize) {
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

    pub(crate) fn log(&self) -> PublicLog {
        PublicLog::of(&self.server, &self.place)
    }

    /// Waits until the log has what was recorded; gives the head that says so.
    pub(crate) async fn settled(&self) -> Checkpoint {
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

    pub(crate) async fn count(&self, sql: &'static str) -> u64 {
        let counted = self.db.read(move |tx| tx.one(sql, &[])?.get::<i64>(0));
        u64::try_from(counted.await.unwrap()).unwrap()
    }

    pub(crate) fn earlier(&self) -> PathBuf {
        self.place.path().join("earlier")
    }

    /// Does what an outsider does: keeps the checkpoint of the day.
    pub(crate) async fn keep_checkpoint(&self) -> Checkpoint {
        let note = self.log().checkpoint_text().await.unwrap();
        std::fs::write(self.earlier(), &note).unwrap();
        self.log().verify(&note).unwrap()
    }

    /// Keeps the honest tables, to put them back after each forgery.
    pub(crate) async fn keep_tables(&self) {
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

    pub(crate) async fn put_tables_back(&self) {
        let back = |tx: &mut Tx| {
            for table in TABLES {
                tx.execute(&format!("DELETE FROM {table}"), &[])?;
                tx.execute(&format!("INSERT INTO {table} SELECT * FROM kept_{table}"), &[])?;
            }
            Ok(())
        };
        self.forge(back).await;
    }

    pub(crate) async fn forge(&self, forgery: impl Fn(&mut Tx) -> Result<(), StoreError> + Send + 'static) {
        self.db.write(forgery).await.unwrap();
    }

    /// `bailee verify log`, with or without the earlier checkpoint: whether it believes, and what it says.
    pub(crate) fn verify(&self, with_earlier: bool) -> (Option<i32>, String) {
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

    pub(crate) fn verifies(&self, what: &str) {
        let (code, said) = self.verify(true);
        assert_eq!(code, Some(0), "{what}: {said}");
        assert!(said.contains("continues the checkpoint"), "{said}");
    }

    /// Makes a forgery, has it refused for this reason, and takes it back.
    pub(crate) async fn refuses(
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
    pub(crate) async fn a_head_signed_by_hand_is_refused(&self) {
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
    pub(crate) async fn logs_signed_anew_are_refused(&self, earlier: &Checkpoint) {
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

    pub(crate) async fn signed_anew(
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
    pub(crate) fn the_program_refuses(&self, receipt: &[u8]) {
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
