CREATE INDEX person_request_named ON person_request (closed_at) WHERE kind = 'erasure' AND length(key_wrapped) > 0;
