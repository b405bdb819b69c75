CREATE TABLE legal_hold (
    hold_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    covers {text} NOT NULL,
    target_id {bytes},
    reason_sealed {bytes} NOT NULL,
    two_people {int} NOT NULL,
    placed_by {bytes} NOT NULL,
    placed_at {int} NOT NULL,
    until {int},
    lift_asked_by {bytes},
    lift_asked_at {int},
    lifted_by {bytes},
    lifted_at {int}
) {strict};
CREATE INDEX legal_hold_by_tenant ON legal_hold (tenant_id, hold_id);
CREATE INDEX legal_hold_live ON legal_hold (tenant_id) WHERE lifted_at IS NULL;

CREATE TABLE legal_hold_subject (
    hold_id {bytes} NOT NULL REFERENCES legal_hold (hold_id),
    subject_id {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    PRIMARY KEY (hold_id, subject_id)
) {strict};

CREATE TABLE legal_hold_item (
    hold_id {bytes} NOT NULL REFERENCES legal_hold (hold_id),
    item_id {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    PRIMARY KEY (hold_id, item_id)
) {strict};

CREATE TABLE legal_hold_rule (
    tenant_id {bytes} NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    two_people {int} NOT NULL,
    changed_by {bytes} NOT NULL,
    changed_at {int} NOT NULL
) {strict};
