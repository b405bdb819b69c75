CREATE TABLE event (
    event_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    happened_at {int} NOT NULL,
    key_id {bytes},
    member_id {bytes},
    action {text} NOT NULL,
    outcome {text} NOT NULL,
    dataset_id {bytes},
    item_id {bytes},
    sealed {bytes} NOT NULL,
    commitment {bytes} NOT NULL
) {strict};
CREATE INDEX event_by_tenant ON event (tenant_id, event_id);
CREATE INDEX event_by_key ON event (key_id, event_id);
CREATE INDEX event_by_item ON event (item_id, event_id);
-- Rare acts, quiet members and refusals are found among millions of others without looking at those.
CREATE INDEX event_by_action ON event (tenant_id, action, event_id);
CREATE INDEX event_by_member ON event (tenant_id, member_id, event_id);
CREATE INDEX event_not_done ON event (tenant_id, event_id) WHERE outcome <> 'done';

CREATE TABLE log_pending (
    event_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    commitment {bytes} NOT NULL
) {strict};

CREATE TABLE log_entry (
    log_index {int} NOT NULL PRIMARY KEY,
    event_id {bytes} NOT NULL UNIQUE,
    tenant_id {bytes} NOT NULL,
    chain_number {int} NOT NULL,
    link {bytes} NOT NULL,
    UNIQUE (tenant_id, chain_number)
) {strict};

CREATE TABLE log_chain (
    tenant_id {bytes} NOT NULL PRIMARY KEY,
    next_number {int} NOT NULL,
    last_link {bytes} NOT NULL
) {strict};

CREATE TABLE log_tile (
    tile_level {int} NOT NULL,
    tile_index {int} NOT NULL,
    hashes {bytes} NOT NULL,
    PRIMARY KEY (tile_level, tile_index)
) {strict};

CREATE TABLE log_checkpoint (
    tree_size {int} NOT NULL PRIMARY KEY,
    signed_at {int} NOT NULL,
    note {text} NOT NULL
) {strict};
