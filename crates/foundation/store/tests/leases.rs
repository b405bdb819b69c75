//! One holder at a time, and work that is done once its time has come.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{NOON, with_tables};
use engines::on_both;
use kernel::Timestamp;
use store::{Job, Lease, StoreError, params};

const MINUTE: Duration = Duration::from_secs(60);

fn at(seconds: u64) -> Timestamp {
    NOON.plus(Duration::from_secs(seconds))
}

on_both! {
    fn a_lease_has_one_holder_until_it_runs_out(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| {
            let first = Lease::take(tx, "sequencer", "a", at(0), MINUTE)?.unwrap();
            assert_eq!(Lease::take(tx, "sequencer", "b", at(59), MINUTE)?, None);
            assert!(Lease::take(tx, "sweeper", "b", at(0), MINUTE)?.is_some());
            assert!(first.confirm(tx, at(59))?);
            assert!(!first.confirm(tx, at(60))?);
            let second = Lease::take(tx, "sequencer", "b", at(60), MINUTE)?.unwrap();
            assert!(second.fence() > first.fence());
            assert!(!first.renew(tx, at(61), MINUTE)?);
            assert!(!first.confirm(tx, at(61))?);
            first.release(tx)?;
            assert!(second.confirm(tx, at(61))?, "who lost it cannot give it back");
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    fn a_lease_is_renewed_and_released(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| {
            let lease = Lease::take(tx, "sequencer", "a", at(0), MINUTE)?.unwrap();
            assert!(lease.renew(tx, at(50), MINUTE)?);
            assert_eq!(Lease::take(tx, "sequencer", "b", at(100), MINUTE)?, None);
            lease.release(tx)?;
            assert!(!lease.confirm(tx, at(100))?);
            assert!(!lease.renew(tx, at(100), MINUTE)?, "what was given back is not taken by renewing");
            assert!(Lease::take(tx, "sequencer", "b", at(100), MINUTE)?.is_some());
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    fn a_restarted_holder_ends_its_earlier_life(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| {
            let before = Lease::take(tx, "sequencer", "a", at(0), MINUTE)?.unwrap();
            let after = Lease::take(tx, "sequencer", "a", at(1), MINUTE)?.unwrap();
            assert!(!before.confirm(tx, at(2))? && after.confirm(tx, at(2))?);
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    async fn of_many_who_ask_at_once_one_gets_it(db: TestDb) {
        with_tables(&db);
        let asks = (0..16).map(|number| {
            let db = (*db).clone();
            tokio::spawn(async move {
                db.write(move |tx| Lease::take(tx, "sequencer", &format!("node-{number}"), at(0), MINUTE)).await
            })
        });
        let mut held = 0;
        for ask in asks.collect::<Vec<_>>() {
            held += usize::from(ask.await.unwrap().unwrap().is_some());
        }
        assert_eq!(held, 1);
    }

    fn a_job_waits_for_its_time_and_goes_when_done(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| {
            assert!(Job::enqueue(tx, "expire", "dataset-1", "{}", at(10))?);
            assert!(!Job::enqueue(tx, "expire", "dataset-1", "{}", at(20))?, "it waits already");
            assert_eq!(Job::claim(tx, "expire", 5, at(9), MINUTE)?, []);
            assert_eq!(Job::claim(tx, "other", 5, at(10), MINUTE)?, []);
            assert_eq!(Job::next_at(tx, "expire")?, Some(at(10)));
            let jobs = Job::claim(tx, "expire", 5, at(10), MINUTE)?;
            assert_eq!((jobs.len(), jobs[0].name.as_str(), jobs[0].attempt), (1, "dataset-1", 1));
            assert_eq!(Job::claim(tx, "expire", 5, at(11), MINUTE)?, [], "it is claimed");
            assert!(jobs[0].done(tx)?);
            assert!(!jobs[0].done(tx)?);
            assert_eq!(Job::next_at(tx, "expire")?, None);
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    fn a_job_of_a_dead_worker_is_claimed_again(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| {
            Job::enqueue(tx, "expire", "a", "{}", at(0))?;
            let slow = Job::claim(tx, "expire", 1, at(0), MINUTE)?.remove(0);
            let next = Job::claim(tx, "expire", 1, at(60), MINUTE)?.remove(0);
            assert_eq!(next.attempt, 2);
            assert!(!slow.done(tx)? && !slow.retry_at(tx, at(0), "late")?, "it is no longer its own");
            assert!(next.retry_at(tx, at(200), "the disk was full")?);
            assert_eq!(Job::claim(tx, "expire", 1, at(199), MINUTE)?, []);
            assert_eq!(Job::claim(tx, "expire", 1, at(200), MINUTE)?[0].attempt, 3);
            let trouble = tx.one("SELECT trouble FROM job WHERE name = $1", params!["a"])?;
            assert_eq!(trouble.get(0), Ok("the disk was full".to_owned()));
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    fn the_oldest_are_claimed_first(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| {
            for (name, moment) in [("late", 3), ("early", 1), ("middle", 2)] {
                Job::enqueue(tx, "q", name, "", at(moment))?;
            }
            let names = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.name).collect::<BTreeSet<_>>();
            assert_eq!(names(Job::claim(tx, "q", 2, at(9), MINUTE)?), BTreeSet::from(["early".into(), "middle".into()]));
            assert_eq!(names(Job::claim(tx, "q", 2, at(9), MINUTE)?), BTreeSet::from(["late".into()]));
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    async fn no_job_is_claimed_twice(db: TestDb) {
        with_tables(&db);
        db.write(|tx| (0..40).try_for_each(|n| Job::enqueue(tx, "q", &format!("{n:02}"), "", at(0)).map(drop))).await.unwrap();
        let workers = (0..8).map(|_| {
            let db = (*db).clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let jobs = db.write(|tx| Job::claim(tx, "q", 3, at(0), MINUTE)).await.unwrap();
                    if jobs.is_empty() {
                        return mine;
                    }
                    mine.extend(jobs.into_iter().map(|job| job.name));
                }
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.unwrap());
        }
        assert_eq!(all.len(), 40);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 40);
    }
}
