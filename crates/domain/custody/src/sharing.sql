CREATE TABLE dataset_export (
    export_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    dataset_id {bytes} NOT NULL REFERENCES dataset (dataset_id) ON DELETE CASCADE,
    number {int} NOT NULL,
    state {text} NOT NULL,
    made_at {int} NOT NULL,
    made_by {bytes} NOT NULL,
    items {int} NOT NULL,
    size_bytes {int} NOT NULL,
    format {text},
    manifest_hash {bytes},
    UNIQUE (dataset_id, number)
) {strict};

CREATE TABLE export_entry (
    export_id {bytes} NOT NULL REFERENCES dataset_export (export_id) ON DELETE CASCADE,
    position {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    item_id {bytes} NOT NULL,
    version_id {bytes} NOT NULL,
    set_id {bytes},
    PRIMARY KEY (export_id, position),
    UNIQUE (export_id, item_id)
) {strict};

CREATE TABLE share (
    share_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    dataset_id {bytes} NOT NULL REFERENCES dataset (dataset_id) ON DELETE CASCADE,
    export_id {bytes} REFERENCES dataset_export (export_id) ON DELETE CASCADE,
    made_at {int} NOT NULL,
    made_by {bytes} NOT NULL,
    ends_at {int} NOT NULL,
    withdrawn_at {int},
    originals {int} NOT NULL,
    secret_hash {bytes} NOT NULL,
    key_wrapped {bytes},
    confirmation {bytes} NOT NULL UNIQUE
) {strict};
CREATE INDEX share_by_dataset ON share (dataset_id, share_id);
