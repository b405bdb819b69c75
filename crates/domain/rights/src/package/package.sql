CREATE TABLE person_package (
    request_id {bytes} NOT NULL PRIMARY KEY REFERENCES person_request (request_id) ON DELETE CASCADE,
    tenant_id {bytes} NOT NULL,
    offered_at {int} NOT NULL,
    until_at {int} NOT NULL,
    member_id {bytes} NOT NULL
) {strict};
