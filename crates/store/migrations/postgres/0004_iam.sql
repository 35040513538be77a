-- Identity and access management.

-- Every change of IAM increments it, and every signed request reads it.
CREATE TABLE iam_version (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO iam_version (id, version) VALUES (1, 1);

-- Users, roles, managed policies, identity providers. `key` is the name as it is unique.
CREATE TABLE iam_entities (
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, key)
);

-- Which users and roles use a managed policy, and how.
CREATE TABLE iam_policy_uses (
    policy_arn TEXT COLLATE "C" NOT NULL,
    usage TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (policy_arn, usage, kind, key)
);
CREATE INDEX iam_policy_uses_by_entity ON iam_policy_uses (kind, key);

-- The key of the user whom an access key belongs to; keys made before there were users belong to the administrator.
ALTER TABLE access_keys ADD COLUMN owner TEXT COLLATE "C" NOT NULL DEFAULT 'administrator';
CREATE INDEX access_keys_by_owner ON access_keys (owner, id);
