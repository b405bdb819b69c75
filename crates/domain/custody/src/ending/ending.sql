CREATE TABLE contract_end (
    tenant_id {bytes} NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    delete_after_days {int} NOT NULL,
    reason_sealed {bytes},
    settled_by {bytes} NOT NULL,
    settled_at {int} NOT NULL
) {strict};

CREATE TABLE contract_notice (
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    kind {text} NOT NULL,
    about_at {int} NOT NULL,
    made_at {int} NOT NULL,
    PRIMARY KEY (tenant_id, kind, about_at)
) {strict};

CREATE TABLE tenant_ending (
    tenant_id {bytes} NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    begun_at {int} NOT NULL,
    items {int} NOT NULL,
    versions {int} NOT NULL,
    size_bytes {int} NOT NULL
) {strict};

CREATE TABLE deletion_certificate (
    certificate_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL UNIQUE,
    slug {text} NOT NULL,
    made_at {int} NOT NULL,
    event_id {bytes} NOT NULL,
    statement {text} NOT NULL
) {strict};
