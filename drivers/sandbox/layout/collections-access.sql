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
SELECT '!400 The admins group cannot be ' || CASE :method WHEN 'DELETE' THEN 'deleted' ELSE 'modified' END WHERE :name = 'admins'
