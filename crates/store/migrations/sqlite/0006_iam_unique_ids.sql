-- How users and roles are called now, by their unique id: what trust policies mean, and what they show.
ALTER TABLE iam_entities ADD COLUMN name TEXT;
ALTER TABLE iam_entities ADD COLUMN unique_id TEXT;
UPDATE iam_entities SET
    name = json_extract(document, '$.name'),
    unique_id = coalesce(json_extract(document, '$.user_id'), json_extract(document, '$.role_id'))
WHERE kind IN ('user', 'role');
CREATE INDEX iam_entities_by_unique_id ON iam_entities (unique_id);
