CREATE TABLE person_request (
    request_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    kind {text} NOT NULL,
    channel {text} NOT NULL,
    state {text} NOT NULL,
    received_at {int} NOT NULL,
    subject_id {bytes},
    under_subject {int} NOT NULL,
    proof_wanted {text} NOT NULL,
    proof_given {text},
    own_due_at {int},
    law_due_at {int},
    queue_at {int} NOT NULL,
    remind_at {int},
    reminded_at {int},
    extended_at {int},
    decision {text},
    ground {text},
    decided_by {bytes},
    closed_at {int},
    key_wrapped {bytes} NOT NULL,
    details_sealed {bytes} NOT NULL,
    draft_sealed {bytes},
    answer_sealed {bytes},
    codes {int} NOT NULL,
    code_tries {int} NOT NULL,
    code_blind {bytes},
    code_until_at {int}
) {strict};
CREATE INDEX person_request_queue ON person_request (tenant_id, queue_at, request_id) WHERE closed_at IS NULL;
CREATE INDEX person_request_closed ON person_request (tenant_id, request_id) WHERE closed_at IS NOT NULL;
CREATE INDEX person_request_reminders ON person_request (tenant_id, remind_at, request_id) WHERE remind_at IS NOT NULL;
CREATE INDEX person_request_by_subject ON person_request (subject_id) WHERE subject_id IS NOT NULL;

CREATE TABLE person_request_pause (
    request_id {bytes} NOT NULL REFERENCES person_request (request_id) ON DELETE CASCADE,
    number {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    from_at {int} NOT NULL,
    to_at {int},
    PRIMARY KEY (request_id, number)
) {strict};

CREATE TABLE person_request_step (
    request_id {bytes} NOT NULL REFERENCES person_request (request_id) ON DELETE CASCADE,
    number {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    taken_at {int} NOT NULL,
    member_id {bytes} NOT NULL,
    step {text} NOT NULL,
    note_sealed {bytes},
    PRIMARY KEY (request_id, number)
) {strict};

CREATE TABLE person_request_proof (
    request_id {bytes} NOT NULL PRIMARY KEY REFERENCES person_request (request_id) ON DELETE CASCADE,
    tenant_id {bytes} NOT NULL,
    given_at {int} NOT NULL,
    key_wrapped {bytes} NOT NULL,
    document_sealed {bytes} NOT NULL
) {strict};

CREATE TABLE person_request_rule (
    tenant_id {bytes} NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    rule_sealed {bytes} NOT NULL
) {strict};
