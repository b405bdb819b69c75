//! What people are promised about their own data, about who works with it, and about what is kept of it.

use crate::deeds::{Sabotage, rows};

/// A request of the team `lab`, of long ago, to be undone by the second.
macro_rules! request {
    ($what:literal, $check:literal, $($and:literal),+) => {
        rows(
            $what,
            $check,
            &[
                "INSERT INTO person_request (request_id, tenant_id, kind, channel, state, received_at, under_subject, proof_wanted, \
                 proof_given, own_due_at, law_due_at, queue_at, key_wrapped, details_sealed, codes, code_tries) \
                 SELECT tenant_id, tenant_id, 'access', 'staff', 'open', 0, 0, 'staff-check', 'staff-check', \
                 9000000000000000, 6000000000000, 0, tenant_id, tenant_id, 0, 0 FROM tenant WHERE slug = 'lab'",
                $($and),+
            ],
            &[
                "DELETE FROM person_package WHERE until_at = 1",
                "DELETE FROM person_request WHERE received_at = 0",
            ],
        )
    };
}

pub(super) const ALL: &[Sabotage] = &[
    rows(
        "somebody who left the operator is let in again",
        "leavers-are-out",
        &["UPDATE member SET state = 'active', external_blind = member_id \
             WHERE state = 'disabled' AND tenant_id = (SELECT operator_tenant FROM installation)"],
        &["UPDATE member SET state = 'disabled', external_blind = NULL WHERE external_blind = member_id"],
    ),
    rows(
        "somebody who left the operator is invited to come back",
        "leavers-are-out",
        &[
            "INSERT INTO invitation (token_hash, tenant_id, member_id, made_at, made_by, ends_at) \
             SELECT member_id, tenant_id, member_id, 0, member_id, 9000000000000000 FROM member \
             WHERE state = 'disabled' AND tenant_id = (SELECT operator_tenant FROM installation)",
        ],
        &["DELETE FROM invitation WHERE made_at = 0"],
    ),
    request!(
        "a request was let lie beyond the date of the law",
        "request-clocks-run",
        "UPDATE person_request SET law_due_at = 1 WHERE received_at = 0"
    ),
    request!(
        "the clock of a request was stopped",
        "request-clocks-run",
        "UPDATE person_request SET own_due_at = NULL, law_due_at = NULL WHERE received_at = 0"
    ),
    request!(
        "the date of a request was moved into next century",
        "request-clocks-run",
        "UPDATE person_request SET law_due_at = 9000000000000000 WHERE received_at = 0"
    ),
    request!(
        "somebody was answered of whom nobody knew who it was",
        "requesters-are-identified",
        "UPDATE person_request SET state = 'answered', proof_given = NULL WHERE received_at = 0"
    ),
    request!(
        "a package lies ready for whoever comes",
        "requesters-are-identified",
        "UPDATE person_request SET proof_given = NULL WHERE received_at = 0",
        "INSERT INTO person_package (request_id, tenant_id, offered_at, until_at, member_id) \
         SELECT tenant_id, tenant_id, 0, 1, tenant_id FROM tenant WHERE slug = 'lab'"
    ),
    rows(
        "an answer costs something",
        "no-fee-stands-in-the-way",
        &["CREATE TABLE person_request_fee (cents BIGINT)"],
        &["DROP TABLE person_request_fee"],
    ),
    rows(
        "what is about somebody who is erased is held back",
        "erasure-is-complete",
        &["UPDATE dataset SET hold_default = 'compliance:3650'"],
        &["UPDATE dataset SET hold_default = NULL"],
    ),
    rows(
        "agreements have lost their entries",
        "consent-receipts-verify",
        &[
            "CREATE TABLE aside AS SELECT event_id FROM event WHERE action = 'consent.record'",
            "UPDATE event SET action = 'consent.forgotten' WHERE event_id IN (SELECT event_id FROM aside)",
        ],
        &[
            "UPDATE event SET action = 'consent.record' WHERE event_id IN (SELECT event_id FROM aside)",
            "DROP TABLE aside",
        ],
    ),
    rows(
        "people worked who had not accepted a policy",
        "policies-are-accepted",
        &["UPDATE admission_step SET changed_at = 0 WHERE kind = 'policy'"],
        &["UPDATE admission_step SET changed_at = 9000000000000000 WHERE kind = 'policy'"],
    ),
    rows(
        "people worked who had not learnt how",
        "training-is-in-date",
        &["UPDATE admission_step SET changed_at = 0 WHERE kind = 'training'"],
        &["UPDATE admission_step SET changed_at = 9000000000000000 WHERE kind = 'training'"],
    ),
    rows(
        "bytes are kept beside a bucket of the customer's own",
        "own-buckets-keep-their-bytes",
        &[
            "UPDATE dataset SET own_bucket_sealed = settings_sealed WHERE dataset_id IN (SELECT dataset_id FROM item)",
        ],
        &["UPDATE dataset SET own_bucket_sealed = NULL WHERE dataset_id IN (SELECT dataset_id FROM item)"],
    ),
    rows(
        "a restoration was left half-way",
        "erased-stays-erased-in-backups",
        &[
            "INSERT INTO restoration (one, backup_id, begun_at) SELECT 1, tenant_id, 0 FROM tenant WHERE slug = 'lab'",
        ],
        &["DELETE FROM restoration"],
    ),
    rows(
        "nobody watches who reads very much",
        "mass-reading-is-noticed",
        &["UPDATE watch_run SET ran_at = ran_at + 9000000000000 WHERE rule = 'mass-reading'"],
        &["UPDATE watch_run SET ran_at = ran_at - 9000000000000 WHERE rule = 'mass-reading'"],
    ),
];
