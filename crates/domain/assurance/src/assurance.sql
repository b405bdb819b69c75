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

CREATE TABLE attestation (
    attestation_name {text} NOT NULL,
    recorded_at {int} NOT NULL,
    covers_from {int} NOT NULL,
    covers_to {int} NOT NULL,
    valid_until {int} NOT NULL,
    evidence_hash {bytes} NOT NULL,
    event_id {bytes} NOT NULL,
    PRIMARY KEY (attestation_name, recorded_at)
) {strict};

CREATE TABLE check_canary (
    canary_id {bytes} NOT NULL PRIMARY KEY,
    marker {text} NOT NULL
) {strict};
