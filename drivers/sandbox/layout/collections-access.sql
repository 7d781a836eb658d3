-- /1.0/auth/groups | table auth_groups | needs access_management | keeps description permissions | missing Authorization group not found
SELECT g.id, g.name, json_object('name', g.name, 'description', g.description,
  'permissions', json((SELECT CASE count(*) WHEN 0 THEN 'null' ELSE json_group_array(json_object('entitlement', entitlement,
    'entity_type', type, 'url', url)) END FROM (SELECT p.entitlement, e.type, e.url FROM auth_groups_permissions p
    JOIN ({entities}) e ON e.code = p.entity_type AND e.id = p.entity_id WHERE p.auth_group_id = g.id ORDER BY p.id))),
  'identities', json((SELECT json_group_object(method, json(list)) FROM (SELECT CASE i.auth_method WHEN 1 THEN 'tls' WHEN 2 THEN 'oidc'
    ELSE 'bearer' END AS method, json_group_array(i.identifier) AS list FROM identities i JOIN identities_auth_groups x ON x.identity_id = i.id
    WHERE x.auth_group_id = g.id GROUP BY i.auth_method))),
  'identity_provider_groups', json((SELECT json_group_array(name) FROM (SELECT o.name FROM identity_provider_groups o
    JOIN auth_groups_identity_provider_groups x ON x.identity_provider_group_id = o.id WHERE x.auth_group_id = g.id ORDER BY o.id))))
FROM auth_groups g WHERE :name IN ('', g.name) ORDER BY g.name
-- /1.0/auth/groups | row name description
SELECT :body ->> '$.name', {described}
-- /1.0/auth/groups | refuse POST
SELECT '!409 Authorization group already exists' FROM auth_groups WHERE name = :body ->> '$.name'
-- /1.0/auth/groups | refuse PUT PATCH DELETE | for lxd:6.7..
SELECT '!400 The admins group cannot be ' || CASE :verb WHEN 'DELETE' THEN 'deleted' ELSE 'modified' END WHERE :name = 'admins'
-- * | as identity
--- The types are those of lxd 6.9, what its API shows.
SELECT i.id, i.identifier, json_object('authentication_method', CASE i.auth_method WHEN 1 THEN 'tls' WHEN 2 THEN 'oidc' ELSE 'bearer' END,
  'type', CASE i.type WHEN 1 THEN 'Client certificate (restricted)' WHEN 2 THEN 'Client certificate (unrestricted)'
    WHEN 3 THEN 'Server certificate' WHEN 4 THEN 'Metrics certificate (restricted)' WHEN 5 THEN 'OIDC client'
    WHEN 6 THEN 'Metrics certificate (unrestricted)' WHEN 7 THEN 'Client certificate' WHEN 8 THEN 'Client certificate (pending)'
    WHEN 9 THEN 'DevLXD token bearer' WHEN 10 THEN 'Client token bearer' WHEN 12 THEN 'Cluster link certificate'
    WHEN 13 THEN 'Cluster link certificate (pending)' ELSE '' END, 'id', i.identifier, 'name', i.name,
  'groups', json((SELECT json_group_array(name) FROM (SELECT a.name FROM identities_auth_groups x JOIN auth_groups a ON a.id = x.auth_group_id
    WHERE x.identity_id = i.id ORDER BY a.name))), 'tls_certificate', ifnull(({certificate}), '')) FROM identities i
-- /1.0/auth/identities/{method} | table identities | needs access_management | without POST | keeps groups | missing Identity not found
{identity} WHERE i.auth_method = CASE :method WHEN 'tls' THEN 1 WHEN 'oidc' THEN 2 WHEN 'bearer' THEN 3 END
AND :name IN ('', i.identifier, i.name) ORDER BY i.id
-- /1.0/auth/identities/{method} | refuse PUT PATCH
SELECT '!404 One or more groups were not found: ' || json_quote(value) FROM json_each(:body, '$.groups')
WHERE value NOT IN (SELECT name FROM auth_groups) LIMIT 1
-- /1.0/auth/identities/{method} | then
DELETE FROM identities_auth_groups WHERE identity_id = :id;
INSERT INTO identities_auth_groups (identity_id, auth_group_id)
SELECT :id, a.id FROM json_each(:body, '$.groups') x JOIN auth_groups a ON a.name = x.value
-- /1.0/auth/identities | table identities | needs access_management | without POST PUT PATCH DELETE ONE
{identity} WHERE :name IN ('', i.identifier) ORDER BY i.id
-- /1.0/certificates | without POST | keeps name type restricted projects certificate fingerprint description | missing Certificate not found | several !404 Certificate not found
--- They are found by the beginning of the fingerprint.
SELECT o.id, o.fingerprint, json_object('name', o.name, 'type', CASE o.type WHEN 1 THEN 'client' WHEN 2 THEN 'server' ELSE 'metrics' END,
  'restricted', json(iif(o.restricted, 'true', 'false')), 'projects', json((SELECT json_group_array(name) FROM ({projects of it}))),
  'certificate', o.certificate, 'fingerprint', o.fingerprint, 'description', o.description)
FROM ({trusted}) o WHERE o.fingerprint LIKE :name || '%' ORDER BY o.fingerprint
-- /1.0/certificates | refuse DELETE | for lxd:5.21.4..5.21 lxd:6.4..
SELECT '!400 Cannot delete a server certificate. Remove the cluster member instead' FROM ({trusted}) WHERE id = :id AND type = 2
