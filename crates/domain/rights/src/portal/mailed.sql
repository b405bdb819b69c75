CREATE TABLE request_mail (
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    message_blind {bytes} NOT NULL,
    sender_blind {bytes} NOT NULL,
    request_id {bytes} NOT NULL REFERENCES person_request (request_id) ON DELETE CASCADE,
    arrived_at {int} NOT NULL,
    PRIMARY KEY (tenant_id, message_blind)
) {strict};
CREATE INDEX request_mail_by_sender ON request_mail (tenant_id, sender_blind, arrived_at);
CREATE INDEX request_mail_by_request ON request_mail (request_id);
