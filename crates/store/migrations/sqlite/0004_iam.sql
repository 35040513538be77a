-- Identity and access management.

-- Every change of IAM increments it, and every signed request reads it.
CREATE TABLE iam_version (
    id INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;
INSERT INTO iam_version (id, version) VALUES (1, 1);

-- Users, roles, managed policies, identity providers. `key` is the name as it is unique.
CREATE TABLE iam_entities (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT;

-- Which users and roles use a managed policy, and how.
CREATE TABLE iam_policy_uses (
    policy_arn TEXT NOT NULL,
    usage TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (policy_arn, usage, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX iam_policy_uses_by_entity ON iam_policy_uses (kind, key);

-- The key of the user whom an access key belongs to; keys made before there were users belong to the administrator.
ALTER TABLE access_keys ADD COLUMN owner TEXT NOT NULL DEFAULT 'administrator';
CREATE INDEX access_keys_by_owner ON access_keys (owner, id);
