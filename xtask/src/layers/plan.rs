//! The plan of the house: every crate in its place, and who may use which foreign library.
//!
//! To add a crate, write its name where it belongs: it may use everything above it in this file.

use super::Floor;

/// The floors from the ground up, and on each floor its crates, in the order in which they may use each other.
pub(super) const FLOORS: &[(Floor, &[&str])] = &[
    (
        Floor::Foundation,
        &[
            "kernel",
            "deadline",
            "sealing",
            "ledger",
            "access",
            "annotation",
            "redaction",
            "rendering",
            "confined",
            "gate",
            "store",
            "operation",
        ],
    ),
    (
        Floor::Domain,
        &[
            "outbox",
            "identity",
            "custody",
            "backup",
            "rights",
            "webhook",
            "governance",
            "assurance",
            "evidence",
        ],
    ),
    (
        Floor::Surfaces,
        &["web", "api", "s3", "console", "portal", "trust"],
    ),
    (Floor::Roof, &["bailee"]),
];

/// The crates of the ground floor that neither store nor transmit anything.
const MECHANISMS: &[&str] = &[
    "kernel",
    "deadline",
    "sealing",
    "ledger",
    "access",
    "annotation",
    "redaction",
    "rendering",
    "confined",
];

/// Crates beside the house, which help to test it. Others may use them in tests only.
///
/// Each stands with the floors it may use, the further crates it may use, and whether tests may use it.
pub(super) const HELPERS: &[Helper] = &[
    Helper {
        name: "engines",
        floors: &[Floor::Foundation],
        also: &[],
        for_tests: true,
    },
    Helper {
        name: "load",
        floors: &[Floor::Foundation],
        also: &["testkit"],
        for_tests: false,
    },
    Helper {
        name: "testkit",
        floors: &[Floor::Foundation, Floor::Domain],
        also: &["api", "engines"],
        for_tests: true,
    },
    Helper {
        name: "xtask",
        floors: &[],
        also: &["engines"],
        for_tests: false,
    },
];

/// A crate beside the house.
pub(super) struct Helper {
    pub(super) name: &'static str,
    pub(super) floors: &'static [Floor],
    pub(super) also: &'static [&'static str],
    pub(super) for_tests: bool,
}

/// Crates that some rooms may not use although the order would allow it, or that are not ours.
pub(super) const BANS: &[Ban] = &[
    Ban {
        what: &[
            "rusqlite",
            "libsqlite3-sys",
            "postgres",
            "tokio-postgres",
            "postgres-types",
        ],
        rooms: Rooms::AllBut(&["store"]),
        in_tests_too: true,
        reason: "`store` alone holds database connections; take a `store` transaction instead",
    },
    Ban {
        what: &["store", "sealing"],
        rooms: Rooms::Floor(Floor::Surfaces),
        in_tests_too: true,
        reason: "surfaces never see SQL or keys; call an operation of a domain crate",
    },
    Ban {
        what: &[
            "axum",
            "axum-core",
            "axum-server",
            "http",
            "http-body",
            "http-body-util",
            "hyper",
            "hyper-util",
            "tower-http",
        ],
        rooms: Rooms::Floor(Floor::Domain),
        in_tests_too: true,
        reason: "domain crates never see HTTP; put it into a surface",
    },
    Ban {
        what: &["store", "operation"],
        rooms: Rooms::Only(MECHANISMS),
        in_tests_too: true,
        reason: "mechanisms neither store anything nor know a tenant; let the caller bring bytes and facts",
    },
    Ban {
        what: &["tokio", "reqwest", "axum", "hyper"],
        rooms: Rooms::Only(MECHANISMS),
        in_tests_too: false,
        reason: "mechanisms do no input or output; take bytes and give bytes",
    },
];

/// What some rooms may not use, and why.
pub(super) struct Ban {
    pub(super) what: &'static [&'static str],
    pub(super) rooms: Rooms,
    pub(super) in_tests_too: bool,
    pub(super) reason: &'static str,
}

/// The rooms a ban speaks of.
pub(super) enum Rooms {
    AllBut(&'static [&'static str]),
    Floor(Floor),
    Only(&'static [&'static str]),
}
