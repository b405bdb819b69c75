//! The public pages in states worth seeing.

#![allow(dead_code, reason = "the tests and the example each use some of it")]
#![allow(
    clippy::unwrap_used,
    reason = "a sample that cannot be made is a fault of its own"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use assurance::catalogue::{Catalogue, CheckEntry, Claim};
use assurance::check::{Finding, Outcome};
use assurance::{ClaimState, ClaimVersion, Kept, Profile, Profiles, State};
use governance::processor::{Notice, Stage, Terms};
use kernel::{EntryId, EventId, SystemRandom, Timestamp};
use trust::{Company, Proof, Security, Seen, Settings, Voice};

/// A page with its name.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) page: String,
}

const NOW: Timestamp = Timestamp::from_micros(1_767_603_600_000_000);
const MINUTE: Duration = Duration::from_secs(60);

/// All of them.
pub(crate) fn all() -> Vec<Sample> {
    let catalogue = Catalogue::load().unwrap();
    let everything = Profile::everything(&catalogue);
    let (sound, red) = (seen(&catalogue, |_, state| state), seen(&catalogue, some_red));
    let new = seen(&catalogue, |_, state| match state {
        State::OutOfScope => state,
        _ => State::Late,
    });
    let front = |seen: &Seen| trust::page(&Voice::front(&everything, &settings()), seen).into_string();
    let proof = |seen: &Seen, id: &str| proof(&catalogue, seen, id);
    vec![
        Sample {
            name: "trust",
            page: front(&sound),
        },
        Sample {
            name: "trust-red",
            page: front(&red),
        },
        Sample {
            name: "trust-new",
            page: front(&new),
        },
        Sample {
            name: "trust-sub-processors",
            page: trust::processors_page(&notices(), NOW, &settings()).into_string(),
        },
        Sample {
            name: "trust-sub-processors-none",
            page: trust::processors_page(&[], NOW, &settings()).into_string(),
        },
        Sample {
            name: "trust-company",
            page: company(&catalogue),
        },
        Sample {
            name: "trust-claim-own-words",
            page: own_words(&catalogue),
        },
        Sample {
            name: "trust-claim",
            page: proof(&sound, "everything-at-rest-is-sealed"),
        },
        Sample {
            name: "trust-claim-red",
            page: proof(&red, "outside-scan-vendor"),
        },
    ]
}

/// The page of a company that has its own, in a ready profile.
fn company(catalogue: &Catalogue) -> String {
    let (profile, settings) = (training_data(catalogue), settings());
    let seen = seen_of(catalogue, &profile, |number, state| match (number, state) {
        (9, _) => State::BrokenPromise,
        (31, _) => State::Late,
        _ => state,
    });
    trust::page(&lakeside(&profile, &settings), &seen).into_string()
}

/// The page of a sentence that is in other words than the catalogue's.
fn own_words(catalogue: &Catalogue) -> String {
    let (profile, settings) = (training_data(catalogue), settings());
    let seen = seen_of(catalogue, &profile, |_, state| state);
    let voice = lakeside(&profile, &settings);
    proof_in(catalogue, &voice, &seen, "workers-open-nothing-else")
}

fn training_data(catalogue: &Catalogue) -> Profile {
    let profiles = Profiles::ready(catalogue).unwrap();
    profiles.get("training-data").unwrap().as_ref().clone()
}

const fn lakeside<'a>(profile: &'a Profile, settings: &'a Settings) -> Voice<'a> {
    let company = Some(Company {
        slug: "lakeside",
        name: "Lakeside Labels",
    });
    Voice {
        profile,
        settings,
        company,
    }
}

/// Who speaks there.
pub(crate) fn settings() -> Settings {
    Settings {
        name: "Northwind Custody".into(),
        security: Some(Security {
            contact: vec!["mailto:security@northwind.example".into()],
            policy: None,
            url: "https://custody.northwind.example".into(),
        }),
    }
}

fn some_red(number: usize, state: State) -> State {
    match (number % 9, state) {
        (_, State::OutOfScope) => state,
        (0, _) => State::Late,
        (4, _) => State::BrokenPromise,
        (7, _) => State::BrokenCheck,
        _ => state,
    }
}

/// What an installation sees on which all checks of this version hold and half of the evidence is on file.
pub(crate) fn seen(catalogue: &Catalogue, change: impl Fn(usize, State) -> State) -> Seen {
    seen_of(catalogue, &Profile::everything(catalogue), change)
}

/// The same on a page of this profile.
fn seen_of(catalogue: &Catalogue, profile: &Profile, change: impl Fn(usize, State) -> State) -> Seen {
    Seen {
        at: NOW,
        claims: profile
            .claims()
            .enumerate()
            .map(|(number, claim)| stands(catalogue, claim, change(number, sound(catalogue, claim, number))))
            .collect(),
        results: catalogue
            .checks()
            .iter()
            .filter(|check| check.absent.is_none())
            .map(ran)
            .collect(),
    }
}

fn sound(catalogue: &Catalogue, claim: &Claim, number: usize) -> State {
    let is_built = |id: &&String| catalogue.check(id).unwrap().absent.is_none();
    let built = claim.checks.iter().filter(is_built).count();
    let on_file = number.is_multiple_of(2) && !claim.attestations.is_empty();
    match (built + usize::from(on_file), built == claim.checks.len()) {
        (0, _) => State::OutOfScope,
        (_, true) if on_file || claim.attestations.is_empty() => State::Holds,
        _ => State::Partly,
    }
}

fn stands(catalogue: &Catalogue, claim: &Claim, state: State) -> ClaimState {
    let missing: Vec<String> = claim
        .checks
        .iter()
        .filter_map(|id| {
            let why = catalogue.check(id)?.absent.as_ref()?;
            Some(format!("{id}: not built: {why}"))
        })
        .collect();
    let reason = match state {
        State::Holds => None,
        State::Partly | State::OutOfScope if !missing.is_empty() => Some(missing.join("; ")),
        State::Partly | State::OutOfScope => {
            Some(format!("{}: nothing is on file", claim.attestations.join(", ")))
        }
        _ => Some(format!(
            "{}: 3 rows that should not be there, the first of them 0197-5f3c; told in full on the page of this sentence, with what it was held against and when",
            claim.checks.join(", ")
        )),
    };
    ClaimState {
        id: claim.id.clone(),
        statement: claim.statement.fill(&BTreeMap::from([(
            "session-idle-minutes".into(),
            "30 minutes".into(),
        )])),
        sources: claim.sources.clone(),
        kind: claim.kind,
        published: true,
        checks: claim.checks.clone(),
        attestations: claim.attestations.clone(),
        state,
        since: Some(NOW.minus(MINUTE * 60 * 24 * 40)),
        checked_at: (!claim.checks.is_empty()).then(|| NOW.minus(MINUTE * 3)),
        reason,
    }
}

fn ran(check: &CheckEntry) -> (String, Kept) {
    let finding = Finding {
        outcome: Outcome::Holds,
        reason: String::new(),
        control: "2 of 2 came out as stated".into(),
        inputs: [0xab; 32],
        facts: BTreeMap::new(),
    };
    let kept = Kept {
        check: check.id.clone(),
        ran_at: NOW.minus(MINUTE * 3),
        took_ms: 41,
        finding,
        since: NOW.minus(MINUTE * 60 * 24),
        event: EventId::from_bytes(&[7; 16]).unwrap(),
    };
    (check.id.clone(), kept)
}

fn proof(catalogue: &Catalogue, seen: &Seen, id: &str) -> String {
    let (profile, settings) = (Profile::everything(catalogue), settings());
    proof_in(catalogue, &Voice::front(&profile, &settings), seen, id)
}

fn proof_in(catalogue: &Catalogue, voice: &Voice<'_>, seen: &Seen, id: &str) -> String {
    let said = voice.profile.find(id).unwrap();
    let claim = &said.claim;
    let state = seen.claims.iter().find(|state| state.id == id).unwrap();
    let version = |days: u32, state: State, reason: Option<&str>| ClaimVersion {
        claim: id.into(),
        began_at: NOW.minus(MINUTE * 60 * 24 * days),
        state,
        statement: claim.statement.fill(&BTreeMap::new()),
        reason: reason.map(str::to_owned),
        event: EventId::from_bytes(&[9; 16]).unwrap(),
    };
    let versions = [
        version(1, state.state, state.reason.as_deref()),
        version(
            2,
            State::BrokenPromise,
            Some("nothing-readable-at-rest: not so: no row holds the mark in clear"),
        ),
        version(40, State::Holds, None),
    ];
    let proof = Proof {
        voice: *voice,
        said,
        state,
        checks: claim.checks.iter().filter_map(|id| catalogue.check(id)).collect(),
        attestations: claim
            .attestations
            .iter()
            .filter_map(|id| catalogue.attestation(id))
            .collect(),
        versions: &versions,
        seen,
    };
    trust::proof_page(&proof).into_string()
}

/// One in force, one announced, and one that was let go.
fn notices() -> Vec<Notice> {
    let day = |text: &str| text.parse().unwrap();
    let notice = |name: &str, region: &str, basis: &str, stage: Stage, days: i64| {
        let noticed_at = Timestamp::from_micros(NOW.as_micros() - days * 86_400_000_000);
        Notice {
            entry: EntryId::make(noticed_at, &SystemRandom),
            number: 1,
            terms: Terms {
                name: name.into(),
                product: "captions of pictures".into(),
                purpose: "describes pictures in words, for people who search them".into(),
                data_kinds: "pictures without names and metadata".into(),
                region: region.into(),
                transfer_basis: basis.into(),
                endpoint: "https://api.vendor.example/v1".into(),
                model: Some("small".into()),
                rating: "medium-risk".into(),
                agreement: "5b0e3a9c".repeat(8),
                signed_on: day("2025-09-02"),
                reviewed_on: day("2025-09-15"),
                review_by: day("2026-09-15"),
            },
            published_at: noticed_at,
            noticed_at,
            active_at: noticed_at.plus(Duration::from_secs(30 * 86_400)),
            ended_at: (stage == Stage::Ended).then_some(NOW),
            stage,
        }
    };
    vec![
        notice(
            "Tramontane Vision SAS",
            "European Union",
            "none-needed",
            Stage::InForce,
            90,
        ),
        notice(
            "Longleaf Models Inc.",
            "United States",
            "standard-clauses",
            Stage::Announced,
            6,
        ),
        notice(
            "Old Harbour Captions Ltd",
            "United Kingdom",
            "adequacy",
            Stage::Ended,
            400,
        ),
    ]
}
