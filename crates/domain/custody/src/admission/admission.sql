CREATE TABLE admission_step (
    step_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    kind {text} NOT NULL,
    revision {int} NOT NULL,
    step_sealed {bytes} NOT NULL,
    changed_at {int} NOT NULL,
    changed_by {bytes} NOT NULL
) {strict};
CREATE INDEX admission_step_by_tenant ON admission_step (tenant_id, step_id);

CREATE TABLE admission_done (
    step_id {bytes} NOT NULL REFERENCES admission_step (step_id) ON DELETE CASCADE,
    member_id {bytes} NOT NULL REFERENCES member (member_id),
    tenant_id {bytes} NOT NULL,
    revision {int} NOT NULL,
    done_at {int} NOT NULL,
    good_until {int},
    recorded_at {int} NOT NULL,
    recorded_by {bytes} NOT NULL,
    evidence_sealed {bytes},
    PRIMARY KEY (step_id, member_id)
) {strict};
CREATE INDEX admission_done_by_member ON admission_done (member_id);
