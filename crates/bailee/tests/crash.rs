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
//! `BAILEE_CRASH_ROUNDS` says how many rounds (50 when not set), `BAILEE_CRASH_SEED` repeats a run's choices. What the
//! threads of the machine do is not repeated by a seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by these"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use ledger::checkpoint::Checkpoint;
use store::{Db, Options};
use support::compare::{Compared, believe_all, compare, compare_uploads};
use support::diary::Diary;
use support::load::Worker;
use support::place::ObjectRows;
use support::{Api, Chance, Engine, Place, Postgres, PublicLog, S3, Server, Team, eventually, run};
use tokio::sync::watch;
use tokio::time::Instant;

const CLIENTS: usize = 6;
/// How many earlier rounds are looked at again at the end.
const LAST_LOOKS: usize = 5;

mod nothing_acknowledged_is_lost_when_the_server_is_killed {
    use super::*;

    #[test]
    fn sqlite() {
        run(rounds(Engine::Sqlite));
    }

    #[test]
    fn postgres() {
        run(rounds(Engine::Postgres));
    }
}

/// The control: what a crash could spoil is spoilt on purpose, and the very checks of a round notice each of it.
#[test]
fn the_checks_notice_what_a_crash_could_spoil() {
    run(async {
        let mut house = House::open(Engine::Sqlite, Chance::printed("BAILEE_CRASH_SEED")).await;
        house.round(0).await;
        let dataset = house.diaries[0].0.clone();
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
        assert!(noticed(house.compare(0)).await, "bytes that nobody sent");
        api.archive(item).await.unwrap();
        api.delete(item).await.unwrap();
        assert!(noticed(house.compare(0)).await, "an item that is gone");
    });
}

/// Whether a check failed.
async fn noticed<T>(check: impl Future<Output = T>) -> bool {
    std::panic::AssertUnwindSafe(check).catch_unwind().await.is_err()
}

async fn rounds(engine: Engine) {
    let rounds: usize =
        std::env::var("BAILEE_CRASH_ROUNDS").map_or(50, |rounds| rounds.parse().expect("a number of rounds"));
    let mut house = House::open(engine, Chance::printed("BAILEE_CRASH_SEED")).await;
    for round in 0..rounds {
        house.round(round).await;
    }
    house.last_look().await;
}

/// One installation through all its lives.
struct House {
    chance: Chance,
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
    async fn open(engine: Engine, chance: Chance) -> Self {
        let postgres = (engine == Engine::Postgres).then(|| {
            let postgres = Postgres::start();
            let url = postgres.database("crash");
            (postgres, url)
        });
        let place = postgres
            .as_ref()
            .map_or_else(Place::on_sqlite, |(_, url)| Place::on_postgres(url.clone()));
        let server = Server::start(&place);
        let team = Team::first(&server, &Server::operator_key(&place)).await;
        let owner_key = team.owner.key().to_owned();
        Self {
            chance,
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
        self.api().make_dataset(&dataset).await.unwrap();
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
        let rows = ObjectRows::read(&self.place.open_database()).await;
        assert_eq!(
            (rows.intents, rows.trash),
            (0, 0),
            "uploads and deletions that broke off"
        );
        assert_eq!(
            self.place.object_files(),
            rows.referenced,
            "object files, and the objects that rows refer to"
        );
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
