//! How long the server takes for each page of the console: of a team with 1,000 members and 100,000 items, and of one with
//! nothing in it, in the same run, on SQLite. Fails when a page of the large team takes longer than the goal in its median.
//!
//! Pages are asked for one after the other, without TLS and without a browser: what is measured is what the server does until
//! the page and the entries of what was looked at are durable.
//!
//! `cargo bench --workspace --bench pages`; with `BAILEE_ITEMS=1000` before it as a trial of the program itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for measuring, with the machine's clock"
)]

#[allow(dead_code, reason = "the tests of the live pages use the rest")]
#[path = "../../tests/live/browser.rs"]
mod browser;
mod large;

use std::time::{Duration, Instant};

use access::Class;
use browser::{Browser, owner_in};
use engines::TestDb;
use http::StatusCode;
use testkit::World;

const GOAL: Duration = Duration::from_millis(10);
const WARM_UP: usize = 3;
const ROUNDS: usize = 41;

fn main() {
    let items = std::env::var("BAILEE_ITEMS")
        .ok()
        .map(|items| items.parse().unwrap());
    engines::block_on(measure(items.unwrap_or(100_000)));
}

async fn measure(items: usize) {
    let empty = team(0).await;
    let begun = Instant::now();
    let large = team(items).await;
    println!(
        "{items} items and what belongs to them were made in {} s",
        begun.elapsed().as_secs()
    );
    println!("| page | empty, p50 | large, p50 and p90 | ratio | empty, CPU | large, CPU | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut slow = Vec::new();
    for (name, path) in large.paths() {
        let of_large = times(&large, &path, &name).await;
        // What the empty team does not have cannot be compared.
        let of_empty = match empty.paths().into_iter().find(|(other, _)| *other == name) {
            Some((_, path)) => Some(times(&empty, &path, &name).await),
            None => None,
        };
        println!("{}", line(&name, &of_large, of_empty.as_ref()));
        slow.extend((of_large.half() > GOAL).then_some(name));
    }
    assert!(slow.is_empty(), "longer than {GOAL:?}: {}", slow.join(", "));
}

/// How long a page took, shortest first, and what it cost the processor.
struct Times {
    taken: Vec<Duration>,
    cpu: Duration,
}

impl Times {
    fn half(&self) -> Duration {
        self.taken[ROUNDS / 2]
    }
}

fn line(name: &str, large: &Times, empty: Option<&Times>) -> String {
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let ratio =
        |large: Duration, empty: Duration| format!("{:.1}", large.as_secs_f64() / empty.as_secs_f64());
    let of_empty = |value: fn(&Times) -> Duration| empty.map_or_else(String::new, |times| ms(value(times)));
    let ratio_of = |value: fn(&Times) -> Duration| {
        empty.map_or_else(String::new, |times| ratio(value(large), value(times)))
    };
    format!(
        "| {name} | {} | {}, {} | {} | {} | {} | {} |",
        of_empty(Times::half),
        ms(large.half()),
        ms(large.taken[ROUNDS * 9 / 10]),
        ratio_of(Times::half),
        of_empty(|times| times.cpu),
        ms(large.cpu),
        ratio_of(|times| times.cpu),
    )
}

/// What this process has had of the processor so far, in all its threads. What else the machine does makes no difference to it.
fn cpu() -> Duration {
    const TICKS_A_SECOND: u64 = 100;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // The fourteenth and fifteenth of all, of which two stand before the bracket: proc_pid_stat(5).
    let ticks: u64 = [11, 12]
        .iter()
        .map(|at| fields[*at].parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND)
}

/// A team and its owner's browser.
struct Measured {
    world: World,
    browser: tokio::sync::Mutex<Browser>,
    made: Option<large::Made>,
}

async fn team(items: usize) -> Measured {
    let world = World::on(TestDb::sqlite()).await;
    let team = world.team("clinic").await;
    let made = match items {
        0 => {
            large::make_little(&team.owner).await;
            None
        }
        items => Some(large::make(&world, &team, items).await),
    };
    let owner = testkit::Person::with(
        &world.custody,
        team.owner.credential.clone(),
        team.owner.member,
        Class::Owner,
    );
    let (browser, _) = owner_in(&world, &owner).await;
    world.sequence().await;
    Measured {
        world,
        browser: browser.into(),
        made,
    }
}

impl Measured {
    fn paths(&self) -> Vec<(String, String)> {
        large::paths(self.made.as_ref())
    }
}

async fn times(of: &Measured, path: &str, name: &str) -> Times {
    let mut browser = of.browser.lock().await;
    // The clock stands still otherwise, and sessions end by it.
    of.world.clock.advance(Duration::from_millis(1));
    let (mut taken, mut before) = (Vec::new(), cpu());
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            before = cpu();
        }
        let begun = Instant::now();
        let page = browser.go(path).await;
        let took = begun.elapsed();
        assert_eq!(page.status, StatusCode::OK, "{name}: {path}: {}", page.heading());
        assert_eq!(page.path, path, "{name} leads elsewhere");
        if round >= WARM_UP {
            taken.push(took);
        }
    }
    let cpu = (cpu() - before) / ROUNDS as u32;
    taken.sort();
    Times { taken, cpu }
}
