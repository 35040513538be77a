-- How users and roles are called now, by their unique id: what trust policies mean, and what they show.
ALTER TABLE iam_entities ADD COLUMN name TEXT COLLATE "C";
ALTER TABLE iam_entities ADD COLUMN unique_id TEXT COLLATE "C";
UPDATE iam_entities SET
    name = document::json ->> 'name',
    unique_id = coalesce(document::json ->> 'user_id', document::json ->> 'role_id')
WHERE kind IN ('user', 'role');
CREATE INDEX iam_entities_by_unique_id ON iam_entities (unique_id);
