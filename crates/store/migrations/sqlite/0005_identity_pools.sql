-- Identity pools: the pools, their identities, and which login leads to which. A deleted pool's identities are swept like a
-- user pool's rows: the ids of the two kinds of pools cannot be the same.

CREATE TABLE identity_pools (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE identities (
    id TEXT NOT NULL PRIMARY KEY,
    pool_id TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX identities_by_pool ON identities (pool_id, id);

CREATE TABLE identity_logins (
    pool_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    PRIMARY KEY (pool_id, provider, subject)
) STRICT, WITHOUT ROWID;
