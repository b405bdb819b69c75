//! What is overdue: evidence that ran out, backups that nobody made or tried, a disk that fills.

use crate::deeds::{Sabotage, late};

/// The entries of a register end, and do not.
macro_rules! runs_out {
    ($what:literal, $check:literal, $register:literal) => {
        Sabotage {
            register: Some($register),
            ..late(
                $what,
                $check,
                &[concat!(
                    "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = '",
                    $register,
                    "'"
                )],
                &[concat!(
                    "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = '",
                    $register,
                    "'"
                )],
            )
        }
    };
}

pub(super) const ALL: &[Sabotage] = &[
    late(
        "the newest backup is old",
        "backups-restore",
        &["UPDATE backup_run SET begun_at = 0 WHERE kind = 'backup'"],
        &["UPDATE backup_run SET begun_at = done_at WHERE kind = 'backup'"],
    ),
    late(
        "nobody ever tried a backup",
        "backups-restore",
        &["UPDATE backup_run SET kind = 'none' WHERE kind = 'drill'"],
        &["UPDATE backup_run SET kind = 'drill' WHERE kind = 'none'"],
    ),
    late(
        "a disk is full",
        "there-is-room",
        &["UPDATE disk_reading SET free_bytes = -free_bytes"],
        &["UPDATE disk_reading SET free_bytes = -free_bytes"],
    ),
    late(
        "somebody was given a dataset long ago and never came",
        "unused-rights-end",
        &[
            "INSERT INTO dataset_grant (tenant_id, dataset_id, member_id, given_at) \
             SELECT d.tenant_id, d.dataset_id, m.member_id, 0 FROM dataset d JOIN member m ON m.tenant_id = d.tenant_id \
             WHERE m.class = 'user' AND d.tenant_id = (SELECT tenant_id FROM tenant WHERE slug = 'gallery')",
        ],
        &["DELETE FROM dataset_grant WHERE given_at = 0"],
    ),
    runs_out!(
        "a scan of dependencies is too old",
        "weaknesses-are-closed",
        "vulnerability-scans"
    ),
    runs_out!(
        "a scan from outside is too old",
        "outside-scan-is-recent",
        "vulnerability-scans"
    ),
    runs_out!(
        "a penetration test is too old",
        "penetration-test-is-recent",
        "penetration-tests"
    ),
    runs_out!(
        "an incident is not told of in time",
        "incident-clocks-run",
        "incidents"
    ),
    runs_out!(
        "an assessment was not looked at again",
        "assessments-are-in-date",
        "impact-assessments"
    ),
    runs_out!("a policy was not reviewed", "policies-are-accepted", "policies"),
    runs_out!("a training expired", "training-is-in-date", "training"),
    runs_out!("evidence has run out", "evidence-is-in-date", "training"),
    runs_out!("nobody answered the last test alarm", "alarms-arrive", "on-call"),
    runs_out!(
        "nobody wrote to the published addresses",
        "contacts-answer",
        "contact-tests"
    ),
    runs_out!(
        "thresholds were not looked at again",
        "services-have-thresholds",
        "services"
    ),
    runs_out!(
        "a configuration was approved too long ago",
        "configuration-is-approved",
        "configurations"
    ),
];
