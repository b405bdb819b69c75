CREATE TABLE subject_merge (
    merge_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    into_id {bytes} NOT NULL REFERENCES subject (subject_id) ON DELETE CASCADE,
    from_id {bytes} NOT NULL REFERENCES subject (subject_id) ON DELETE CASCADE,
    made_by {bytes} NOT NULL,
    made_at {int} NOT NULL,
    undone_by {bytes},
    undone_at {int}
) {strict};
CREATE INDEX subject_merge_by_into ON subject_merge (into_id, merge_id);
CREATE INDEX subject_merge_by_from ON subject_merge (from_id);

CREATE TABLE subject_merge_part (
    merge_id {bytes} NOT NULL REFERENCES subject_merge (merge_id) ON DELETE CASCADE,
    subject_id {bytes} NOT NULL REFERENCES subject (subject_id) ON DELETE CASCADE,
    tenant_id {bytes} NOT NULL,
    PRIMARY KEY (merge_id, subject_id)
) {strict};
CREATE INDEX subject_merge_part_by_subject ON subject_merge_part (subject_id);
