CREATE TABLE sign_in_rule (
    tenant_id {bytes} NOT NULL PRIMARY KEY,
    password_floor {text} NOT NULL,
    second_factor {text} NOT NULL,
    idle_minutes {int} NOT NULL,
    absolute_hours {int} NOT NULL,
    changed_at {int} NOT NULL
) {strict};

CREATE TABLE account (
    member_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    password_sealed {bytes} NOT NULL,
    password_floor {text} NOT NULL,
    password_at {int} NOT NULL,
    failures {int} NOT NULL
) {strict};

CREATE TABLE totp (
    member_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    secret_sealed {bytes} NOT NULL,
    made_at {int} NOT NULL,
    last_step {int} NOT NULL
) {strict};

CREATE TABLE passkey (
    credential_hash {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL,
    made_at {int} NOT NULL,
    used_at {int},
    use_count {int} NOT NULL,
    passkey_sealed {bytes} NOT NULL
) {strict};
CREATE INDEX passkey_by_member ON passkey (member_id);

CREATE TABLE passkey_ceremony (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes},
    purpose {text} NOT NULL,
    ends_at {int} NOT NULL
) {strict};
CREATE INDEX passkey_ceremony_by_end ON passkey_ceremony (ends_at);

CREATE TABLE recovery_code (
    member_id {bytes} NOT NULL,
    code_blind {bytes} NOT NULL,
    tenant_id {bytes} NOT NULL,
    made_at {int} NOT NULL,
    used_at {int},
    PRIMARY KEY (member_id, code_blind)
) {strict};

CREATE TABLE known_browser (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL,
    made_at {int} NOT NULL,
    seen_at {int} NOT NULL,
    failures {int} NOT NULL
) {strict};
CREATE INDEX known_browser_by_member ON known_browser (member_id);
CREATE INDEX known_browser_by_age ON known_browser (seen_at);

CREATE TABLE invitation (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL UNIQUE,
    made_at {int} NOT NULL,
    made_by {bytes} NOT NULL,
    ends_at {int} NOT NULL
) {strict};

CREATE TABLE sign_in_step (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL,
    kind {text} NOT NULL,
    proven {text} NOT NULL,
    sign_in_id {bytes},
    state_sealed {bytes},
    tries {int} NOT NULL,
    ends_at {int} NOT NULL
) {strict};
CREATE INDEX sign_in_step_by_end ON sign_in_step (ends_at);
CREATE INDEX sign_in_step_by_member ON sign_in_step (member_id);

CREATE TABLE browser_session (
    session_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL,
    begun_at {int} NOT NULL,
    seen_at {int} NOT NULL,
    idle_at {int} NOT NULL,
    ends_at {int} NOT NULL,
    proven {text} NOT NULL,
    origin_sealed {bytes} NOT NULL
) {strict};
CREATE INDEX browser_session_by_member ON browser_session (member_id, session_id);
CREATE INDEX browser_session_by_end ON browser_session (idle_at);

CREATE TABLE sign_in (
    sign_in_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    member_id {bytes} NOT NULL,
    happened_at {int} NOT NULL,
    outcome {text} NOT NULL,
    origin_sealed {bytes} NOT NULL
) {strict};
CREATE INDEX sign_in_by_member ON sign_in (member_id, sign_in_id);
CREATE INDEX sign_in_by_age ON sign_in (happened_at);

CREATE TABLE throttle (
    scope_blind {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    failures {int} NOT NULL,
    last_at {int} NOT NULL,
    until_at {int} NOT NULL
) {strict};
CREATE INDEX throttle_by_age ON throttle (last_at);

CREATE TABLE oidc_provider (
    tenant_id {bytes} NOT NULL PRIMARY KEY,
    settings_sealed {bytes} NOT NULL,
    changed_at {int} NOT NULL
) {strict};

CREATE TABLE oidc_subject (
    member_id {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    subject_blind {bytes} NOT NULL,
    bound_at {int} NOT NULL,
    UNIQUE (tenant_id, subject_blind)
) {strict};

CREATE TABLE oidc_way (
    state_hash {bytes} NOT NULL PRIMARY KEY,
    tenant_id {bytes} NOT NULL,
    browser_hash {bytes} NOT NULL,
    member_id {bytes},
    session_id {bytes},
    begun_at {int} NOT NULL,
    used_at {int},
    ends_at {int} NOT NULL
) {strict};
CREATE INDEX oidc_way_by_browser ON oidc_way (browser_hash);
CREATE INDEX oidc_way_by_end ON oidc_way (ends_at);
