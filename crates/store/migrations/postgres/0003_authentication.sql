-- Authentication: devices, passkeys, tracked sessions, threat protection, configuration documents, permits.

CREATE TABLE devices (
    pool_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    device_key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, sub, device_key)
);

CREATE TABLE passkeys (
    pool_id TEXT COLLATE "C" NOT NULL,
    credential_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, credential_id)
);
CREATE INDEX passkeys_by_user ON passkeys (pool_id, sub, credential_id);

-- `activity` is what was seen of the last use; it changes without the document being read.
CREATE TABLE user_sessions (
    pool_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    origin_jti TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    activity TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, sub, id)
);
CREATE INDEX user_sessions_by_origin ON user_sessions (pool_id, origin_jti);
CREATE INDEX user_sessions_by_age ON user_sessions (pool_id, sub, created_at, id);
CREATE INDEX user_sessions_by_use ON user_sessions (pool_id, sub, kind, last_used_at, id);
CREATE INDEX user_sessions_by_end ON user_sessions (expires_at);

-- Threat protection.
CREATE TABLE auth_events (
    pool_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, sub, id)
);
CREATE INDEX auth_events_by_age ON auth_events (pool_id, sub, created_at, id);
CREATE INDEX auth_events_by_end ON auth_events (created_at);

CREATE TABLE risk_memory (
    pool_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    value_mac BYTEA NOT NULL,
    last_at BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, sub, kind, value_mac)
);
CREATE INDEX risk_memory_by_age ON risk_memory (pool_id, sub, last_at, kind, value_mac);
CREATE INDEX risk_memory_by_end ON risk_memory (last_at);

-- Configuration beside a pool (`key` is empty) or one of its clients (`key` is the client's id).
CREATE TABLE pool_documents (
    pool_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, kind, key)
);

-- What may be done once: the row goes with its use.
CREATE TABLE permits (
    pool_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, id)
);
CREATE INDEX permits_by_end ON permits (expires_at);
