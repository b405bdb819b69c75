CREATE TABLE request_places (
    tenant_id {bytes} NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    places_sealed {bytes} NOT NULL
) {strict};

CREATE TABLE request_task (
    request_id {bytes} NOT NULL REFERENCES person_request (request_id) ON DELETE CASCADE,
    place_blind {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    state {text} NOT NULL,
    settled_at {int},
    settled_by {bytes},
    said_sealed {bytes} NOT NULL,
    file_sealed {bytes},
    PRIMARY KEY (request_id, place_blind)
) {strict};
