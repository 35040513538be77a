-- The main job: pools, clients, users, groups, and what guards sign-in. The same tables as SQLite's file of this number;
-- the reasons stand there.

-- Configuration.
CREATE TABLE config_version (id BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO config_version (id, version) VALUES (1, 1);

CREATE TABLE pools (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL
);

CREATE TABLE clients (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    pool_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL
);
CREATE INDEX clients_by_pool ON clients (pool_id, id);

CREATE TABLE wrapped_keys (
    pool_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (pool_id, version)
);

CREATE TABLE signing_keys (
    pool_id TEXT COLLATE "C" NOT NULL,
    kid TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, kid)
);

CREATE TABLE access_keys (id TEXT COLLATE "C" NOT NULL PRIMARY KEY, document TEXT COLLATE "C" NOT NULL);

-- Pools whose rows are still being removed.
CREATE TABLE deleted_pools (
    pool_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    deleted_at BIGINT NOT NULL,
    empty_sweeps BIGINT NOT NULL
);

-- Users.
CREATE TABLE users (
    pool_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    username_key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, sub),
    UNIQUE (pool_id, username_key)
);

-- `value_key` is the beginning of a value, `value_rest` what is left of a long one (index rows are bounded in PostgreSQL).
CREATE TABLE user_index (
    pool_id TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    value_key TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    value_rest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, attribute, value_key, sub)
);

CREATE TABLE aliases (
    pool_id TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    value_key TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, attribute, value_key)
);
CREATE INDEX aliases_by_sub ON aliases (pool_id, sub);

-- Groups.
CREATE TABLE groups (
    pool_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, name)
);

CREATE TABLE members (
    pool_id TEXT COLLATE "C" NOT NULL,
    group_name TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, group_name, sub)
);
CREATE INDEX members_by_user ON members (pool_id, sub, group_name);

-- What guards sign-in.
CREATE TABLE codes (
    pool_id TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    mac BYTEA NOT NULL,
    destination BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (pool_id, subject, purpose)
);
CREATE INDEX codes_by_end ON codes (expires_at);

CREATE TABLE spent (
    pool_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, id)
);
CREATE INDEX spent_by_end ON spent (expires_at);

CREATE TABLE session_failures (
    pool_id TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    failed BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, session_id)
);
CREATE INDEX session_failures_by_end ON session_failures (expires_at);

CREATE TABLE revoked_origins (
    pool_id TEXT COLLATE "C" NOT NULL,
    origin_jti TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, origin_jti)
);
CREATE INDEX revoked_origins_by_end ON revoked_origins (expires_at);

CREATE TABLE rotated_tokens (
    pool_id TEXT COLLATE "C" NOT NULL,
    token_id TEXT COLLATE "C" NOT NULL,
    rotated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, token_id)
);
CREATE INDEX rotated_tokens_by_end ON rotated_tokens (expires_at);

CREATE TABLE password_failures (
    pool_id TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    failed BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, subject)
);
CREATE INDEX password_failures_by_end ON password_failures (last_at);

CREATE TABLE uses (
    pool_id TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    used BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, subject, action)
);
CREATE INDEX uses_by_end ON uses (last_at);

-- Background work.
CREATE TABLE outbox (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    pool_id TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (due_at);
CREATE INDEX outbox_by_pool ON outbox (pool_id, id);

CREATE TABLE leases (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);
