//! What somebody can do to an installation, and what has to come of it.

use std::path::Path;

use assurance::Program;
use assurance::check::Outcome;
use governance::egress::Egress;
use testkit::OwnDoor;

/// A way to break something, with the check that has to notice.
pub(crate) struct Sabotage {
    pub(crate) what: &'static str,
    pub(crate) check: &'static str,
    pub(crate) comes_to: Outcome,
    /// Sentences that hang on this register change as well, whatever check they have.
    pub(crate) register: Option<&'static str>,
    pub(crate) deed: Deed,
}

/// Statements of which no act is made.
pub(crate) type Statements = &'static [&'static str];

pub(crate) enum Deed {
    /// Rules are lifted, and a permission is given too many, or a prohibition.
    Rules { lifted: Statements, more: &'static str },
    /// Rows that no act made, and how to put them back.
    Rows { breaks: Statements, mends: Statements },
    /// The same in the words of SQLite and of PostgreSQL.
    Told {
        breaks: &'static [(&'static str, &'static str)],
        mends: &'static [(&'static str, &'static str)],
    },
    /// The server's own door is not what it was, and is again.
    Door {
        breaks: fn(&OwnDoor),
        mends: fn(&OwnDoor),
    },
    /// The server is started with something else.
    Started(fn(Program) -> Program),
    /// Something is done to every file in a folder of the backup's shelf, until they are brought back.
    Shelf { below: &'static str, hurt: fn(&Path) },
    /// The gate lists whom it should not, and does not any more.
    Gate { breaks: fn(&Egress), mends: fn(&Egress) },
    /// Whatever words are made by chance are written down in clear beside what is sealed, and in the log.
    Leaks,
}

pub(crate) const fn breaks(what: &'static str, check: &'static str, deed: Deed) -> Sabotage {
    Sabotage {
        what,
        check,
        comes_to: Outcome::BrokenPromise,
        register: None,
        deed,
    }
}

/// A rule is lifted.
pub(crate) const fn lifts(what: &'static str, check: &'static str, lifted: Statements) -> Sabotage {
    breaks(what, check, Deed::Rules { lifted, more: "" })
}

/// There is a rule more.
pub(crate) const fn adds(what: &'static str, check: &'static str, more: &'static str) -> Sabotage {
    breaks(what, check, Deed::Rules { lifted: &[], more })
}

/// A rule is lifted, and there is one more.
pub(crate) const fn replaces(
    what: &'static str,
    check: &'static str,
    lifted: Statements,
    more: &'static str,
) -> Sabotage {
    breaks(what, check, Deed::Rules { lifted, more })
}

pub(crate) const fn rows(
    what: &'static str,
    check: &'static str,
    broken: Statements,
    mends: Statements,
) -> Sabotage {
    breaks(
        what,
        check,
        Deed::Rows {
            breaks: broken,
            mends,
        },
    )
}

/// As [`rows`], of what is overdue and not broken.
pub(crate) const fn late(
    what: &'static str,
    check: &'static str,
    broken: Statements,
    mends: Statements,
) -> Sabotage {
    Sabotage {
        comes_to: Outcome::Late,
        ..rows(what, check, broken, mends)
    }
}

pub(crate) const fn told(
    what: &'static str,
    check: &'static str,
    broken: &'static [(&'static str, &'static str)],
    mends: &'static [(&'static str, &'static str)],
) -> Sabotage {
    breaks(
        what,
        check,
        Deed::Told {
            breaks: broken,
            mends,
        },
    )
}

pub(crate) const fn door(
    what: &'static str,
    check: &'static str,
    broken: fn(&OwnDoor),
    mends: fn(&OwnDoor),
) -> Sabotage {
    breaks(
        what,
        check,
        Deed::Door {
            breaks: broken,
            mends,
        },
    )
}

pub(crate) const fn started(
    what: &'static str,
    check: &'static str,
    other: fn(Program) -> Program,
) -> Sabotage {
    breaks(what, check, Deed::Started(other))
}

pub(crate) const fn leaks(what: &'static str, check: &'static str) -> Sabotage {
    breaks(what, check, Deed::Leaks)
}
