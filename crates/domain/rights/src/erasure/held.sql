ALTER TABLE subject_erasure ADD COLUMN afterwards {text};
CREATE INDEX subject_erasure_open ON subject_erasure (state, erasure_id) WHERE finished_at IS NULL;
