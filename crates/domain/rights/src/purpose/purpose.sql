CREATE TABLE purpose (
    purpose_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    word_blind {bytes} NOT NULL,
    basis {text} NOT NULL,
    made_at {int} NOT NULL,
    ended_at {int},
    terms_sealed {bytes} NOT NULL,
    UNIQUE (tenant_id, word_blind)
) {strict};
CREATE INDEX purpose_by_tenant ON purpose (tenant_id, purpose_id);

CREATE TABLE purpose_notice (
    purpose_id {bytes} NOT NULL REFERENCES purpose (purpose_id) ON DELETE CASCADE,
    version {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    published_at {int} NOT NULL,
    text_hash {bytes} NOT NULL,
    text_sealed {bytes} NOT NULL,
    PRIMARY KEY (purpose_id, version)
) {strict};
