-- * | as none | for lxd:5.0
'null'
-- * | as none | for lxd:5.21.. incus
'[]'
-- * | as alone
--- With a target, and on a server in no cluster, what is shown is what is on the member.
(:target <> '' OR NOT :clustered)
-- /1.0/storage-pools | on target | phased | tag | missing Storage pool not found
--- LXD 5.0.2 forgets the ETag of pools.
SELECT o.id, o.name, json_object('name', o.name, 'driver', o.driver, 'description', o.description, 'status', CASE iif({alone}, (SELECT state FROM storage_pools_nodes WHERE storage_pool_id = o.id AND node_id = :node), o.state)
    WHEN 0 THEN 'Pending' WHEN 1 THEN 'Created' WHEN 2 THEN 'Errored' ELSE 'Unknown' END,
  'locations', json((SELECT json_group_array(name) FROM (SELECT n.name FROM storage_pools_nodes x JOIN nodes n ON n.id = x.node_id
    WHERE x.storage_pool_id = o.id ORDER BY n.id))),
  'config', json((SELECT json_group_object(key, value) FROM (SELECT key, value, max(ifnull(node_id, 0)) FROM storage_pools_config
    WHERE storage_pool_id = o.id AND (node_id IS NULL OR {alone} AND node_id = :node) GROUP BY key))),
  'used_by', json((SELECT CASE count(*) WHEN 0 THEN {none} ELSE json_group_array(path) END 
    FROM (SELECT NULL AS path WHERE 0 UNION ALL SELECT * FROM ({pool users})))))
FROM storage_pools o WHERE :name IN ('', o.name) ORDER BY o.name
-- * | as restricted
--- What is left of the networks to a restricted project without its own.
(SELECT ',' || replace(a.value, ' ', '') || ',' AS usable FROM projects p JOIN projects_config a ON a.project_id = p.id
  AND a.key = 'restricted.networks.access' AND a.value <> '' WHERE p.name = :project
  AND EXISTS (SELECT 1 FROM projects_config WHERE project_id = p.id AND key = 'restricted' AND lower(value) IN ('true', '1', 'yes', 'on'))
  AND NOT EXISTS (SELECT 1 FROM projects_config WHERE project_id = p.id AND key = 'features.networks' AND lower(value) IN ('true', '1', 'yes', 'on')))
-- * | as hidden | for lxd
0
-- * | as hidden | for incus
--- Incus lists no network on OVN that was not created where it does not reach OVN, as on the machines that were recorded; where it
--- does it lists all (6.0.4, measured).
(o.type = 3 AND o.state <> 1 AND :verb = 'GET' AND NOT :single AND :target = '')
-- /1.0/networks | in networks | on target | phased | tag name managed type description config | missing Network not found | acting Failed loading network: Network not found
SELECT o.id, o.name, json_object('name', o.name, 'managed', json('true'), 'description', o.description, 'type',
  CASE o.type WHEN 0 THEN 'bridge' WHEN 1 THEN 'macvlan' WHEN 2 THEN 'sriov' WHEN 3 THEN 'ovn' ELSE 'physical' END, 'status', CASE iif({alone}, (SELECT state FROM networks_nodes WHERE network_id = o.id AND node_id = :node), o.state)
    WHEN 0 THEN 'Pending' WHEN 1 THEN 'Created' WHEN 2 THEN 'Errored' ELSE 'Unknown' END,
  'locations', json((SELECT json_group_array(name) FROM (SELECT n.name FROM networks_nodes x JOIN nodes n ON n.id = x.node_id
    WHERE x.network_id = o.id ORDER BY n.id))),
  'config', json((SELECT json_group_object(key, value) FROM (SELECT key, value, max(ifnull(node_id, 0)) FROM networks_config
    WHERE network_id = o.id AND (node_id IS NULL OR {alone} AND node_id = :node) GROUP BY key))),
  'used_by', json((SELECT CASE count(*) WHEN 0 THEN {none} ELSE json_group_array(path) END
    FROM (SELECT NULL AS path WHERE 0 UNION ALL SELECT * FROM ({network users}) UNION ALL SELECT * FROM ({peered})))))
FROM (SELECT * FROM networks ORDER BY name) o
WHERE (:all OR o.project_id = :scope) AND :name IN ('', o.name) AND NOT {hidden}
  AND (NOT EXISTS {restricted} OR (SELECT instr(usable, ',' || o.name || ',') FROM {restricted}))
UNION ALL
--- Whoever only looks sees the interfaces of the host, too.
SELECT 0, column1, json_object('name', column1, 'managed', json('false'), 'description', '', 'type', column2, 'status', '', 'locations', NULL,
  'config', json('{}'), 'used_by', json('[]')) FROM (VALUES ('eth0', 'physical'), ('lo', 'loopback'))
WHERE :verb = 'GET' AND :scope = 1 AND :name IN ('', column1) AND NOT EXISTS {restricted}
