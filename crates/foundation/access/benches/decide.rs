//! What a decision costs: remembered, asked afresh, and the two ways that this crate does not take.
//!
//! Before criterion's own statistics it prints p50 and p99, which the goal is stated in: under 30 µs at p99
//! for a member with 1,000 grants.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::str::FromStr as _;
use std::time::Instant;

use access::{Action, Class, Facts, Policies, SOURCES, Subject};
use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request, RestrictedExpression};
use criterion::Criterion;

const GRANTS: u64 = 1_000;
const SAMPLES: usize = 20_000;

#[allow(
    clippy::unwrap_used,
    reason = "a bench that cannot load has nothing to measure"
)]
fn main() {
    let policies = Policies::load().unwrap();
    let grants: HashSet<u64> = (0..GRANTS).collect();
    let manager = Subject::of(Class::WorkforceManager);
    let mut dataset = 0;
    let mut question = || {
        dataset = (dataset + 7) % (2 * GRANTS);
        Facts {
            dataset_granted: grants.contains(&dataset),
            ..Facts::at_home()
        }
    };

    percentiles("load and validate", 20, || drop(black_box(Policies::load())));
    percentiles("remembered, 1,000 grants", SAMPLES, || {
        let _ = black_box(policies.decide(&manager, Action::ItemView, &question()));
    });
    percentiles("asked afresh, 1,000 grants", SAMPLES, || {
        let _ = black_box(policies.decide_afresh(&manager, Action::ItemView, &question()));
    });
    let every = every_question();
    let mut next = every.iter().cycle();
    percentiles("asked afresh, all classes and actions", SAMPLES, || {
        if let Some((subject, action, facts)) = next.next() {
            let _ = black_box(policies.decide_afresh(subject, *action, facts));
        }
    });
    let naive = Naive::new();
    percentiles("all policies unsliced, one more for each grant", 500, || {
        naive.ask()
    });
    percentiles("the whole table, from memory", 200, || {
        drop(black_box(policies.matrix()))
    });

    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("decide/remembered", |bench| {
        bench.iter(|| policies.decide(&manager, Action::ItemView, &question()));
    });
    criterion.bench_function("decide/afresh", |bench| {
        bench.iter(|| policies.decide_afresh(&manager, Action::ItemView, &question()));
    });
    criterion.final_summary();
}

fn every_question() -> Vec<(Subject, Action, Facts)> {
    let facts = Facts {
        target_class: Some(Class::Worker),
        new_class: Some(Class::Worker),
        ..Facts::at_home()
    };
    let pairs = Action::ALL
        .into_iter()
        .flat_map(|action| Class::ALL.map(|class| (class, action)));
    pairs
        .map(|(class, action)| (Subject::of(class), action, facts))
        .collect()
}

/// The same question put to all policies at once, with each grant as a policy of its own.
struct Naive {
    engine: Authorizer,
    policies: PolicySet,
    principal: EntityUid,
    action: EntityUid,
}

#[allow(
    clippy::unwrap_used,
    reason = "a bench that cannot load has nothing to measure"
)]
impl Naive {
    fn new() -> Self {
        let mut text: String = SOURCES.map(|(_, text)| text).concat();
        for grant in 0..GRANTS {
            writeln!(
                text,
                "permit (principal == Class::\"workforce-manager\", action == Action::\"item.view\", resource == Item::\"{grant}\");"
            )
            .unwrap();
        }
        Self {
            engine: Authorizer::new(),
            policies: PolicySet::from_str(&text).unwrap(),
            principal: EntityUid::from_str("Class::\"workforce-manager\"").unwrap(),
            action: EntityUid::from_str("Action::\"item.view\"").unwrap(),
        }
    }

    fn ask(&self) {
        let resource = EntityUid::from_str("Item::\"7\"").unwrap();
        let facts = [
            ("sameTenant", true),
            ("keyCoversAction", true),
            ("keyCoversPlace", true),
            ("contractInForce", true),
            ("datasetGranted", true),
            ("leased", false),
            ("onHold", false),
            ("restricted", false),
        ];
        let mut facts: Vec<_> = facts
            .map(|(name, value)| (name.to_owned(), RestrictedExpression::new_bool(value)))
            .to_vec();
        let active = EntityUid::from_str("State::\"active\"").unwrap();
        facts.push(("state".to_owned(), RestrictedExpression::new_entity_uid(active)));
        let context = Context::from_pairs(facts).unwrap();
        let request = Request::new(
            self.principal.clone(),
            self.action.clone(),
            resource,
            context,
            None,
        )
        .unwrap();
        black_box(
            self.engine
                .is_authorized(&request, &self.policies, &Entities::empty()),
        );
    }
}

#[allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures with the clock and prints"
)]
fn percentiles(what: &str, samples: usize, mut act: impl FnMut()) {
    (0..samples / 10).for_each(|_| act());
    let mut nanos: Vec<u128> = (0..samples)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed().as_nanos()
        })
        .collect();
    nanos.sort_unstable();
    let at = |percent: usize| {
        nanos
            .get(samples * percent / 100)
            .map_or(0.0, |nanos| *nanos as f64 / 1_000.0)
    };
    println!("{what:<48} p50 {:>10.2} µs   p99 {:>10.2} µs", at(50), at(99));
}
