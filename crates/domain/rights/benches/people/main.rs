//! What the acts for one person cost in a team that keeps much about many: finding what is about them, handing it over, erasing it.
//!
//! Prints a table for each, and fails when a goal that `docs/performance.md` names is missed. SQLite, or with `BAILEE_ENGINE=postgres` before it
//! PostgreSQL; in a temporary folder, so `TMPDIR` has to be on the disk that is meant.
//!
//! `cargo bench --workspace --bench people`; `BAILEE_RECORDS`, `BAILEE_ITEMS`, `BAILEE_OWN`, `BAILEE_LARGE_KIB` and `BAILEE_PACKAGE_MIB`
//! make it smaller, as a trial of the program itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for measuring, with the machine's clock"
)]

mod crowd;
#[path = "../../tests/site/mod.rs"]
mod site;

use std::time::{Duration, Instant};

use custody::subject::{AfterErasure, Identifier};
use engines::TestDb;
use kernel::{PageRequest, RequestId, SubjectId};
use rights::erasure::{Erase, ErasureState};
use rights::request::{Decision, Kind, NewRequest};
use site::{Site, new};

const FOUND_IN: Duration = Duration::from_millis(100);
const ERASED_IN: Duration = Duration::from_secs(60);
/// Of a package, in bytes a second.
const STREAMED: f64 = 100e6;
const ROUNDS: usize = 41;
/// Requests from the first act to the last, each about somebody else.
const REQUESTS: usize = 7;

fn main() {
    engines::block_on(measure());
}

/// A number of the environment.
fn told(name: &str, usual: usize) -> usize {
    std::env::var(name)
        .ok()
        .map_or(usual, |number| number.parse().unwrap())
}

async fn measure() {
    let db = match std::env::var("BAILEE_ENGINE").as_deref() {
        Ok("postgres") => TestDb::postgres(),
        _ => TestDb::sqlite(),
    };
    let site = Site::on(db).await;
    let mut missed = Vec::new();
    println!("| what | figure | most or least |\n| --- | ---: | ---: |");
    crowd::open(&site).await;
    requests(&site).await;
    finding(&site, &mut missed).await;
    package(&site, &mut missed).await;
    erasing(&site, &mut missed).await;
    assert!(missed.is_empty(), "goals missed: {}", missed.join(", "));
}

/// One person's access and erasure among 10,000 customers with five orders each.
async fn requests(site: &Site) {
    let (customers, orders) = (10_000, 5);
    crowd::customers(site, customers, orders).await;
    let (mut taken, mut erased) = (Vec::new(), Vec::new());
    for number in 0..REQUESTS {
        let email = crowd::email(number * 997);
        let begun = Instant::now();
        let (_, bytes) = hand_over(site, &email).await;
        taken.push(begun.elapsed());
        assert!(bytes > 0);
        let begun = Instant::now();
        let subject = find(site, &email).await;
        erase(site, subject).await;
        erased.push(begun.elapsed());
    }
    row(
        "access, 60,000 records, from the request to the package's last byte",
        &mut taken,
    );
    row("erasure of the same", &mut erased);
}

async fn finding(site: &Site, missed: &mut Vec<&'static str>) {
    let (records, items) = (told("BAILEE_RECORDS", 1_000_000), told("BAILEE_ITEMS", 100_000));
    let people = (records / 10).max(1);
    let begun = Instant::now();
    crowd::profiles(site, records, people).await;
    crowd::letters(site, items, people).await;
    let rate = (records + items) as f64 / begun.elapsed().as_secs_f64();
    println!("| {records} records and {items} items about {people} people taken in | {rate:.0} a second | |");
    let mut taken = Vec::new();
    for round in 0..ROUNDS {
        let email = crowd::known(round * 7_919 % people);
        let begun = Instant::now();
        let about = all_about(site, find(site, &email).await).await;
        taken.push(begun.elapsed());
        assert!(about >= records / people, "{about} about {email}");
    }
    row("everything about one of them found", &mut taken);
    if taken[ROUNDS / 2] > FOUND_IN {
        missed.push("finding");
    }
}

async fn package(site: &Site, missed: &mut Vec<&'static str>) {
    let mib = told("BAILEE_PACKAGE_MIB", 1_024);
    let files = (mib / 16).max(1);
    crowd::own(site, "hannah@large.example", files, mib * 1_048_576 / files).await;
    let before = resident_peak();
    let begun = Instant::now();
    let (streaming, bytes) = hand_over(site, "hannah@large.example").await;
    let rate = bytes as f64 / streaming.as_secs_f64();
    println!(
        "| package of {files} files, {bytes} bytes | {:.0} MB/s, {:.1} s with the request | |",
        rate / 1e6,
        begun.elapsed().as_secs_f64()
    );
    println!(
        "| resident peak before and after it | {before}, {} MB | |",
        resident_peak()
    );
    if rate < STREAMED {
        missed.push("package");
    }
}

/// The same number of items, little and large.
async fn erasing(site: &Site, missed: &mut Vec<&'static str>) {
    let own = told("BAILEE_OWN", 10_000);
    let large = told("BAILEE_LARGE_KIB", 100) * 1024;
    for (email, size) in [("lia@little.example", 1_024), ("lars@large.example", large)] {
        crowd::own(site, email, own, size).await;
        let subject = find(site, email).await;
        let begun = Instant::now();
        erase(site, subject).await;
        let took = begun.elapsed();
        println!(
            "| erasing a person with {own} items of {size} bytes | {:.1} s | |",
            took.as_secs_f64()
        );
        if took > ERASED_IN {
            missed.push("erasing");
        }
    }
}

/// A request for access, proven, decided and its package taken: how long the package took, and its bytes.
async fn hand_over(site: &Site, email: &str) -> (Duration, u64) {
    let owner = &site.team.owner;
    let id = proven(site, email).await;
    let offer = site
        .rights
        .offer_package(&owner.credential, owner.request(), id, None);
    offer.await.unwrap();
    let begun = Instant::now();
    let take = site.rights.take_package(&owner.credential, owner.request(), id);
    let (mut package, mut bytes) = (take.await.unwrap(), 0);
    while let Some(piece) = package.next().await {
        bytes += piece.unwrap().len() as u64;
    }
    (begun.elapsed(), bytes)
}

async fn proven(site: &Site, email: &str) -> RequestId {
    let owner = &site.team.owner;
    let asks = NewRequest {
        subject: Some(format!("email:{email}")),
        ..new(Kind::Access)
    };
    let opened = site.open_as(owner, asks, None).await.unwrap();
    site.identify(owner, opened.id).await.unwrap();
    site.decide(owner, opened.id, Decision::Grant).await.unwrap();
    opened.id
}

async fn find(site: &Site, email: &str) -> SubjectId {
    let owner = &site.team.owner;
    let known = Identifier::parse(&format!("email:{email}")).unwrap();
    let found = site
        .rights
        .find_subject(&owner.credential, owner.request(), known);
    found.await.unwrap().id
}

async fn all_about(site: &Site, subject: SubjectId) -> usize {
    let (owner, mut page, mut count) = (&site.team.owner, PageRequest::first(100), 0);
    loop {
        let listed = site
            .rights
            .items_about(&owner.credential, owner.request(), subject, page.clone());
        let listed = listed.await.unwrap();
        count += listed.items.len();
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return count,
        }
    }
}

async fn erase(site: &Site, subject: SubjectId) {
    let owner = &site.team.owner;
    let erase = Erase {
        subject,
        afterwards: AfterErasure::Refuse,
    };
    let erased = site.rights.erase(&owner.credential, owner.request(), erase);
    assert_eq!(erased.await.unwrap().state, ErasureState::Done);
}

fn row(what: &str, taken: &mut [Duration]) {
    taken.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let (half, most) = (taken[taken.len() / 2], taken[taken.len() - 1]);
    println!(
        "| {what}, median of {} | {:.1} ms | {:.1} ms |",
        taken.len(),
        ms(half),
        ms(most)
    );
}

/// The most memory that this process has had, in megabytes: `VmHWM` of proc_pid_status(5).
fn resident_peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024 / 1_000_000
}
