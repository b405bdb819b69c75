//! No room on the disk, or no database: acts are answered 503 with `Retry-After` and a line in the log, nothing that was
//! acknowledged is lost, and the service goes on by itself when there is room again.
//!
//! The disk is a small file system that is mounted for the test, where this process may mount one. Where it may not, the
//! same is done with a limit on the size of files (`RLIMIT_FSIZE`), which also has a test of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by these"
)]

mod support;

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use support::api::id_of;
use support::chance::bytes;
use support::disk::{SmallDisk, limit_files};
use support::place::ObjectRows;
use support::{Api, Place, Postgres, PublicLog, Server, Team, Trouble, eventually, run};

const SMALL: usize = 3_000;
const LARGE: usize = 300_000;
/// The longest file while files are limited: less than the database has, and less than a large item needs.
const LIMIT: u64 = 64 << 10;
/// The signal which comes with the limit would end the server; a full disk sends none.
const WITHOUT_THE_SIGNAL: [&str; 3] = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];

#[test]
fn a_mounted_disk_without_room_stops_writes_and_loses_nothing_sqlite() {
    run(async {
        let place = Place::on_sqlite();
        let Some(disk) = SmallDisk::mount(&place.path().join("disk"), 64) else {
            println!("this process may not mount: the same with a limit on the size of files");
            return files_that_may_not_grow().await;
        };
        let data = place.path().join("disk").join("data");
        let mut house = House::open(place.with_data(&data)).await;
        house
            .refuses_and_recovers(
                |_| disk.fill(),
                |_| disk.free(),
                "No space left on device|database or disk is full",
            )
            .await;
        house.everything_is_there_after_a_kill().await;
    });
}

#[test]
fn files_that_may_not_grow_stop_writes_and_lose_nothing_sqlite() {
    run(files_that_may_not_grow());
}

#[test]
fn a_mounted_disk_of_objects_without_room_stops_large_writes_postgres() {
    run(async {
        let postgres = Postgres::start();
        let place = Place::on_postgres(postgres.database("objects")).within(&WITHOUT_THE_SIGNAL);
        let disk = SmallDisk::mount(&place.path().join("disk"), 16);
        let data = place.path().join("disk").join("data");
        let mut house = House::open(place.with_data(&data)).await;
        house.write(16).await;
        match &disk {
            Some(disk) => disk.fill(),
            None => limit_files(house.server().pid(), Some(LIMIT)),
        }
        refused_for_a_while(&house.put(LARGE).await.unwrap_err());
        // The rows have their own disk.
        house.put(SMALL).await.unwrap();
        match &disk {
            Some(disk) => disk.free(),
            None => limit_files(house.server().pid(), None),
        }
        house.put(LARGE).await.unwrap();
        house.everything_is_there_after_a_kill().await;
    });
}

#[test]
fn a_database_that_is_gone_stops_everything_and_comes_back_postgres() {
    run(async {
        let mut postgres = Postgres::start();
        let mut house = House::open(Place::on_postgres(postgres.database("gone"))).await;
        house.write(24).await;
        postgres.stop();
        for path in ["/v1/health", "/v1/datasets", "/v1/tenant"] {
            refused_for_a_while(&house.team.owner.get(path).await.unwrap_err());
        }
        for size in [SMALL, LARGE] {
            refused_for_a_while(&house.put(size).await.unwrap_err());
        }
        house.has_logged("a request could not be served", "");
        postgres.start_again();
        let api = house.team.owner.clone();
        eventually("health", async || api.get("/v1/health").await.ok()).await;
        house.write(8).await;
        house.everything_is_there_after_a_kill().await;
    });
}

async fn files_that_may_not_grow() {
    let mut house = House::open(Place::on_sqlite().within(&WITHOUT_THE_SIGNAL)).await;
    let limit = |server: &Server| limit_files(server.pid(), Some(LIMIT));
    let lift = |server: &Server| limit_files(server.pid(), None);
    house
        .refuses_and_recovers(limit, lift, "File too large|disk I/O error")
        .await;
    house.everything_is_there_after_a_kill().await;
}

/// A server with what was acknowledged, by name.
struct House {
    team: Team,
    server: Option<Server>,
    place: Place,
    /// What must be there.
    acknowledged: BTreeMap<String, Vec<u8>>,
    /// What may be there, and then whole: the answer was 503.
    doubted: BTreeMap<String, Vec<u8>>,
}

impl House {
    async fn open(place: Place) -> Self {
        let server = Server::start(&place);
        let team = Team::first(&server, &Server::operator_key(&place)).await;
        team.owner.make_dataset("letters").await.unwrap();
        Self {
            team,
            server: Some(server),
            place,
            acknowledged: BTreeMap::new(),
            doubted: BTreeMap::new(),
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// One item of this size, written down by its outcome.
    async fn put(&mut self, size: usize) -> Result<(), Trouble> {
        let (name, content) = self.next(size);
        let outcome = self
            .team
            .owner
            .put("letters", &name, content.clone())
            .await
            .map(drop);
        self.note(name, content, outcome)
    }

    fn next(&self, size: usize) -> (String, Vec<u8>) {
        let number = self.acknowledged.len() + self.doubted.len();
        (format!("letter-{number}"), bytes(number as u64, size))
    }

    fn note(&mut self, name: String, content: Vec<u8>, outcome: Result<(), Trouble>) -> Result<(), Trouble> {
        let kept = if outcome.is_ok() {
            &mut self.acknowledged
        } else {
            &mut self.doubted
        };
        kept.insert(name, content);
        outcome
    }

    /// So many items, one in four large; all must be acknowledged.
    async fn write(&mut self, items: usize) {
        for number in 0..items {
            self.put(if number % 4 == 0 { LARGE } else { SMALL })
                .await
                .unwrap();
        }
    }

    /// Several clients at once write until some of them are refused.
    async fn write_until_refused(&mut self) -> Vec<Trouble> {
        for _ in 0..200 {
            let from = self.acknowledged.len() + self.doubted.len();
            let owner = &self.team.owner;
            let puts = stream::iter(from..from + 8).map(|number| async move {
                let (name, content) = (
                    format!("letter-{number}"),
                    bytes(number as u64, if number % 4 == 0 { LARGE } else { SMALL }),
                );
                let outcome = owner.put("letters", &name, content.clone()).await.map(drop);
                (name, content, outcome)
            });
            let outcomes: Vec<_> = puts.buffer_unordered(8).collect().await;
            let noted = outcomes
                .into_iter()
                .map(|(name, content, outcome)| self.note(name, content, outcome));
            let refused: Vec<Trouble> = noted.filter_map(Result::err).collect();
            if !refused.is_empty() {
                return refused;
            }
        }
        panic!("the disk never ran out of room");
    }

    async fn refuses_and_recovers(&mut self, fill: impl Fn(&Server), free: impl Fn(&Server), causes: &str) {
        self.write(24).await;
        fill(self.server());
        for refused in self.write_until_refused().await {
            refused_for_a_while(&refused);
        }
        refused_for_a_while(&self.put(LARGE).await.unwrap_err());
        self.has_logged("a request could not be served", causes);
        free(self.server());
        // Nobody has to start anything again.
        self.write(8).await;
        self.compare().await;
        // A second time, and then the end comes while there is no room.
        fill(self.server());
        self.write_until_refused().await;
        self.server.take().unwrap().kill();
        // The limit went with the process; the mounted disk has to be freed.
        if self.place.path().join("disk/ballast").exists() {
            std::fs::remove_file(self.place.path().join("disk/ballast")).unwrap();
        }
        self.start_again();
    }

    /// A line in the log says that acts were not carried out, and one of the causes.
    fn has_logged(&self, what: &str, causes: &str) {
        let log = self.server().log();
        let told = log
            .lines()
            .any(|line| line.contains(what) && causes.split('|').any(|cause| line.contains(cause)));
        assert!(told, "no line says {what:?} with one of {causes:?}: {log}");
    }

    fn start_again(&mut self) {
        let server = Server::start(&self.place);
        self.team.owner = Api::new(&server, self.team.owner.key());
        self.server = Some(server);
    }

    async fn everything_is_there_after_a_kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
        self.start_again();
        let rows = ObjectRows::read(&self.place.open_database()).await;
        assert_eq!((rows.intents, rows.trash), (0, 0));
        assert_eq!(self.place.object_files(), rows.referenced);
        self.compare().await;
        let log = PublicLog::of(self.server(), &self.place);
        let head = log.checkpoint().await.unwrap();
        log.audit(&head, None).await.unwrap();
    }

    /// Every acknowledged item is there byte for byte; every other one wholly or not at all.
    async fn compare(&self) {
        let listed = self.team.owner.items("letters").await.unwrap();
        let mut missing = self.acknowledged.clone();
        for item in listed {
            let name = item["name"].as_str().unwrap();
            let wanted = missing
                .remove(name)
                .or_else(|| self.doubted.get(name).cloned())
                .expect("somebody wrote it");
            let (read, _) = self.team.owner.read(&id_of(&item)).await.unwrap();
            assert!(read == wanted, "{name} came back otherwise");
        }
        assert!(missing.is_empty(), "lost: {:?}", missing.keys());
    }
}

/// A problem that says to come again, and nothing of what is behind it.
fn refused_for_a_while(trouble: &Trouble) {
    let Trouble::Said {
        status: 503,
        retry_after: Some(seconds),
        problem,
    } = trouble
    else {
        panic!("{trouble:?}")
    };
    assert!(
        seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0),
        "{seconds}"
    );
    assert_eq!(problem["type"], "urn:bailee:problem:unavailable");
    let told = problem.to_string();
    assert!(
        !told.contains("disk") && !told.contains("/data") && !told.contains("socket"),
        "{told}"
    );
}
