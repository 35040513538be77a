-- The main job: pools, clients, users, groups, and what guards sign-in.
-- Times are milliseconds since the epoch. `document` is the record as the domain wrote it; columns beside it are what is
-- looked up, unique or ordered. Rows of some hundred bytes and more live in rowid tables (in a WITHOUT ROWID table they
-- would fill the inner pages of the tree), narrow ones in WITHOUT ROWID tables.

-- Configuration.
CREATE TABLE config_version (id INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT NULL) STRICT;
INSERT INTO config_version (id, version) VALUES (1, 1);

CREATE TABLE pools (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    pool_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX clients_by_pool ON clients (pool_id, id);

CREATE TABLE wrapped_keys (
    pool_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (pool_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
    pool_id TEXT NOT NULL,
    kid TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, kid)
) STRICT;

CREATE TABLE access_keys (id TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL) STRICT;

-- Pools whose rows are still being removed.
CREATE TABLE deleted_pools (
    pool_id TEXT NOT NULL PRIMARY KEY,
    deleted_at INTEGER NOT NULL,
    empty_sweeps INTEGER NOT NULL
) STRICT;

-- Users.
CREATE TABLE users (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    username_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub),
    UNIQUE (pool_id, username_key)
) STRICT;

-- `value_key` is the beginning of a value, `value_rest` what is left of a long one (index rows are bounded in PostgreSQL).
CREATE TABLE user_index (
    pool_id TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value_key TEXT NOT NULL,
    sub TEXT NOT NULL,
    value_rest TEXT NOT NULL,
    PRIMARY KEY (pool_id, attribute, value_key, sub)
) STRICT, WITHOUT ROWID;

CREATE TABLE aliases (
    pool_id TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value_key TEXT NOT NULL,
    sub TEXT NOT NULL,
    PRIMARY KEY (pool_id, attribute, value_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_sub ON aliases (pool_id, sub);

-- Groups.
CREATE TABLE groups (
    pool_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, name)
) STRICT;

CREATE TABLE members (
    pool_id TEXT NOT NULL,
    group_name TEXT NOT NULL,
    sub TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, group_name, sub)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (pool_id, sub, group_name);

-- What guards sign-in.
CREATE TABLE codes (
    pool_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    mac BLOB NOT NULL,
    destination BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (pool_id, subject, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_by_end ON codes (expires_at);

CREATE TABLE spent (
    pool_id TEXT NOT NULL,
    id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_by_end ON spent (expires_at);

CREATE TABLE session_failures (
    pool_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    failed INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_failures_by_end ON session_failures (expires_at);

CREATE TABLE revoked_origins (
    pool_id TEXT NOT NULL,
    origin_jti TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, origin_jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_origins_by_end ON revoked_origins (expires_at);

CREATE TABLE rotated_tokens (
    pool_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    rotated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, token_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rotated_tokens_by_end ON rotated_tokens (expires_at);

CREATE TABLE password_failures (
    pool_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    failed INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX password_failures_by_end ON password_failures (last_at);

CREATE TABLE uses (
    pool_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    used INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, subject, action)
) STRICT, WITHOUT ROWID;
CREATE INDEX uses_by_end ON uses (last_at);

-- Background work.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    pool_id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due_at);
CREATE INDEX outbox_by_pool ON outbox (pool_id, id);

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
