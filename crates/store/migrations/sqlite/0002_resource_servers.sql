-- Resource servers: the APIs of a pool and their custom scopes, which stand in the document.
CREATE TABLE resource_servers (
    pool_id TEXT NOT NULL,
    identifier TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (pool_id, identifier)
) STRICT;
