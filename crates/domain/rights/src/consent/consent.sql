CREATE TABLE consent (
    consent_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    purpose_id {bytes} NOT NULL REFERENCES purpose (purpose_id),
    subject_id {bytes},
    given {int} NOT NULL,
    notice {int},
    act {text},
    channel {text} NOT NULL,
    happened_at {int} NOT NULL,
    recorded_at {int} NOT NULL,
    member_id {bytes} NOT NULL,
    proof_sealed {bytes}
) {strict};
CREATE INDEX consent_by_purpose ON consent (subject_id, purpose_id, happened_at, consent_id) WHERE subject_id IS NOT NULL;
CREATE INDEX consent_by_subject ON consent (subject_id, consent_id) WHERE subject_id IS NOT NULL;
