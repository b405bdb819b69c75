CREATE TABLE erasure (
    what_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    kind {text} NOT NULL,
    at {int} NOT NULL
) {strict};
CREATE INDEX erasure_by_time ON erasure (at, what_id);

CREATE TABLE restoration (
    one {int} NOT NULL PRIMARY KEY CHECK (one = 1),
    backup_id {bytes} NOT NULL,
    begun_at {int} NOT NULL,
    done_at {int}
) {strict};

CREATE TABLE backup_run (
    run_id {bytes} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    shelf {text} NOT NULL,
    backup_id {bytes} NOT NULL,
    begun_at {int} NOT NULL,
    done_at {int} NOT NULL
) {strict};
CREATE INDEX backup_run_by_kind ON backup_run (kind, done_at);
