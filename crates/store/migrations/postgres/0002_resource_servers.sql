-- Resource servers: the APIs of a pool and their custom scopes, which stand in the document.
CREATE TABLE resource_servers (
    pool_id TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, identifier)
);
