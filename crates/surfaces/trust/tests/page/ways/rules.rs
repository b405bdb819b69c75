//! Rules that somebody lifted, and rules too many.

use crate::deeds::{Sabotage, adds, lifts, replaces};

pub(super) const ALL: &[Sabotage] = &[
    lifts("holds hold nothing", "holds-keep", &["limit.hold"]),
    lifts(
        "data without a contract",
        "basis-before-data",
        &["limit.contract"],
    ),
    lifts("terms without a contract", "terms-are-data", &["limit.contract"]),
    lifts(
        "no fresh proof is asked for",
        "second-factor-is-asked",
        &["limit.step-up"],
    ),
    lifts(
        "what is not archived is deleted",
        "rights-equal-the-table",
        &["limit.archive-first"],
    ),
    lifts(
        "admins touch owners",
        "rights-equal-the-table",
        &["ceiling.admin-touches"],
    ),
    lifts(
        "a program opens a dataset with any key",
        "sharing-is-guarded",
        &["limit.share-by-name"],
    ),
    lifts(
        "workforce managers take in admins",
        "nobody-grants-above-themselves",
        &["ceiling.workforce-manager-gives"],
    ),
    lifts(
        "what is in quarantine is handed out",
        "uncleanable-is-held",
        &["limit.quarantine"],
    ),
    lifts(
        "restricting somebody restricts nothing",
        "restriction-stops-reads",
        &["limit.restricted"],
    ),
    adds(
        "workers see members",
        "workers-stay-in-bounds",
        "permit (principal == Class::\"worker\", action == Action::\"member.list\", resource);",
    ),
    adds(
        "what was corrected is not found",
        "corrections-hold",
        "forbid (principal == Class::\"user\", action == Action::\"record.search\", resource);",
    ),
    replaces(
        "who may look takes originals",
        "looking-is-not-taking",
        &["limit.originals"],
        "permit (principal == Class::\"workforce-manager\", action == Action::\"item.download\", resource);",
    ),
];
