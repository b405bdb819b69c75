//! The portal's pages in states worth seeing.

#![allow(dead_code, reason = "the tests and the example each use some of it")]
#![allow(
    clippy::unwrap_used,
    reason = "a sample that cannot be made is a fault of its own"
)]

use kernel::{EventId, PurposeId, RequestId, SystemRandom, Timestamp};
use portal::Style;
use portal::pages::{
    AskPage, Frame, SignInPage, Trouble, access, ask, code, consent, front, nowhere, request, requests,
    sign_in, trouble,
};
use rights::consent::Standing;
use rights::package::{Disclosure, Offer};
use rights::portal::{Colour, Language, OwnDisclosures, OwnPurpose, OwnRequest, Portal};
use rights::purpose::{Basis, Notice, Purpose, Terms};
use rights::request::{Channel, Details, Kind, PersonRequest, Proof, RequestFile, State};

/// A page with its name.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) page: String,
}

const NOW: Timestamp = Timestamp::from_micros(1_767_603_600_000_000);
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

fn day(days: i64) -> Timestamp {
    Timestamp::from_micros(NOW.as_micros() + days * DAY)
}

/// How the samples' pages are settled.
pub(crate) fn settled() -> Portal {
    Portal {
        open: true,
        name: "Clinic on the Hill".into(),
        contact: "Data protection\nHill Road 7, 10111 Tallinn\nprivacy@clinic.example".into(),
        notice: Some("https://clinic.example/privacy".into()),
        ..Portal::default()
    }
}

/// The same in colours of the tenant's own.
fn in_colours() -> Portal {
    Portal {
        name: "Königliche Bibliothek für Musik und Theater zu Überlingen am Bodensee".into(),
        colour: Colour::parse("#8a1c5a").unwrap(),
        colour_dark: Colour::parse("#ff9ad1").unwrap(),
        languages: vec![Language::German, Language::English],
        ..settled()
    }
}

/// The colours of all samples.
pub(crate) fn styles() -> Vec<Style> {
    vec![Style::of(&settled()), Style::of(&in_colours())]
}

fn frame(portal: Portal, language: Language) -> Frame {
    Frame {
        path: "/privacy/clinic".into(),
        portal,
        language,
        chosen: false,
        csrf: "value".into(),
        signed_in: false,
        here: String::new(),
    }
}

fn outside() -> Frame {
    frame(settled(), Language::English)
}

fn inside() -> Frame {
    Frame {
        signed_in: true,
        ..outside()
    }
}

fn asked(kind: Kind, state: State) -> PersonRequest {
    let closed = state.is_closed().then(|| day(-1));
    PersonRequest {
        id: RequestId::make(NOW, &SystemRandom),
        kind,
        channel: Channel::Portal,
        state,
        received_at: day(-9),
        subject: None,
        proof_wanted: Proof::StaffCheck,
        proof_given: None,
        own_due_at: Some(day(-2)),
        law_due_at: Some(day(21)),
        extended_at: None,
        decision: None,
        ground: None,
        decided_by: None,
        closed_at: closed,
        likely_same_as: None,
        same_as: None,
    }
}

fn own(kind: Kind, state: State, answer: Option<&str>, until: Option<i64>) -> OwnRequest {
    let request = asked(kind, state);
    let offer = until.map(|days| Offer {
        request: request.id,
        offered_at: day(-3),
        until_at: day(days),
    });
    let details = Details {
        name: Some("Anna Answerless".into()),
        contact: "anna@person.example".into(),
        words: "Please show me everything that you have about me, the X-ray pictures of March too.".into(),
    };
    OwnRequest {
        file: RequestFile {
            request,
            details: Some(details),
            draft: None,
            answer: answer.map(str::to_owned),
            has_document: false,
            pauses: Vec::new(),
            steps: Vec::new(),
        },
        offer,
    }
}

fn purpose(word: &str, says: &str, basis: Basis, standing: Standing) -> OwnPurpose {
    OwnPurpose {
        purpose: Purpose {
            id: PurposeId::make(NOW, &SystemRandom),
            basis,
            terms: Terms {
                word: word.into(),
                says: says.into(),
                ..Terms::default()
            },
            made_at: day(-90),
            ended_at: None,
            notice: Some(Notice {
                version: 2,
                hash: [0; 32],
                published_at: day(-40),
            }),
        },
        notice: Some("We write to you once a month.\n\nWe never sell your address.".into()),
        standing,
        said_at: (standing != Standing::NeverGiven).then(|| day(-12)),
        notice_has_changed: standing == Standing::Given,
    }
}

fn purposes() -> Vec<OwnPurpose> {
    vec![
        purpose(
            "newsletter",
            "We write to you once a month about what is new.",
            Basis::Consent,
            Standing::Given,
        ),
        purpose(
            "research",
            "Researchers look at pictures without your name.",
            Basis::Consent,
            Standing::NeverGiven,
        ),
        purpose(
            "fraud",
            "We look for signs of fraud in bills.",
            Basis::LegitimateInterests,
            Standing::OtherBasis,
        ),
    ]
}

fn accesses() -> Vec<OwnDisclosures> {
    let time = |action: &str, class: &str, days| Disclosure {
        at: day(days),
        action: action.into(),
        class: class.into(),
        recipient: None,
        event: EventId::make(NOW, &SystemRandom),
        has_receipt: true,
    };
    vec![
        OwnDisclosures {
            name: Some("x-ray-2026-03-04-left-hand-anterior-posterior.dcm".into()),
            times: vec![
                time("item.view", "worker", -30),
                time("item.download", "data-subject", -2),
            ],
        },
        OwnDisclosures {
            name: Some("letter.txt".into()),
            times: Vec::new(),
        },
    ]
}

/// All of them.
pub(crate) fn all() -> Vec<Sample> {
    let german = frame(in_colours(), Language::German);
    let german_inside = Frame {
        signed_in: true,
        ..german.clone()
    };
    let wrong = AskPage {
        address: "anna".into(),
        wrong: Some("address"),
        ..AskPage::empty(Kind::Erasure)
    };
    let again = SignInPage {
        ended: true,
        ..SignInPage::default()
    };
    let list = [
        asked(Kind::Access, State::Open),
        asked(Kind::Rectification, State::Answered),
    ];
    let answer =
        "Dear Anna,\n\nyour data is ready above. It is all that we keep about you.\n\nClinic on the Hill";
    let (outside, inside) = (outside(), inside());
    let pages = [
        ("privacy", front(&outside)),
        ("privacy-german", front(&german)),
        ("privacy-ask", ask(&outside, &AskPage::empty(Kind::Access))),
        ("privacy-ask-wrong", ask(&outside, &wrong)),
        ("privacy-sign-in", sign_in(&outside, &again)),
        ("privacy-code", code(&outside, "/requests", None)),
        ("privacy-code-wrong", code(&german, "/requests", Some(3))),
        ("privacy-requests", requests(&inside, &list)),
        ("privacy-requests-none", requests(&inside, &[])),
        (
            "privacy-request",
            request(&inside, &own(Kind::Erasure, State::Open, None, None), NOW),
        ),
        (
            "privacy-request-ready",
            request(
                &inside,
                &own(Kind::Access, State::Answered, Some(answer), Some(11)),
                NOW,
            ),
        ),
        (
            "privacy-request-over",
            request(
                &german_inside,
                &own(Kind::Access, State::Answered, Some(answer), Some(-1)),
                NOW,
            ),
        ),
        ("privacy-consent", consent(&inside, &purposes(), true)),
        (
            "privacy-consent-german",
            consent(&german_inside, &purposes(), false),
        ),
        ("privacy-access", access(&inside, &accesses(), Some("next"))),
        ("privacy-trouble", trouble(&outside, Trouble::Form)),
        ("privacy-nowhere", nowhere(Language::Estonian)),
    ];
    let sample = |(name, page): (&'static str, maud::Markup)| Sample {
        name,
        page: page.into_string(),
    };
    pages.into_iter().map(sample).collect()
}
