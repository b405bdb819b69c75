CREATE TABLE outbox_key (
    one {int} NOT NULL PRIMARY KEY,
    public {bytes} NOT NULL
) {strict};

CREATE TABLE outbox_letter (
    letter_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes},
    kind {text} NOT NULL,
    about {text},
    made_at {int} NOT NULL,
    until_at {int} NOT NULL,
    if_given_up {text} NOT NULL,
    state {text} NOT NULL,
    ready_at {int},
    attempt {int} NOT NULL,
    trouble {text},
    settled_at {int},
    address_blind {bytes},
    letter_sealed {bytes}
) {strict};
CREATE UNIQUE INDEX outbox_letter_once ON outbox_letter (kind, about);
CREATE INDEX outbox_letter_ready ON outbox_letter (ready_at, letter_id);
CREATE INDEX outbox_letter_by_state ON outbox_letter (state, letter_id);
