//! Samples of keys, sessions, one's own security, what is asked of one, and the operator's access.

use access::Class;
use console::kit::Problems;
use console::pages::{
    AdmissionPage, AdmissionRow, AppOffer, Choice, CodesPage, EnrolPage, HoldRow, HoldWord, HoldsPage,
    IssuedPage, KeyRow, KeysPage, NewHoldPage, NewKeyForm, NewKeyPage, NewPasskeyPage, OperatorAccessPage,
    OperatorAccessRow, OperatorAccessWord, PasskeyRow, PasswordPage, SecurityPage, SessionRow, SessionsPage,
    admission, change_password, enrol, holds, issued_key, keys, new_hold, new_key, new_passkey,
    operator_access, recovery_codes, security, sessions,
};

use super::people::{ago, frame, id, now, pager};
use super::{LONG, Sample, sample};

const DAY: u64 = 24 * 60;

fn key(number: u64, label: &str) -> KeyRow {
    KeyRow {
        id: id(number),
        label: label.to_owned(),
        member: "Uma Reyes".to_owned(),
        scope: String::new(),
        recovery: false,
        temporary: false,
        made: ago(40 * DAY),
        expires: Some(now().plus(std::time::Duration::from_secs(86_400 * 21))),
        used: Some(ago(14)),
        invalidated: false,
        may_invalidate: true,
    }
}

fn key_rows() -> Vec<KeyRow> {
    vec![
        KeyRow {
            scope: "chest-x-rays, putting in".to_owned(),
            ..key(1, "nightly import")
        },
        KeyRow {
            member: "Ada Marsh".to_owned(),
            expires: None,
            used: Some(ago(3 * DAY)),
            ..key(2, "Ada's laptop")
        },
        KeyRow {
            recovery: true,
            member: "Ada Marsh".to_owned(),
            expires: None,
            used: None,
            may_invalidate: false,
            ..key(3, "Recovery code")
        },
        KeyRow {
            temporary: true,
            scope: "One task".to_owned(),
            ..key(4, "viewer")
        },
        KeyRow {
            invalidated: true,
            ..key(5, "old notebook")
        },
    ]
}

fn new_key_page(problems: Problems) -> NewKeyPage {
    let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    NewKeyPage {
        frame: frame(Class::Owner),
        members: Choice::Listed(vec![pair("1", "Ada Marsh (you)"), pair("4", "Uma Reyes")]),
        datasets: Choice::Listed(vec![pair("1", "chest-x-rays"), pair("2", "lung-atlas")]),
        typed: NewKeyForm {
            days: "90".to_owned(),
            ..NewKeyForm::default()
        },
        problems,
    }
}

pub(super) fn session(number: u64, browser: &str, address: &str) -> SessionRow {
    SessionRow {
        id: number.to_string(),
        browser: browser.to_owned(),
        address: address.to_owned(),
        here: number == 0,
        since: ago(300 * number + 20),
        used: ago(45 * number),
    }
}

pub(super) fn sessions_page(sessions: Vec<SessionRow>) -> SessionsPage {
    SessionsPage {
        frame: frame(Class::User),
        sessions,
        history: vec![
            (
                ago(20),
                "192.0.2.17".to_owned(),
                "Password and code".to_owned(),
                true,
            ),
            (
                ago(21),
                "192.0.2.17".to_owned(),
                "Wrong password".to_owned(),
                false,
            ),
            (
                ago(3 * DAY),
                "2001:db8::7:1".to_owned(),
                "Password and code".to_owned(),
                true,
            ),
        ],
        idle_minutes: 30,
    }
}

fn passkey(number: u64, label: &str, used: Option<kernel::Timestamp>) -> PasskeyRow {
    PasskeyRow {
        id: number.to_string(),
        label: label.to_owned(),
        made: ago(90 * DAY * number),
        used,
    }
}

fn new_passkey_page(problems: Problems) -> NewPasskeyPage {
    NewPasskeyPage {
        frame: frame(Class::Owner),
        ask: super::door::ask(),
        label: "Firefox on Mac".to_owned(),
        problems,
    }
}

pub(super) fn security_page() -> SecurityPage {
    SecurityPage {
        frame: frame(Class::Owner),
        password_changed: Some(ago(70 * DAY)),
        app: true,
        passkeys: Some(vec![
            passkey(1, "Chrome on Linux", Some(ago(40))),
            passkey(2, LONG, None),
        ]),
        codes_left: 8,
        demanded: true,
    }
}

pub(crate) fn offer() -> AppOffer {
    AppOffer {
        ticket: "sample".to_owned(),
        secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".to_owned(),
        address: "otpauth://totp/Bailee:ada.marsh@northlake.example?secret=JBSWY3DPEHPK3PXP&issuer=Bailee".to_owned(),
        qr: Some(("M0 0h7v7h-7zM1 1v5h5v-5zM2 2h3v3h-3zM14 0h7v7h-7zM15 1v5h5v-5zM16 2h3v3h-3zM0 14h7v7h-7zM1 15v5h5v-5zM2 16h3v3h-3zM9 1h1v3h-1zM11 0h2v2h-2zM8 8h3v1h-3zM12 8h1v4h-1zM16 9h4v2h-4zM9 12h2v3h-2zM13 14h3v1h-3zM18 13h1v5h-1zM11 17h4v3h-4z".to_owned(), 21)),
    }
}

fn enrol_page(problems: Problems) -> EnrolPage {
    EnrolPage {
        frame: frame(Class::Owner),
        offer: offer(),
        problems,
    }
}

fn access(number: u64, what: &str, state: OperatorAccessWord) -> OperatorAccessRow {
    OperatorAccessRow {
        id: id(number),
        what: what.to_owned(),
        originals: number == 3,
        reason: "Ticket 2041: uploads of large scans stop halfway".to_owned(),
        by: "Operator …00000000000a".to_owned(),
        asked: ago(20 * number * number * number),
        minutes: 30,
        state,
        ends: (number > 1).then(|| ago(10 * number * number)),
        reads: (number > 1 && state != OperatorAccessWord::Refused).then(|| "/console/trail".to_owned()),
    }
}

fn accesses() -> Vec<OperatorAccessRow> {
    vec![
        access(1, "lung-atlas", OperatorAccessWord::Waits),
        OperatorAccessRow {
            ends: Some(now().plus(std::time::Duration::from_secs(600))),
            ..access(2, "Which datasets there are", OperatorAccessWord::Runs)
        },
        access(3, "lung-atlas", OperatorAccessWord::Ended),
        OperatorAccessRow {
            reason: LONG.to_owned(),
            ends: None,
            ..access(4, LONG, OperatorAccessWord::Refused)
        },
    ]
}

fn operator_access_page(rows: Vec<OperatorAccessRow>) -> OperatorAccessPage {
    OperatorAccessPage {
        frame: frame(Class::Owner),
        pager: pager("4 requests", false),
        rows,
    }
}

fn step(number: u64, title: &str, version: &str) -> AdmissionRow {
    AdmissionRow {
        id: id(number),
        title: title.to_owned(),
        version: version.to_owned(),
        place: String::new(),
        accepts: false,
        good: None,
        over: false,
    }
}

fn asked() -> Vec<AdmissionRow> {
    let year = std::time::Duration::from_secs(86_400 * 300);
    vec![
        AdmissionRow {
            place: "https://intranet.northlake.example/policies/acceptable-use".to_owned(),
            accepts: true,
            ..step(1, "Acceptable use", "3")
        },
        AdmissionRow {
            good: Some(Some(now().plus(year))),
            ..step(2, "Confidentiality agreement", "2025-11")
        },
        AdmissionRow {
            over: true,
            ..step(3, "Handling health data", "2026")
        },
        AdmissionRow {
            place: LONG.to_owned(),
            accepts: true,
            ..step(4, LONG, "2026-02-17")
        },
    ]
}

fn admission_page(rows: Vec<AdmissionRow>) -> AdmissionPage {
    AdmissionPage {
        frame: frame(Class::User),
        rows,
    }
}

fn hold(number: u64, on: &str, state: HoldWord) -> HoldRow {
    HoldRow {
        id: id(number),
        on: on.to_owned(),
        reason: "Letter of the regional court, 7 O 12/26".to_owned(),
        by: "Ada Marsh".to_owned(),
        placed: ago(12 * DAY),
        until: None,
        two_people: false,
        state,
    }
}

pub(crate) fn hold_rows() -> Vec<HoldRow> {
    vec![
        HoldRow {
            two_people: true,
            ..hold(1, "Everything", HoldWord::Asked)
        },
        HoldRow {
            until: Some(now().plus(std::time::Duration::from_secs(86_400 * 90))),
            ..hold(2, "chest-x-rays", HoldWord::Stands)
        },
        HoldRow {
            two_people: true,
            ..hold(3, "Person 3f2a", HoldWord::AskedByYou)
        },
        HoldRow {
            reason: LONG.to_owned(),
            by: LONG.to_owned(),
            ..hold(4, LONG, HoldWord::Stands)
        },
        hold(5, "Item 9c41", HoldWord::Lifted),
        hold(6, "audio", HoldWord::Ended),
    ]
}

fn holds_page(rows: Vec<HoldRow>) -> HoldsPage {
    HoldsPage {
        frame: frame(Class::Owner),
        pager: pager("6 holds", false),
        rows,
    }
}

fn new_hold_page(said: [&str; 4], problems: Problems) -> NewHoldPage {
    NewHoldPage {
        frame: frame(Class::PrivacyOfficer),
        said: said.map(str::to_owned),
        two_people: true,
        problems,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let list = |keys: Vec<KeyRow>| KeysPage {
        frame: frame(Class::Owner),
        pager: pager("5 keys", false),
        keys,
    };
    let issued = IssuedPage {
        frame: frame(Class::Owner),
        label: "nightly import".to_owned(),
        secret: "bailee_0198f0c27d3a7c119b1e5f6a7b8c9d0e_k3J9sT0mX4rH8uLcJ2dEaFgNn5oKiRtYxUvWqZ1b2c3"
            .to_owned(),
        access_key: "BAILEEAGMPBQT5HJ6BDGY6L5VHXDE5BY".to_owned(),
        signing_secret: "Xk2mB7vQ1rT9wLz4Yc8Nf3Hs6Jd0Pg5AeUiOoKRM".to_owned(),
        expires: Some(now().plus(std::time::Duration::from_secs(86_400 * 90))),
    };
    let bare = SecurityPage {
        app: false,
        passkeys: Some(vec![]),
        codes_left: 0,
        ..security_page()
    };
    let codes = [
        "7k4q-9mzt",
        "x2pw-c8rd",
        "h5vn-3yjb",
        "q9tf-6gsk",
        "m4xc-w7pz",
        "d8rb-2hnv",
        "y3js-t5qm",
        "z6gk-f9xw",
        "c7pd-v4hr",
        "n2yt-k8bj",
    ];
    let password = |problems| PasswordPage {
        frame: frame(Class::User),
        problems,
    };
    let known = Problems::one(
        "password",
        "This password is known from leaks. Choose another, such as a few words in a row",
    );
    vec![
        sample("keys", keys(&list(key_rows()))),
        sample("keys-none", keys(&list(vec![]))),
        sample(
            "keys-long",
            keys(&list(vec![KeyRow {
                label: LONG.to_owned(),
                member: LONG.to_owned(),
                scope: LONG.to_owned(),
                ..key(1, "")
            }])),
        ),
        sample(
            "operator-access",
            operator_access(&operator_access_page(accesses())),
        ),
        sample(
            "operator-access-none",
            operator_access(&operator_access_page(Vec::new())),
        ),
        sample("holds", holds(&holds_page(hold_rows()))),
        sample("holds-none", holds(&holds_page(Vec::new()))),
        sample(
            "hold-new",
            new_hold(&new_hold_page(["dataset", "", "", ""], Problems::default())),
        ),
        sample(
            "hold-new-wrong",
            new_hold(&new_hold_page(
                ["dataset", "chest", "a letter", ""],
                Problems::one("named", "There is nothing of this name or id"),
            )),
        ),
        sample("admission", admission(&admission_page(asked()))),
        sample("admission-none", admission(&admission_page(Vec::new()))),
        sample("key-new", new_key(&new_key_page(Problems::default()))),
        sample(
            "key-new-wrong",
            new_key(&new_key_page(Problems::one(
                "label",
                "Say what it is for, in 1 to 100 bytes",
            ))),
        ),
        sample("key-issued", issued_key(&issued)),
        sample(
            "sessions",
            sessions(&sessions_page(vec![
                session(0, "Firefox on Linux", "192.0.2.17"),
                session(1, "Safari on iPhone", "2001:db8::7:1"),
                session(2, "Chrome on Windows", "198.51.100.4"),
            ])),
        ),
        sample(
            "sessions-one",
            sessions(&SessionsPage {
                history: vec![],
                ..sessions_page(vec![session(0, "Firefox on Linux", "192.0.2.17")])
            }),
        ),
        sample("security", security(&security_page())),
        sample("security-bare", security(&bare)),
        sample("passkey", new_passkey(&new_passkey_page(Problems::default()))),
        sample(
            "passkey-wrong",
            new_passkey(&new_passkey_page(Problems::one(
                "label",
                "The browser made no passkey",
            ))),
        ),
        sample("password", change_password(&password(Problems::default()))),
        sample("password-wrong", change_password(&password(known))),
        sample("app", enrol(&enrol_page(Problems::default()))),
        sample(
            "app-wrong",
            enrol(&enrol_page(Problems::one(
                "code",
                "That code does not fit. Check the clock of your phone",
            ))),
        ),
        sample(
            "codes",
            recovery_codes(&CodesPage {
                frame: frame(Class::Owner),
                codes: codes.map(str::to_owned).to_vec(),
            }),
        ),
    ]
}
