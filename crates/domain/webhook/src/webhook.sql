CREATE TABLE webhook (
    webhook_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL REFERENCES tenant (tenant_id),
    made_at {int} NOT NULL,
    made_by {bytes} NOT NULL,
    state {text} NOT NULL,
    state_at {int} NOT NULL,
    events {text} NOT NULL,
    target_blind {bytes} NOT NULL,
    target_sealed {bytes} NOT NULL,
    secret_sealed {bytes} NOT NULL,
    former_sealed {bytes},
    former_until {int},
    next_number {int} NOT NULL,
    failing_since {int},
    failures {int} NOT NULL,
    UNIQUE (tenant_id, target_blind)
) {strict};
CREATE INDEX webhook_by_tenant ON webhook (tenant_id, webhook_id);

CREATE TABLE webhook_delivery (
    delivery_id {bytes} NOT NULL PRIMARY KEY,
    webhook_id {bytes} NOT NULL REFERENCES webhook (webhook_id),
    tenant_id {bytes} NOT NULL,
    event_id {bytes},
    made_at {int} NOT NULL,
    state {text} NOT NULL,
    ready_at {int},
    fence {int} NOT NULL,
    attempt {int} NOT NULL,
    tries {int} NOT NULL,
    tried_at {int},
    status {int},
    millis {int},
    trouble {text},
    UNIQUE (webhook_id, event_id)
) {strict};
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, ready_at);
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook_id, delivery_id);
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (made_at);

CREATE TABLE webhook_attempt (
    delivery_id {bytes} NOT NULL REFERENCES webhook_delivery (delivery_id),
    attempt {int} NOT NULL,
    tenant_id {bytes} NOT NULL,
    tried_at {int} NOT NULL,
    status {int},
    millis {int} NOT NULL,
    trouble {text},
    PRIMARY KEY (delivery_id, attempt)
) {strict};
