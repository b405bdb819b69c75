CREATE TABLE installation (
    one {int} NOT NULL PRIMARY KEY CHECK (one = 1),
    made_at {int} NOT NULL,
    operator_tenant {bytes} NOT NULL,
    root_id {text} NOT NULL,
    root_check {bytes} NOT NULL,
    log_origin {text} NOT NULL,
    log_verifier {text} NOT NULL,
    log_key_wrapped {bytes} NOT NULL
) {strict};

CREATE TABLE tenant (
    tenant_id {bytes} NOT NULL PRIMARY KEY,
    slug {text} NOT NULL UNIQUE,
    business {text} NOT NULL,
    custody_mode {text} NOT NULL,
    made_at {int} NOT NULL,
    profile_sealed {bytes} NOT NULL,
    root_id {text},
    key_wrapped {bytes},
    letterbox {bytes} NOT NULL,
    letterbox_sealed {bytes} NOT NULL
) {strict};

CREATE TABLE contract (
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    version {int} NOT NULL,
    signed_at {int} NOT NULL,
    signed_by {bytes} NOT NULL,
    starts_at {int} NOT NULL,
    ends_at {int},
    region {text} NOT NULL,
    retention_days {int},
    terms_sealed {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, version)
) {strict};

CREATE TABLE member (
    member_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    class {text} NOT NULL,
    state {text} NOT NULL,
    made_at {int} NOT NULL,
    profile_sealed {bytes} NOT NULL,
    email_blind {bytes} NOT NULL,
    external_blind {bytes},
    UNIQUE (tenant_id, email_blind)
) {strict};
CREATE INDEX member_by_tenant ON member (tenant_id, member_id);
CREATE INDEX member_by_external ON member (tenant_id, external_blind);

CREATE TABLE api_key (
    key_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    member_id {bytes} NOT NULL REFERENCES member (member_id),
    kind {text} NOT NULL,
    scope_sealed {bytes} NOT NULL,
    label_sealed {bytes} NOT NULL,
    secret_hash {bytes} NOT NULL,
    tenant_key_wrapped {bytes},
    made_at {int} NOT NULL,
    made_by {bytes},
    expires_at {int},
    invalidated_at {int},
    signing_sealed {bytes},
    parent_key {bytes},
    task_id {bytes},
    fresh_until {int}
) {strict};
CREATE INDEX api_key_by_parent ON api_key (parent_key);
CREATE INDEX api_key_by_tenant ON api_key (tenant_id, key_id);
CREATE INDEX api_key_by_member ON api_key (member_id);

CREATE TABLE dataset (
    dataset_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    name_blind {bytes} NOT NULL,
    settings_sealed {bytes} NOT NULL,
    key_wrapped {bytes} NOT NULL,
    state {text} NOT NULL,
    made_at {int} NOT NULL,
    archived_at {int},
    hold_default {text},
    region {text} NOT NULL,
    version_notes_sealed {bytes},
    own_bucket_sealed {bytes},
    ingest_sealed {bytes},
    made_by {bytes},
    UNIQUE (tenant_id, name_blind)
) {strict};
CREATE INDEX dataset_by_tenant ON dataset (tenant_id, dataset_id);

CREATE TABLE dataset_grant (
    tenant_id {bytes} NOT NULL,
    dataset_id {bytes} NOT NULL REFERENCES dataset (dataset_id) ON DELETE CASCADE,
    member_id {bytes} NOT NULL REFERENCES member (member_id),
    given_at {int} NOT NULL,
    given_by {bytes},
    ends_at {int},
    PRIMARY KEY (dataset_id, member_id)
) {strict};
CREATE INDEX dataset_grant_by_member ON dataset_grant (member_id);

CREATE TABLE subject (
    subject_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    person_id {bytes} NOT NULL,
    key_wrapped {bytes} NOT NULL,
    made_at {int} NOT NULL,
    restricted_at {int}
) {strict};
CREATE INDEX subject_by_tenant ON subject (tenant_id, subject_id);
CREATE INDEX subject_by_person ON subject (person_id, subject_id);

CREATE TABLE subject_identifier (
    identifier_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    subject_id {bytes} NOT NULL REFERENCES subject (subject_id) ON DELETE CASCADE,
    value_blind {bytes} NOT NULL,
    value_sealed {bytes} NOT NULL,
    made_at {int} NOT NULL,
    UNIQUE (tenant_id, value_blind)
) {strict};
CREATE INDEX subject_identifier_by_subject ON subject_identifier (subject_id, identifier_id);

CREATE TABLE subject_gone (
    tenant_id {bytes} NOT NULL,
    mark_blind {bytes} NOT NULL,
    effect {text} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (tenant_id, mark_blind)
) {strict};

CREATE TABLE item (
    item_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    dataset_id {bytes} NOT NULL REFERENCES dataset (dataset_id),
    kind {text} NOT NULL,
    name_blind {bytes} NOT NULL,
    name_sealed {bytes} NOT NULL,
    subject_id {bytes} REFERENCES subject (subject_id),
    state {text} NOT NULL,
    made_at {int} NOT NULL,
    changed_at {int} NOT NULL,
    archived_at {int},
    version_id {bytes} NOT NULL,
    placed {int} NOT NULL DEFAULT 0,
    free_at {int} DEFAULT 0,
    UNIQUE (dataset_id, name_blind)
) {strict};
CREATE INDEX item_free ON item (dataset_id, free_at, item_id) WHERE state = 'active' AND free_at IS NOT NULL;
CREATE INDEX item_unplaced ON item (dataset_id, item_id) WHERE placed = 0;
CREATE INDEX item_by_dataset ON item (dataset_id, item_id);
CREATE INDEX item_archived ON item (dataset_id, item_id) WHERE state = 'archived';
CREATE INDEX item_by_subject ON item (subject_id);

CREATE TABLE item_subject (
    subject_id {bytes} NOT NULL REFERENCES subject (subject_id) ON DELETE CASCADE,
    item_id {bytes} NOT NULL REFERENCES item (item_id) ON DELETE CASCADE,
    tenant_id {bytes} NOT NULL,
    source {text} NOT NULL,
    made_by {bytes} NOT NULL,
    made_at {int} NOT NULL,
    PRIMARY KEY (subject_id, item_id)
) {strict};
CREATE INDEX item_subject_by_item ON item_subject (item_id);

CREATE TABLE name_page (
    dataset_id {bytes} NOT NULL REFERENCES dataset (dataset_id) ON DELETE CASCADE,
    page {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    key_wrapped {bytes} NOT NULL,
    page_sealed {bytes} NOT NULL,
    PRIMARY KEY (dataset_id, page)
) {strict};

CREATE TABLE item_version (
    version_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    item_id {bytes} NOT NULL REFERENCES item (item_id) ON DELETE CASCADE,
    number {int} NOT NULL,
    made_at {int} NOT NULL,
    made_by {bytes},
    size_bytes {int} NOT NULL,
    key_wrapped {bytes} NOT NULL,
    meta_sealed {bytes} NOT NULL,
    object_id {bytes},
    object_place {text},
    inline_sealed {bytes},
    quarantined_at {int},
    quarantine_sealed {bytes},
    UNIQUE (item_id, number)
) {strict};
CREATE INDEX item_version_quarantined ON item_version (tenant_id, version_id) WHERE quarantined_at IS NOT NULL;
CREATE INDEX item_version_by_object ON item_version (object_place, object_id);

CREATE TABLE annotation_set (
    set_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    item_id {bytes} NOT NULL,
    version_id {bytes} NOT NULL REFERENCES item_version (version_id) ON DELETE CASCADE,
    number {int} NOT NULL,
    made_at {int} NOT NULL,
    made_by {bytes} NOT NULL,
    task_id {bytes},
    set_sealed {bytes} NOT NULL,
    UNIQUE (version_id, number)
) {strict};

CREATE TABLE item_marker (
    marker_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    item_id {bytes} NOT NULL REFERENCES item (item_id),
    number {int} NOT NULL,
    above {int} NOT NULL,
    at {int} NOT NULL,
    UNIQUE (item_id, number)
) {strict};

CREATE TABLE own_bucket_trash (
    version_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    object_sealed {bytes} NOT NULL,
    at {int} NOT NULL
) {strict};
CREATE INDEX own_bucket_trash_by_tenant ON own_bucket_trash (tenant_id, at);

CREATE TABLE upload (
    upload_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    dataset_id {bytes} NOT NULL REFERENCES dataset (dataset_id),
    version_id {bytes} NOT NULL UNIQUE,
    member_id {bytes} NOT NULL,
    key_wrapped {bytes} NOT NULL,
    plan_sealed {bytes} NOT NULL,
    made_at {int} NOT NULL
) {strict};
CREATE INDEX upload_by_dataset ON upload (dataset_id, upload_id);
CREATE INDEX upload_by_age ON upload (made_at);

CREATE TABLE version_part (
    version_id {bytes} NOT NULL,
    number {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    part_id {bytes} NOT NULL UNIQUE,
    size_bytes {int} NOT NULL,
    meta_sealed {bytes} NOT NULL,
    object_id {bytes},
    object_place {text},
    inline_sealed {bytes},
    made_at {int} NOT NULL,
    PRIMARY KEY (version_id, number)
) {strict};
CREATE INDEX version_part_by_object ON version_part (object_place, object_id);

CREATE TABLE item_hold (
    version_id {bytes} NOT NULL PRIMARY KEY REFERENCES item_version (version_id) ON DELETE CASCADE,
    item_id {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    mode {text},
    until {int},
    legal {int} NOT NULL
) {strict};
CREATE INDEX item_hold_by_item ON item_hold (item_id);

CREATE TABLE field_index (
    dataset_id {bytes} NOT NULL,
    value_blind {bytes} NOT NULL,
    item_id {bytes} NOT NULL REFERENCES item (item_id) ON DELETE CASCADE,
    tenant_id {bytes} NOT NULL,
    PRIMARY KEY (dataset_id, value_blind, item_id)
) {strict};
CREATE INDEX field_index_by_item ON field_index (item_id);

CREATE TABLE task (
    task_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    dataset_id {bytes} NOT NULL REFERENCES dataset (dataset_id) ON DELETE CASCADE,
    member_id {bytes} NOT NULL REFERENCES member (member_id),
    taken_at {int} NOT NULL,
    ends_at {int} NOT NULL,
    state {text} NOT NULL,
    originals {int} NOT NULL,
    reason_sealed {bytes}
) {strict};
CREATE INDEX task_by_dataset ON task (dataset_id, task_id);
CREATE INDEX task_by_dataset_and_member ON task (dataset_id, member_id);
CREATE INDEX task_by_member ON task (member_id, task_id);
CREATE INDEX task_live_by_end ON task (ends_at) WHERE state = 'live';
CREATE INDEX task_live_by_member ON task (member_id, dataset_id, ends_at) WHERE state = 'live';

CREATE TABLE task_item (
    task_id {bytes} NOT NULL REFERENCES task (task_id) ON DELETE CASCADE,
    item_id {bytes} NOT NULL REFERENCES item (item_id) ON DELETE CASCADE,
    tenant_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL,
    state {text} NOT NULL,
    changed_at {int} NOT NULL,
    reason_sealed {bytes},
    dataset_id {bytes} NOT NULL,
    submitted_at {int},
    PRIMARY KEY (task_id, item_id)
) {strict};
CREATE INDEX task_item_submitted ON task_item (dataset_id, item_id) WHERE state = 'submitted';
CREATE INDEX task_item_returned ON task_item (dataset_id, member_id) WHERE state = 'returned';
CREATE INDEX task_item_by_item ON task_item (item_id, member_id, state);

CREATE TABLE replay (
    key_id {bytes} NOT NULL,
    idempotency_hash {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    request_hash {bytes} NOT NULL,
    answer_sealed {bytes} NOT NULL,
    made_at {int} NOT NULL,
    PRIMARY KEY (key_id, idempotency_hash)
) {strict};
CREATE INDEX replay_by_age ON replay (made_at);
