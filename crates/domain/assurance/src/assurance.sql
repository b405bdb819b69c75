CREATE TABLE check_result (
    check_name {text} NOT NULL,
    ran_at {int} NOT NULL,
    took_ms {int} NOT NULL,
    outcome {text} NOT NULL,
    reason {text} NOT NULL,
    control {text} NOT NULL,
    facts {text} NOT NULL,
    inputs_hash {bytes} NOT NULL,
    since_at {int} NOT NULL,
    event_id {bytes} NOT NULL,
    PRIMARY KEY (check_name, ran_at)
) {strict};

CREATE TABLE claim_version (
    claim_name {text} NOT NULL,
    began_at {int} NOT NULL,
    state {text} NOT NULL,
    statement {text} NOT NULL,
    reason {text} NOT NULL,
    event_id {bytes} NOT NULL,
    PRIMARY KEY (claim_name, began_at)
) {strict};

CREATE TABLE check_canary (
    canary_id {bytes} NOT NULL PRIMARY KEY,
    marker {text} NOT NULL
) {strict};
