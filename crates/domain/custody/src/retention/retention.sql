CREATE TABLE retention_rule (
    scope_id {bytes} NOT NULL,
    kind {text} NOT NULL,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    days {int} NOT NULL,
    counts_from {text} NOT NULL,
    notice_days {int} NOT NULL,
    ground_sealed {bytes},
    changed_by {bytes} NOT NULL,
    changed_at {int} NOT NULL,
    PRIMARY KEY (scope_id, kind)
) {strict};
CREATE INDEX retention_rule_by_tenant ON retention_rule (tenant_id);

CREATE TABLE archive_window (
    scope_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    days {int} NOT NULL,
    changed_by {bytes} NOT NULL,
    changed_at {int} NOT NULL
) {strict};
CREATE INDEX archive_window_by_tenant ON archive_window (tenant_id);

CREATE TABLE retention_notice (
    notice_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    dataset_id {bytes} NOT NULL,
    kind {text} NOT NULL,
    items {int} NOT NULL,
    covers_until {int} NOT NULL,
    rule_since {int} NOT NULL,
    made_at {int} NOT NULL,
    ready_at {int} NOT NULL
) {strict};
CREATE INDEX retention_notice_by_tenant ON retention_notice (tenant_id, notice_id);
CREATE INDEX retention_notice_by_dataset ON retention_notice (dataset_id, kind, made_at);
