-- Authentication: devices, passkeys, tracked sessions, threat protection, configuration documents, permits.

CREATE TABLE devices (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    device_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, device_key)
) STRICT;

CREATE TABLE passkeys (
    pool_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, credential_id)
) STRICT;
CREATE INDEX passkeys_by_user ON passkeys (pool_id, sub, credential_id);

-- `activity` is what was seen of the last use; it changes without the document being read.
CREATE TABLE user_sessions (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    origin_jti TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    activity TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, id)
) STRICT;
CREATE INDEX user_sessions_by_origin ON user_sessions (pool_id, origin_jti);
CREATE INDEX user_sessions_by_age ON user_sessions (pool_id, sub, created_at, id);
CREATE INDEX user_sessions_by_use ON user_sessions (pool_id, sub, kind, last_used_at, id);
CREATE INDEX user_sessions_by_end ON user_sessions (expires_at);

-- Threat protection.
CREATE TABLE auth_events (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, id)
) STRICT;
CREATE INDEX auth_events_by_age ON auth_events (pool_id, sub, created_at, id);
CREATE INDEX auth_events_by_end ON auth_events (created_at);

CREATE TABLE risk_memory (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    kind TEXT NOT NULL,
    value_mac BLOB NOT NULL,
    last_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, kind, value_mac)
) STRICT;
CREATE INDEX risk_memory_by_age ON risk_memory (pool_id, sub, last_at, kind, value_mac);
CREATE INDEX risk_memory_by_end ON risk_memory (last_at);

-- Configuration beside a pool (`key` is empty) or one of its clients (`key` is the client's id).
CREATE TABLE pool_documents (
    pool_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, kind, key)
) STRICT;

-- What may be done once: the row goes with its use.
CREATE TABLE permits (
    pool_id TEXT NOT NULL,
    id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX permits_by_end ON permits (expires_at);
