ALTER TABLE person_request ADD COLUMN contact_blind {bytes};
ALTER TABLE person_request ADD COLUMN likely_same_as {bytes};
ALTER TABLE person_request ADD COLUMN same_as {bytes};
CREATE INDEX person_request_by_contact ON person_request (tenant_id, contact_blind) WHERE contact_blind IS NOT NULL;
CREATE INDEX person_request_by_first ON person_request (same_as) WHERE same_as IS NOT NULL;
