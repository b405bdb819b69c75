use std::time::Duration;

use kernel::EventId;

use super::*;
use crate::catalogue::Documents;
use crate::check::Finding;

const NOW: Timestamp = Timestamp::from_micros(1_767_603_600_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A catalogue of one claim with two checks that run every hour, one that there is not, and something on file.
fn catalogue(with: &str) -> Catalogue {
    let checks = ["one", "other", "missing"].map(|id| {
        let absent = if id == "missing" { "absent = \"nobody wrote it\"\n" } else { "" };
        format!(
            "[[check]]\nid = \"{id}\"\nsource = \"S-{id}\"\ncadence = \"hourly\"\nscope = \"probe\"\ndoes = \"It.\"\ncontrol = \"So.\"\nfacts = [\"minutes\"]\n{absent}"
        )
    });
    let all = "checks = [\"one\", \"other\", \"missing\"]\nattestations = [\"paper\"]";
    let claim = |id: &str, parts: &str| {
        format!(
            "[[claim]]\nid = \"{id}\"\nkind = \"verified\"\nstatement = \"After {{minutes}}.\"\n{parts}\n"
        )
    };
    let documents = Documents {
        claims: vec![("c".into(), claim("it", with) + &claim("all", all))],
        checks: checks.concat(),
        attestations:
            "[[attestation]]\nid = \"paper\"\nevidence = \"P.\"\nowner = \"o\"\nregister = \"audits\"\n"
                .into(),
        criteria: Documents::built_in().criteria,
    };
    Catalogue::of(&documents).unwrap()
}

fn kept(check: &str, outcome: Outcome, ran_at: Timestamp) -> Kept {
    Kept {
        check: check.into(),
        ran_at,
        took_ms: 1,
        finding: Finding {
            outcome,
            reason: if outcome == Outcome::Holds {
                "".into()
            } else {
                "because".into()
            },
            control: "1 of 1".into(),
            inputs: [0; 32],
            facts: BTreeMap::from([("minutes".into(), "30 minutes".into())]),
        },
        since: ran_at.minus(HOUR * 10),
        event: EventId::from_bytes(&[7; 16]).unwrap(),
    }
}

fn state(with: &str, results: &[Kept]) -> ClaimState {
    let known = Known {
        results: results
            .iter()
            .map(|kept| (kept.check.clone(), kept.clone()))
            .collect(),
        on_file: BTreeMap::new(),
        now: NOW,
    };
    let catalogue = catalogue(with);
    known.state_of(&catalogue, &catalogue.claims()[0])
}

const BOTH: &str = "checks = [\"one\", \"other\"]";

#[test]
fn the_worst_part_decides_and_gives_the_reason() {
    let fine = kept("one", Outcome::Holds, NOW);
    let all = state(BOTH, &[fine.clone(), kept("other", Outcome::Holds, NOW)]);
    assert_eq!((all.state, all.reason.clone()), (State::Holds, None));
    assert_eq!(all.since, Some(NOW.minus(HOUR * 10)));
    assert_eq!(all.statement, "After 30 minutes.");
    for (outcome, expected) in [
        (Outcome::BrokenPromise, State::BrokenPromise),
        (Outcome::BrokenCheck, State::BrokenCheck),
        (Outcome::Late, State::Late),
        (Outcome::OutOfScope, State::Partly),
    ] {
        let found = state(BOTH, &[fine.clone(), kept("other", outcome, NOW)]);
        assert_eq!(found.state, expected);
        assert_eq!(found.reason.as_deref(), Some("other: because"));
    }
}

#[test]
fn what_never_ran_and_what_ran_too_long_ago_is_late() {
    let never = state(BOTH, &[kept("one", Outcome::Holds, NOW)]);
    assert_eq!((never.state, never.since), (State::Late, None));
    let ran = |ago: Duration| {
        let both = ["one", "other"].map(|check| kept(check, Outcome::Holds, NOW.minus(ago)));
        state(BOTH, &both).state
    };
    assert_eq!(ran(HOUR + HOUR / 5), State::Holds);
    assert_eq!(ran(HOUR + HOUR / 3), State::Late);
    let red_and_old = kept("other", Outcome::BrokenPromise, NOW.minus(HOUR * 9));
    let found = state(BOTH, &[kept("one", Outcome::Holds, NOW), red_and_old]);
    assert_eq!(found.state, State::BrokenPromise);
}

#[test]
fn what_there_is_no_check_for_never_holds() {
    let alone = state(
        "checks = [\"missing\", \"one\"]",
        &[kept("one", Outcome::Holds, NOW)],
    );
    assert_eq!(alone.state, State::Partly);
    assert_eq!(
        alone.reason.as_deref(),
        Some("missing: not built: nobody wrote it")
    );
}

#[test]
fn facts_of_a_check_that_cannot_be_believed_fill_nothing() {
    let found = state("checks = [\"one\"]", &[kept("one", Outcome::BrokenCheck, NOW)]);
    assert_eq!(found.statement, "After (not known yet).");
}

#[test]
fn evidence_counts_by_its_dates() {
    let day = HOUR * 24;
    let claim = |on_file: Option<OnFile>| {
        let catalogue = catalogue("checks = [\"one\"]\nattestations = [\"paper\"]");
        let known = Known {
            results: BTreeMap::from([("one".into(), kept("one", Outcome::Holds, NOW))]),
            on_file: on_file.into_iter().map(|file| ("paper".into(), file)).collect(),
            now: NOW,
        };
        known.state_of(&catalogue, &catalogue.claims()[0])
    };
    let file = |standing| OnFile {
        standing,
        approved_at: NOW.minus(day),
        until: Some(NOW.minus(HOUR)),
        entries: 2,
        past: 1,
    };
    assert_eq!(claim(None).state, State::Partly);
    let holds = claim(Some(file(Standing::InDate)));
    assert_eq!(
        (holds.state, holds.since, holds.checked_at),
        (State::Holds, Some(NOW.minus(HOUR * 10)), Some(NOW))
    );
    let late = claim(Some(file(Standing::Late)));
    assert_eq!((late.state, late.since), (State::Late, Some(NOW.minus(HOUR))));
    assert_eq!(
        late.reason.as_deref(),
        Some("paper: 1 of 2 in the register `audits` past the end")
    );
}
