-- trusted
SELECT i.id, i.identifier AS fingerprint, CASE i.type WHEN 3 THEN 2 WHEN 4 THEN 3 WHEN 6 THEN 3 ELSE 1 END AS type, i.name,
  i.type IN (1, 4) AS restricted, c.certificate, '' AS description
FROM identities i JOIN identities_certificates x ON x.identity_id = i.id JOIN certificates c ON c.id = x.certificate_id
WHERE i.auth_method = 1 AND i.type IN (1, 2, 3, 4, 6)
-- trust
INSERT INTO identities (auth_method, type, identifier, name, metadata)
  VALUES (1, CASE :type WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 6 END, :print, :name, '');
INSERT INTO certificates (fingerprint, certificate) VALUES (:print, :pem);
INSERT INTO identities_certificates (identity_id, certificate_id)
  SELECT i.id, c.id FROM identities i JOIN certificates c ON c.fingerprint = i.identifier WHERE i.identifier = :print;
-- change
UPDATE identities SET name = :name, type = CASE :type WHEN 1 THEN 2 - :restricted WHEN 2 THEN 3 ELSE 6 - 2 * :restricted END
  WHERE id = :id;
DELETE FROM identities_projects WHERE identity_id = :id;
-- project
INSERT INTO identities_projects (identity_id, project_id) SELECT :id, id FROM projects WHERE name = :project;
-- projects
SELECT p.name FROM identities_projects x JOIN projects p ON p.id = x.project_id WHERE x.identity_id = :id ORDER BY p.id
-- distrust
DELETE FROM certificates WHERE id IN (SELECT certificate_id FROM identities_certificates WHERE identity_id = :id);
DELETE FROM identities WHERE id = :id;
-- identity
INSERT INTO identities (auth_method, type, identifier, name, metadata) VALUES (1, 7, :print, :name, '');
INSERT INTO certificates (fingerprint, certificate) VALUES (:print, :pem);
INSERT INTO identities_certificates (identity_id, certificate_id)
  SELECT i.id, c.id FROM identities i JOIN certificates c ON c.fingerprint = i.identifier WHERE i.identifier = :print;
-- certificate
SELECT c.certificate FROM identities_certificates x JOIN certificates c ON c.id = x.certificate_id WHERE x.identity_id = :id
