CREATE TABLE duty_holder (
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    member_id {bytes} NOT NULL REFERENCES member (member_id),
    duty {text} NOT NULL,
    given_at {int} NOT NULL,
    given_by {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, member_id, duty)
) {strict};

CREATE TABLE duty_pair (
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    pair {text} NOT NULL,
    added_at {int} NOT NULL,
    added_by {bytes} NOT NULL,
    PRIMARY KEY (tenant_id, pair)
) {strict};
