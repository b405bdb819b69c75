CREATE TABLE portal (
    tenant_id {bytes} NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    settings_sealed {bytes} NOT NULL
) {strict};

CREATE TABLE portal_visit (
    visit_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    state {text} NOT NULL,
    made_at {int} NOT NULL,
    ends_at {int} NOT NULL,
    address_blind {bytes} NOT NULL,
    network_blind {bytes},
    secret_blind {bytes} NOT NULL,
    asked_sealed {bytes} NOT NULL,
    code_blind {bytes},
    code_until_at {int},
    code_tries {int} NOT NULL,
    subject_id {bytes},
    request_id {bytes}
) {strict};
CREATE INDEX portal_visit_by_address ON portal_visit (tenant_id, address_blind, made_at);
CREATE INDEX portal_visit_by_network ON portal_visit (tenant_id, network_blind, made_at);
CREATE INDEX portal_visit_by_end ON portal_visit (tenant_id, ends_at);

CREATE TABLE portal_request (
    request_id {bytes} NOT NULL PRIMARY KEY REFERENCES person_request (request_id) ON DELETE CASCADE,
    tenant_id {bytes} NOT NULL,
    address_blind {bytes} NOT NULL,
    reach_sealed {bytes} NOT NULL
) {strict};
CREATE INDEX portal_request_by_address ON portal_request (tenant_id, address_blind, request_id);
