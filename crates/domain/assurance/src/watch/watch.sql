CREATE TABLE watch_run (
    rule {text} NOT NULL PRIMARY KEY,
    ran_at {int} NOT NULL
) {strict};

CREATE TABLE watch_finding (
    finding_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes},
    found_at {int} NOT NULL,
    reads {int} NOT NULL,
    event_id {bytes} NOT NULL
) {strict};
CREATE INDEX watch_finding_by_tenant ON watch_finding (tenant_id, found_at);

CREATE TABLE disk_reading (
    node {text} NOT NULL,
    read_at {int} NOT NULL,
    free_bytes {int} NOT NULL,
    size_bytes {int} NOT NULL,
    PRIMARY KEY (node, read_at)
) {strict};
