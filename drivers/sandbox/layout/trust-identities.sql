-- trusted
SELECT id, identifier AS fingerprint, CASE type WHEN 3 THEN 2 WHEN 4 THEN 3 WHEN 6 THEN 3 ELSE 1 END AS type, name,
  type IN (1, 4) AS restricted, json_extract(metadata, '$.cert') AS certificate, '' AS description
FROM identities WHERE auth_method = 1 AND type IN (1, 2, 3, 4, 6)
-- trust
INSERT INTO identities (auth_method, type, identifier, name, metadata)
  VALUES (1, CASE :type WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 6 END, :print, :name, json_object('cert', :pem));
-- change
UPDATE identities SET name = :name, type = CASE :type WHEN 1 THEN 2 - :restricted WHEN 2 THEN 3 ELSE 6 - 2 * :restricted END
  WHERE id = :id;
DELETE FROM identities_projects WHERE identity_id = :id;
-- project
INSERT INTO identities_projects (identity_id, project_id) SELECT :id, id FROM projects WHERE name = :project;
-- projects
SELECT p.name FROM identities_projects x JOIN projects p ON p.id = x.project_id WHERE x.identity_id = :id ORDER BY x.rowid
-- distrust
DELETE FROM identities WHERE id = :id;
-- identity
INSERT INTO identities (auth_method, type, identifier, name, metadata) VALUES (1, 7, :print, :name, json_object('cert', :pem));
-- certificate
SELECT CASE WHEN json_valid(metadata) THEN json_extract(metadata, '$.cert') END FROM identities WHERE id = :id
