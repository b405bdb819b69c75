CREATE TABLE subject_erasure (
    erasure_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    person_id {bytes} NOT NULL,
    begun_by {bytes} NOT NULL,
    begun_at {int} NOT NULL,
    state {text} NOT NULL,
    items {int} NOT NULL,
    held_id {bytes},
    shared_id {bytes},
    finished_at {int}
) {strict};
CREATE INDEX subject_erasure_by_tenant ON subject_erasure (tenant_id, erasure_id);
CREATE INDEX subject_erasure_by_person ON subject_erasure (person_id);

CREATE TABLE subject_erasure_item (
    erasure_id {bytes} NOT NULL REFERENCES subject_erasure (erasure_id),
    item_id {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    cause {text} NOT NULL,
    until {int},
    decision {text},
    ground_sealed {bytes},
    settled_at {int},
    PRIMARY KEY (erasure_id, item_id)
) {strict};
CREATE INDEX subject_erasure_item_kept ON subject_erasure_item (item_id) WHERE decision = 'keep';
