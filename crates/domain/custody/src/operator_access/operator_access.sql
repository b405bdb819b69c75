CREATE TABLE operator_access (
    access_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    asked_by {bytes} NOT NULL,
    asked_at {int} NOT NULL,
    dataset_id {bytes},
    originals {int} NOT NULL,
    minutes {int} NOT NULL,
    reason_sealed {bytes} NOT NULL,
    state {text} NOT NULL,
    decided_by {bytes},
    decided_at {int},
    ends_at {int},
    ended_by {bytes},
    key_id {bytes} UNIQUE
) {strict};
CREATE INDEX operator_access_by_tenant ON operator_access (tenant_id, access_id);
CREATE INDEX operator_access_by_asker ON operator_access (asked_by, access_id);
