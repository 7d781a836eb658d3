-- trusted
SELECT id, fingerprint, type, name, restricted, certificate, description FROM certificates
-- trust
INSERT INTO certificates (fingerprint, type, name, certificate, restricted, description) VALUES (:print, :type, :name, :pem, 0, '');
-- change
UPDATE certificates SET name = :name, type = :type, restricted = :restricted, description = :description WHERE id = :id;
DELETE FROM certificates_projects WHERE certificate_id = :id;
-- project
INSERT INTO certificates_projects (certificate_id, project_id) SELECT :id, id FROM projects WHERE name = :project;
-- projects
SELECT p.name FROM certificates_projects x JOIN projects p ON p.id = x.project_id WHERE x.certificate_id = :id ORDER BY x.rowid
-- distrust
DELETE FROM certificates WHERE id = :id;
