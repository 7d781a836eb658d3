-- * | as members
'members', json((SELECT json_group_array(name) FROM (SELECT n.name FROM nodes_cluster_groups x JOIN nodes n ON n.id = x.node_id
  WHERE x.group_id = g.id ORDER BY n.id)))
-- /1.0/cluster/groups | table cluster_groups | in cluster | missing Cluster group not found | acting !500 Query deleted 0 rows instead of 1 | keeps description members | for lxd incus:6.0
SELECT g.id, g.name, json_object('name', g.name, 'description', g.description, {members})
FROM cluster_groups g WHERE :name IN ('', g.name) ORDER BY g.id
-- /1.0/cluster/groups | table cluster_groups | owner cluster_group_id | in cluster | missing Cluster group not found | acting !500 Query deleted 0 rows instead of 1 | keeps description members config | for incus:6.1..
--- The extension clustering_groups_config came with Incus 6.12; what is shown of the keys is in fields.tsv.
SELECT g.id, g.name, json_object('name', g.name, 'description', g.description, {members})
FROM cluster_groups g WHERE :name IN ('', g.name) ORDER BY g.id
-- /1.0/cluster/groups | row name description
SELECT :body ->> '$.name', {described}
-- /1.0/cluster/groups | refuse POST
SELECT CASE WHEN name = '' THEN '!400 No name provided'
  WHEN name GLOB '*/*' THEN '!400 Cluster group names may not contain slashes'
  WHEN name GLOB '* *' THEN '!400 Cluster group names may not contain spaces'
  WHEN name GLOB '*_*' THEN '!400 Cluster group names may not contain underscores'
  WHEN name REGEXP '[''"]' THEN '!400 Cluster group names may not contain quotes'
  WHEN name = '*' THEN '!400 Reserved cluster group name'
  WHEN name IN ('.', '..') THEN '!400 Invalid cluster group name "' || name || '"'
  WHEN name IN (SELECT g.name FROM cluster_groups g) THEN '!500 This cluster group already exists'
  WHEN EXISTS (SELECT 1 FROM json_each(:body, '$.members') WHERE value NOT IN (SELECT n.name FROM nodes n))
    THEN '!500 Insert nodes for cluster group: NOT NULL constraint failed: nodes_cluster_groups.node_id' END
FROM (SELECT ifnull(:body ->> '$.name', '') AS name)
-- /1.0/cluster/groups | refuse PUT PATCH
--- Nobody looks whether a member is left without any group (measured).
SELECT '!404 Failed to get node info: Cluster member not found' FROM json_each(:body, '$.members')
WHERE value NOT IN (SELECT name FROM nodes)
-- /1.0/cluster/groups | then
DELETE FROM nodes_cluster_groups WHERE group_id = :id;
INSERT INTO nodes_cluster_groups (node_id, group_id) SELECT n.id, :id FROM json_each(:body, '$.members') m JOIN nodes n ON n.name = m.value
-- /1.0/cluster/groups | refuse DELETE
SELECT CASE WHEN name = 'default' THEN '!403 The ''default'' cluster group cannot be deleted'
  WHEN id IN (SELECT group_id FROM nodes_cluster_groups) THEN '!500 Only empty cluster groups can be removed' END
FROM cluster_groups WHERE id = :id
-- /1.0/placement-groups | table placement_groups | owner placement_group_id | in project | needs instance_placement_groups | missing Placement group not found | keeps description config
SELECT g.id, g.name, json_object('name', g.name, 'description', g.description, 'project', p.name)
FROM placement_groups g JOIN projects p ON p.id = g.project_id
WHERE (:all OR p.id = :scope) AND :name IN ('', g.name) ORDER BY g.id
-- /1.0/placement-groups | row name description project_id
SELECT :body ->> '$.name', {described}, :scope
-- /1.0/placement-groups | refuse POST
SELECT '!400 Missing required config key: "policy"' WHERE ifnull(:body ->> '$.config.policy', '') = ''
-- /1.0/placement-groups | refuse DELETE
SELECT '!400 Placement group "' || :name || '" is currently in use'
WHERE :name IN (SELECT value FROM profiles_config WHERE key = 'placement.group'
  UNION ALL SELECT value FROM instances_config WHERE key = 'placement.group')
-- /1.0/network-integrations | table networks_integrations | owner network_integration_id | needs network_integrations | missing Network integration not found | keeps description config
SELECT id, name, json_object('name', name, 'description', ifnull(description, ''), 'type', 'ovn')
FROM networks_integrations WHERE :name IN ('', name) ORDER BY id
-- /1.0/network-integrations | row name description type
SELECT :body ->> '$.name', {described}, 0
-- /1.0/network-integrations | refuse POST
SELECT '!400 Invalid integration type "' || ifnull(:body ->> '$.type', '') || '"' WHERE :body ->> '$.type' IS NOT 'ovn'
-- /1.0/auth/identity-provider-groups | table identity_provider_groups | needs access_management | missing Identity provider group not found | keeps groups
SELECT g.id, g.name, json_object('name', g.name, 'groups', json((SELECT json_group_array(name) FROM (SELECT a.name
  FROM auth_groups_identity_provider_groups x JOIN auth_groups a ON a.id = x.auth_group_id WHERE x.identity_provider_group_id = g.id
  ORDER BY a.name)))) FROM identity_provider_groups g WHERE :name IN ('', g.name) ORDER BY g.name
-- /1.0/auth/identity-provider-groups | row name
SELECT :body ->> '$.name'
-- /1.0/auth/identity-provider-groups | refuse POST PUT PATCH
SELECT '!404 One or more groups were not found: ' || json_quote(value) FROM json_each(:body, '$.groups')
WHERE value NOT IN (SELECT name FROM auth_groups) LIMIT 1
-- /1.0/auth/identity-provider-groups | then
DELETE FROM auth_groups_identity_provider_groups WHERE identity_provider_group_id = :id;
INSERT INTO auth_groups_identity_provider_groups (identity_provider_group_id, auth_group_id)
SELECT :id, a.id FROM json_each(:body, '$.groups') x JOIN auth_groups a ON a.name = x.value
