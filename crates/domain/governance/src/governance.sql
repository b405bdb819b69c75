CREATE TABLE register_entry (
    entry_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    register {text} NOT NULL,
    made_at {int} NOT NULL,
    newest {int} NOT NULL,
    approved {int},
    valid_until {int},
    sort {text},
    ended_at {int}
) {strict};
CREATE INDEX register_entry_by_register ON register_entry (tenant_id, register, entry_id);
CREATE INDEX register_entry_by_end ON register_entry (tenant_id, valid_until, entry_id);

CREATE TABLE register_version (
    entry_id {bytes} NOT NULL REFERENCES register_entry (entry_id),
    number {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    made_at {int} NOT NULL,
    made_by {bytes} NOT NULL,
    approved_at {int},
    approved_by {bytes},
    valid_until {int},
    sort {text},
    body_sealed {bytes} NOT NULL,
    PRIMARY KEY (entry_id, number)
) {strict};
