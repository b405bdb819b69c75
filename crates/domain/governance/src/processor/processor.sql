-- What is published of sub-processors, for everybody: it lies in clear.
CREATE TABLE processor_notice (
    entry_id {bytes} NOT NULL REFERENCES register_entry (entry_id),
    number {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    published_at {int} NOT NULL,
    noticed_at {int} NOT NULL,
    active_at {int} NOT NULL,
    terms {text} NOT NULL,
    PRIMARY KEY (entry_id, number)
) {strict};

CREATE TABLE processor_agreement (
    entry_id {bytes} NOT NULL REFERENCES register_entry (entry_id),
    file_hash {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    taken_at {int} NOT NULL,
    taken_by {bytes} NOT NULL,
    file_sealed {bytes} NOT NULL,
    PRIMARY KEY (entry_id, file_hash)
) {strict};

CREATE TABLE processor_choice (
    choice_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    entry_id {bytes} NOT NULL REFERENCES register_entry (entry_id),
    kind {text} NOT NULL,
    region {text} NOT NULL,
    made_at {int} NOT NULL,
    made_by {bytes} NOT NULL,
    ended_at {int}
) {strict};
CREATE INDEX processor_choice_by_tenant ON processor_choice (tenant_id, entry_id, made_at);

CREATE TABLE processor_call (
    call_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    entry_id {bytes} NOT NULL REFERENCES register_entry (entry_id),
    number {int} NOT NULL,
    called_at {int} NOT NULL
) {strict};
CREATE INDEX processor_call_by_tenant ON processor_call (tenant_id, entry_id, called_at);
