ALTER TABLE person_request ADD COLUMN mail_at {int};
ALTER TABLE person_request ADD COLUMN mailed_at {int};
UPDATE person_request SET mail_at = remind_at, mailed_at = reminded_at;
CREATE INDEX person_request_mails ON person_request (mail_at, request_id) WHERE mail_at IS NOT NULL;
