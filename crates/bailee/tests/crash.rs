//! Kill -9 at random moments under load: nothing acknowledged is lost, nothing is left lying about, the log verifies.
//!
//! ```text
//! round   clients put, change, archive, delete, read, look at the log, and    each acknowledgement is written down
//!         through S3 put, copy, upload in parts, set markers, delete versions
//!         … after a random number of acknowledgements and a random while: SIGKILL
//!         start again (in some rounds killed while starting, too)
//!         objects = rows; no intents; no trash; log continues the last checkpoint seen; diary = what is there
//! ```
//!
//! `BAILEE_CRASH_ROUNDS` says how many rounds (10 when not set: every run of the tests has some; give 50 before a release), `BAILEE_CRASH_SEED` repeats a run's choices. What the
//! threads of the machine do is not repeated by a seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by these"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use engines::Elsewhere;
use futures_util::FutureExt as _;
use ledger::checkpoint::Checkpoint;
use store::{Db, Options};
use support::compare::{Compared, believe_all, compare, compare_uploads};
use support::diary::Diary;
use support::load::Worker;
use support::place::ObjectRows;
use support::{
    Api, Chance, ELSEWHERE, Engine, Place, Postgres, PublicLog, S3, Server, Team, eventually, run,
};
use tokio::sync::watch;
use tokio::time::Instant;

const CLIENTS: usize = 6;
/// How many earlier rounds are looked at again at the end.
const LAST_LOOKS: usize = 5;

mod nothing_acknowledged_is_lost_when_the_server_is_killed {
    use super::*;

    #[test]
    fn sqlite() {
        run(rounds(Engine::Sqlite, Objects::Here));
    }

    #[test]
    fn postgres() {
        run(rounds(Engine::Postgres, Objects::Here));
    }

    #[test]
    fn sqlite_with_bytes_elsewhere() {
        run(rounds(Engine::Sqlite, Objects::Elsewhere));
    }

    #[test]
    fn postgres_with_bytes_elsewhere() {
        run(rounds(Engine::Postgres, Objects::Elsewhere));
    }
}

/// Where the objects of a test are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Objects {
    /// In the data folder.
    Here,
    /// In an S3 store, which goes on when the server is killed.
    Elsewhere,
}

/// The control: what a crash could spoil is spoilt on purpose, and the very checks of a round notice each of it.
#[test]
fn the_checks_notice_what_a_crash_could_spoil() {
    run(async {
        let mut house = House::open(
            Engine::Sqlite,
            Objects::Here,
            Chance::printed("BAILEE_CRASH_SEED"),
        )
        .await;
        // A round that was short may have left no item that could be spoilt.
        let mut round = 0;
        let dataset = loop {
            house.round(round).await;
            let dataset = house.diaries[round].0.clone();
            if !house.api().items(&dataset).await.unwrap().is_empty() {
                break dataset;
            }
            round += 1;
        };
        let api = house.api();

        let left_over = house.place.data().join("objects").join("0123456789abcdef");
        std::fs::write(&left_over, "bytes").unwrap();
        assert!(
            noticed(house.nothing_is_left_over()).await,
            "a file that no row refers to"
        );
        std::fs::remove_file(&left_over).unwrap();
        house.nothing_is_left_over().await;

        let ahead = Checkpoint {
            size: 1,
            root: ledger::Hash::ZERO,
            ..house.seen.clone().unwrap()
        };
        let seen = house.seen.replace(ahead);
        assert!(
            noticed(house.log_continues()).await,
            "a log that does not continue what was seen"
        );
        house.seen = seen;
        house.log_continues().await;

        let s3 = house.s3();
        let foreign = s3.begin(&dataset, "upload").await.unwrap();
        assert!(
            noticed(house.compare_uploads()).await,
            "an upload that nobody began"
        );
        s3.abort(&dataset, "upload", &foreign).await.unwrap();
        house.compare_uploads().await;

        let item = api.items(&dataset).await.unwrap().swap_remove(0);
        let item = item["id"].as_str().unwrap();
        api.change(item, b"nobody wrote this down".to_vec())
            .await
            .unwrap();
        assert!(noticed(house.compare(round)).await, "bytes that nobody sent");
        api.archive(item).await.unwrap();
        api.delete(item).await.unwrap();
        assert!(noticed(house.compare(round)).await, "an item that is gone");
    });
}

/// Whether a check failed.
async fn noticed<T>(check: impl Future<Output = T>) -> bool {
    std::panic::AssertUnwindSafe(check).catch_unwind().await.is_err()
}

async fn rounds(engine: Engine, objects: Objects) {
    let rounds: usize =
        std::env::var("BAILEE_CRASH_ROUNDS").map_or(10, |rounds| rounds.parse().expect("a number of rounds"));
    let mut house = House::open(engine, objects, Chance::printed("BAILEE_CRASH_SEED")).await;
    for round in 0..rounds {
        house.round(round).await;
    }
    house.last_look().await;
}

/// One installation through all its lives.
struct House {
    chance: Chance,
    elsewhere: Option<Elsewhere>,
    place: Place,
    postgres: Option<(Postgres, String)>,
    server: Option<Server>,
    owner_key: String,
    /// The diaries of every round, by the dataset they were written about.
    diaries: Vec<(String, Vec<Diary>)>,
    /// The last checkpoint that anybody saw.
    seen: Option<Checkpoint>,
}

impl House {
    async fn open(engine: Engine, objects: Objects, chance: Chance) -> Self {
        let elsewhere = (objects == Objects::Elsewhere).then(|| Elsewhere::start().unwrap());
        let postgres = (engine == Engine::Postgres).then(|| {
            let postgres = Postgres::start();
            let url = postgres.database("crash");
            (postgres, url)
        });
        let place = postgres
            .as_ref()
            .map_or_else(Place::on_sqlite, |(_, url)| Place::on_postgres(url.clone()));
        if let Some(elsewhere) = &elsewhere {
            place.keep_elsewhere(elsewhere);
        }
        let server = Server::start(&place);
        let team = Team::first(&server, &Server::operator_key(&place)).await;
        let owner_key = team.owner.key().to_owned();
        Self {
            chance,
            elsewhere,
            place,
            postgres,
            server: Some(server),
            owner_key,
            diaries: Vec::new(),
            seen: None,
        }
    }

    fn api(&self) -> Api {
        Api::new(self.server.as_ref().unwrap(), &self.owner_key)
    }

    fn s3(&self) -> S3 {
        S3::new(self.server.as_ref().unwrap(), &self.owner_key)
    }

    fn log(&self) -> PublicLog {
        PublicLog::of(self.server.as_ref().unwrap(), &self.place)
    }

    async fn round(&mut self, round: usize) {
        let began = Instant::now();
        let hurt_database = self.postgres.is_some() && self.chance.below(6) == 0;
        let dataset = format!("round-{round}");
        let region = self.elsewhere.as_ref().map(|_| ELSEWHERE);
        self.api().make_dataset_in(&dataset, region).await.unwrap();
        let diaries = self.load_until_killed(&dataset, hurt_database).await;
        let unavailable: u32 = diaries.iter().map(|diary| diary.unavailable).sum();
        assert!(
            hurt_database || unavailable == 0,
            "{unavailable} requests were answered 503 with a healthy database"
        );
        self.remember(&diaries);
        self.diaries.push((dataset, diaries));
        let loaded = began.elapsed();
        self.database_recovers().await;
        self.store_recovers().await;
        self.start_again();
        let started = began.elapsed();
        self.nothing_is_left_over().await;
        self.log_continues().await;
        let uploads = self.compare_uploads().await;
        let compared = self.compare(self.diaries.len() - 1).await;
        // What a crash spoils may show later.
        self.compare_earlier().await;
        println!(
            "round {round}: load {loaded:.1?}, start {:.1?}, check {:.1?}; database hurt: {hurt_database}; uploads: {uploads}; {compared:?}",
            started - loaded,
            began.elapsed() - started
        );
    }

    /// Puts the server under load and kills it at a random moment. Gives what the clients were told until then.
    async fn load_until_killed(&mut self, dataset: &str, hurt_database: bool) -> Vec<Diary> {
        let (acknowledged, mut count) = watch::channel(0);
        let acknowledged = Arc::new(acknowledged);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| Worker {
                api: self.api(),
                s3: self.s3(),
                log: self.log(),
                dataset: dataset.to_owned(),
                number,
                chance: self.chance.fork(),
                acknowledged: Arc::clone(&acknowledged),
            })
            .map(|worker| tokio::spawn(worker.work()))
            .collect();
        let enough = self.chance.between(1, 160);
        if hurt_database {
            // The second half of the load begins with a database that recovers.
            count.wait_for(|count| *count >= enough / 2).await.unwrap();
            let (postgres, url) = self.postgres.as_ref().unwrap();
            assert!(tokio::task::block_in_place(|| postgres.kill_a_backend(url)));
        }
        count.wait_for(|count| *count >= enough).await.unwrap();
        let while_more_happens = Duration::from_micros(self.chance.below(20_000));
        let _ = tokio::time::timeout(while_more_happens, std::future::pending::<()>()).await;
        self.server.take().unwrap().kill();
        let mut diaries = Vec::new();
        for client in clients {
            diaries.push(client.await.expect("a client that saw nothing wrong"));
        }
        diaries
    }

    /// Keeps the largest checkpoint that a client saw.
    fn remember(&mut self, diaries: &[Diary]) {
        let heads = diaries
            .iter()
            .filter_map(|diary| diary.head.clone())
            .chain(self.seen.take());
        self.seen = heads.max_by_key(|head| head.size);
    }

    /// A server does not start while its database still recovers; it says so and ends, for the service manager to try
    /// again. Here that would only be one more way to wait.
    async fn database_recovers(&self) {
        if let Some((_, url)) = &self.postgres {
            let options = || Options {
                readers: 1,
                writers: 1,
                ..Options::default()
            };
            eventually("a database that has recovered", async || {
                Db::postgres(url, options()).ok().map(drop)
            })
            .await;
        }
    }

    /// What the killed server had sent is done or dropped by the store before anybody looks, as it is everywhere else
    /// by the time that a machine has started.
    async fn store_recovers(&mut self) {
        let Some(elsewhere) = &mut self.elsewhere else {
            return;
        };
        elsewhere.stop();
        let stopped = std::sync::Mutex::new(elsewhere);
        // The address is free once what served there has ended.
        let resumed = async || {
            let again = || stopped.lock().unwrap().resume();
            tokio::task::block_in_place(again).ok()
        };
        eventually("the store at its address again", resumed).await;
    }

    /// Starts the server again; in one of five rounds only after it was killed while starting.
    fn start_again(&mut self) {
        if self.chance.below(5) == 0 {
            let starting = Server::begin(&self.place);
            let (_keep, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_millis(self.chance.below(300)));
            starting.kill();
        }
        self.server = Some(Server::start(&self.place));
    }

    /// Every object file is one that a row refers to, and the other way round.
    async fn nothing_is_left_over(&self) {
        let database = self.place.open_database();
        let rows = match self.elsewhere {
            None => ObjectRows::read(&database).await,
            // A start does not wait for a store elsewhere; what broke off there is swept behind it.
            Some(_) => {
                let swept =
                    async || Some(ObjectRows::read(&database).await).filter(|rows| rows.tracked() == (0, 0));
                eventually("a sweep of what broke off elsewhere", swept).await
            }
        };
        assert_eq!(rows.tracked(), (0, 0), "uploads and deletions that broke off");
        let kept = match &self.elsewhere {
            None => self.place.object_files(),
            Some(elsewhere) => {
                assert_eq!(
                    self.place.object_files(),
                    BTreeSet::new(),
                    "objects that should be elsewhere"
                );
                objects_in(elsewhere)
            }
        };
        assert_eq!(kept, rows.referenced, "objects, and those that rows refer to");
    }

    /// The log is whole, and what was seen before the kill is its beginning.
    async fn log_continues(&mut self) {
        let log = self.log();
        let head = log.checkpoint().await.expect("a checkpoint");
        let report = log
            .audit(&head, self.seen.as_ref())
            .await
            .unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(report.entries, head.size);
        self.seen = Some(head);
    }

    /// The newest round's uploads in parts go on where they were; then they are let go of.
    async fn compare_uploads(&mut self) -> usize {
        let s3 = self.s3();
        let (dataset, diaries) = self.diaries.last_mut().expect("a round was made");
        compare_uploads(&s3, dataset, diaries).await
    }

    async fn compare(&mut self, at: usize) -> Compared {
        let (api, log) = (self.api(), self.log());
        let (dataset, diaries) = &mut self.diaries[at];
        let mut compared = compare(&api, dataset, diaries).await;
        compared.receipts = believe_all(&api, &log, diaries).await;
        // Looked at once: asking for thousands of receipts again in every round would only test patience.
        diaries.iter_mut().for_each(|diary| diary.events.clear());
        compared
    }

    /// Compares one of the rounds before the newest once more.
    async fn compare_earlier(&mut self) {
        if let Some(before @ 1..) = self.diaries.len().checked_sub(1) {
            let at = self.chance.below(before as u64) as usize;
            self.compare(at).await;
        }
    }

    /// At the end some rounds are looked at once more, and the whole log.
    async fn last_look(mut self) {
        for _ in 0..LAST_LOOKS {
            self.compare_earlier().await;
        }
        let (log, seen) = (self.log(), self.seen.clone().unwrap());
        let grown = async || log.checkpoint().await.filter(|head| head.size > seen.size);
        eventually("a checkpoint over the last look", grown).await;
        self.log_continues().await;
        let log = self.server.take().unwrap().stop();
        assert!(!log.contains("altered"), "{log}");
    }
}

/// The ids of the objects in a store, whole or in pieces.
fn objects_in(elsewhere: &Elsewhere) -> BTreeSet<String> {
    let names = elsewhere.files().unwrap().into_iter();
    let names = names.filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
    names
        .map(|name| name.split_once('.').map_or(name.clone(), |(id, _)| id.to_owned()))
        .collect()
}
