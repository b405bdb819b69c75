//! Control cases that come out wrong: the check says that it is broken, and never that the promise holds.
//!
//! Every check of `assurance::checks::all` has to stand here at least once, in the list of the file that it belongs to; one that
//! does not fails the build. What an entry spoils is the control case of the real check, run as a server runs it.

mod content;
mod first;

use std::sync::Arc;

use assurance::Assurance;
use assurance::check::{Check, Outcome};
use assurance::checks;

use crate::house::{House, OUTSIDE, one};

/// A check and how its control case is made to come out wrong.
pub(crate) struct Spoilt {
    pub(crate) check: &'static str,
    pub(crate) how: How,
}

/// Ways to make a control case come out wrong.
pub(crate) enum How {
    /// The check itself, with an eye that sees nothing or something planted in which nothing is wrong.
    Blind(fn() -> Arc<dyn Check>),
    /// Policies under which somebody of this class is refused what has to work.
    Refused(&'static str, &'static str),
    /// Statements after which what has to work does not, and those that mend it.
    Rows(&'static [&'static str], &'static [&'static str]),
}

pub(crate) const fn blind(check: &'static str, how: fn() -> Arc<dyn Check>) -> Spoilt {
    let how = How::Blind(how);
    Spoilt { check, how }
}

pub(crate) const fn refused(check: &'static str, class: &'static str, action: &'static str) -> Spoilt {
    let how = How::Refused(class, action);
    Spoilt { check, how }
}

impl How {
    /// The rule by which somebody is refused.
    pub(crate) fn rule(&self) -> Option<String> {
        match self {
            Self::Refused(class, action) => Some(format!(
                "forbid (principal == Class::\"{class}\", action == Action::\"{action}\", resource);"
            )),
            _ => None,
        }
    }
}

/// The rules of all, read at once.
pub(crate) fn know_rules() {
    let all = registry().into_iter().chain(crate::people::SPOILT);
    let rules: Vec<String> = all.filter_map(|spoilt| spoilt.how.rule()).collect();
    testkit::know_rules(rules.iter().map(String::as_str));
}

/// All of them. A file of checks has one of mutations.
fn registry() -> Vec<&'static Spoilt> {
    let lists: [&'static [Spoilt]; 2] = [first::SPOILT, content::SPOILT];
    lists.into_iter().flatten().collect()
}

/// The check is run there, and is broken.
async fn broken(assurance: &Assurance, check: &str) {
    let ran = one(assurance, check).await;
    let finding = ran.finding;
    assert_eq!(
        finding.outcome,
        Outcome::BrokenCheck,
        "{check}: {} ({})",
        finding.reason,
        finding.control
    );
}

engines::on_both! {
    async fn a_control_case_that_comes_out_wrong_makes_the_check_broken(db: TestDb) {
        let house = House::with_door(db).await;
        house.put_on_file("vulnerability-scans", &OUTSIDE).await;
        house.put_on_file("penetration-tests", &[("firm", "A firm"), ("scope", "all of it"), ("open_high", "0")]).await;
        know_rules();
        // The probe teams, their people and their datasets are there before anything is spoilt.
        house.assurance.run_now(&[]).await.unwrap();
        for Spoilt { check, how } in registry() {
            match how {
                How::Blind(blinded) => {
                    let blinded = blinded();
                    assert_eq!(blinded.id(), *check);
                    let ran = one(&house.with(vec![blinded]), check).await;
                    assert_eq!(ran.finding.outcome, Outcome::BrokenCheck, "{check}: {}", ran.finding.reason);
                    assert!(ran.finding.reason.starts_with("the control case"), "{check}: {}", ran.finding.reason);
                }
                How::Refused(..) => broken(&house.with_policy(&how.rule().unwrap()), check).await,
                How::Rows(breaks, mends) => {
                    house.sabotage(breaks).await;
                    broken(&house.assurance, check).await;
                    house.sabotage(mends).await;
                }
            }
        }
    }
}

#[test]
fn no_check_is_without_a_spoilt_control_case() {
    let spoilt = registry().into_iter().chain(crate::people::SPOILT);
    let spoilt: Vec<&str> = spoilt.map(|spoilt| spoilt.check).collect();
    let without: Vec<&str> = checks::all()
        .iter()
        .map(|check| check.id())
        .filter(|check| !spoilt.contains(check))
        .collect();
    assert!(
        without.is_empty(),
        "say in tests/checks/spoilt how the control cases of these come out wrong: {without:?}"
    );
    let built: Vec<&str> = checks::all().iter().map(|check| check.id()).collect();
    for check in spoilt {
        assert!(built.contains(&check), "{check} is spoilt and not built");
    }
}
