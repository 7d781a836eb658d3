-- * | as foreign
--- The first given key that is not a member's.
(SELECT json_quote(key) FROM json_each(:sent, '$.config') WHERE key NOT IN (SELECT value FROM json_each(:keys))
  ORDER BY key LIMIT 1)
-- * | as own key
--- The first that is.
(SELECT json_quote(key) FROM json_each(:sent, '$.config') WHERE key IN (SELECT value FROM json_each(:keys))
  ORDER BY key LIMIT 1)
-- * | as given
EXISTS (SELECT 1 FROM json_each(:sent, '$.config') WHERE key IS NOT NULL)
-- * | as nowhere
--- A definition is of a member of the cluster.
NOT (:clustered AND :target IN (SELECT name FROM nodes))
-- * | as many
(SELECT count(*) FROM nodes WHERE state <> 1) > 1
-- * | as in phases
--- A creation without a target is the second phase of one in a cluster, and for what is there and not created.
({many} OR ifnull(o.state, 1) <> 1)
-- * | as makers
--- Whose part is there at once: of a definition that of the target, of what the server defines by itself those of all.
CASE WHEN :target <> '' THEN name = :target WHEN {many} THEN state <> 1 ELSE id = :node END
-- * | as replaced
--- The keys that a change takes away: those of the cluster, and of the member where it is about that.
:verb = 'PUT' AND (node_id IS NULL OR node_id = :node AND (:target <> '' OR NOT :clustered))
  OR :verb = 'PATCH' AND ifnull(node_id, :node) = :node AND key IN (SELECT key FROM json_each(:sent, '$.config'))
-- * | as of whom
CASE WHEN key IN (SELECT value FROM json_each(:keys))
  THEN iif(:target <> '' AND :verb = 'POST', (SELECT id FROM nodes WHERE name = :target), :node) END
-- * | as none | for lxd:5.0
'null'
-- * | as none | for lxd:5.21.. incus
'[]'
-- * | as alone
--- With a target, and on a server in no cluster, what is shown is what is on the member.
(:target <> '' OR NOT :clustered)
-- /1.0/storage-pools | table storage_pools | on target | tag | reach always | missing Storage pool not found
--| phased size source volatile.initial_source zfs.pool_name lvm.thinpool_name lvm.vg_name
--- LXD 5.0.2 forgets the ETag of pools.
SELECT o.id, o.name, json_object('name', o.name, 'driver', o.driver, 'description', o.description,
  'status', CASE iif({alone},
      (SELECT state FROM storage_pools_nodes WHERE storage_pool_id = o.id AND node_id = :node), o.state)
    WHEN 0 THEN 'Pending' WHEN 1 THEN 'Created' WHEN 2 THEN 'Errored' ELSE 'Unknown' END,
  'locations', json((SELECT json_group_array(name) FROM (SELECT n.name
    FROM storage_pools_nodes x JOIN nodes n ON n.id = x.node_id WHERE x.storage_pool_id = o.id ORDER BY n.id))),
  'config', json((SELECT json_group_object(key, value) FROM (SELECT key, value, max(ifnull(node_id, 0))
    FROM storage_pools_config WHERE storage_pool_id = o.id AND (node_id IS NULL OR {alone} AND node_id = :node)
    GROUP BY key))),
  'used_by', json((SELECT CASE count(*) WHEN 0 THEN {none} ELSE json_group_array(path) END
    FROM (SELECT NULL AS path WHERE 0 UNION ALL SELECT * FROM ({pool users})))))
FROM storage_pools o WHERE :name IN ('', o.name) ORDER BY o.name
-- /1.0/storage-pools | row name driver description state
--- The description of a definition is dropped.
SELECT :body ->> '$.name', ifnull(o.driver, :body ->> '$.driver'),
  iif(:verb = 'POST' AND :target <> '', ifnull(o.description, ''), {described}),
  ifnull(o.state, :target = '' AND NOT {many})
FROM (SELECT 1) LEFT JOIN storage_pools o ON o.id = :id
-- /1.0/storage-pools | refuse POST
SELECT CASE WHEN :target <> '' THEN coalesce(
    '!500 Config key ' || {foreign} || ' may not be used as member-specific key',
    iif({nowhere}, '!404 Cluster member not found', NULL))
  WHEN NOT {in phases} THEN iif(o.id, '!409 The storage pool already exists: The record already exists', NULL)
  ELSE coalesce('!500 Config key ' || {own key} || ' is cluster member specific',
    CASE WHEN o.id IS NULL THEN '!500 Pool not pending on any node (use --target <node> first)'
      WHEN o.driver <> x.driver THEN '!500 Requested storage pool driver ' || json_quote(x.driver)
        || ' doesn''t match driver in existing database record ' || json_quote(o.driver)
      WHEN o.state = 2 AND {given} THEN '!500 Storage pool already partially created. '
        || 'Please do not specify any global config when re-running create'
      WHEN o.state = 1 THEN '!500 The storage pool is already created' END,
    '!500 Pool not defined on nodes: ' || (SELECT group_concat(name, ', ') FROM (SELECT name FROM nodes
      WHERE state <> 1 AND id NOT IN (SELECT node_id FROM storage_pools_nodes WHERE storage_pool_id = o.id) ORDER BY id))) END
FROM (SELECT :body ->> '$.driver' AS driver) x LEFT JOIN storage_pools o ON o.name = :body ->> '$.name'
-- /1.0/storage-pools | refuse CHECKED
SELECT CASE WHEN :verb = 'POST' THEN CASE WHEN o.state <> 0 THEN '!500 Storage pool is not in pending state'
    WHEN o.driver <> :body ->> '$.driver' THEN '!500 Storage pool already exists with a different driver'
    WHEN EXISTS (SELECT 1 FROM storage_pools_nodes x JOIN nodes n ON n.id = x.node_id
      WHERE x.storage_pool_id = o.id AND n.name = :target)
      THEN '!400 The storage pool already defined on member ' || json_quote(:target) END
  WHEN source <> ifnull(:body ->> '$.config.source',
      iif(:verb = 'PUT' AND (:target <> '' OR NOT :clustered), '', source))
    AND part <> 0 THEN '!500 Pool source cannot be changed when not in pending state' END
FROM (SELECT *, ifnull((SELECT value FROM storage_pools_config WHERE storage_pool_id = :id AND node_id = :node
    AND key = 'source'), '') AS source,
  ifnull((SELECT state FROM storage_pools_nodes WHERE storage_pool_id = :id AND node_id = :node), 1) AS part
  FROM storage_pools) o WHERE o.id = :id
-- /1.0/storage-pools | refuse PUT PATCH
--- With a target, a change has the keys of the member, and those of the cluster as they are.
SELECT coalesce(
  iif(:target = '' AND :clustered, '!400 Config key ' || {own key} || ' is cluster member specific', NULL),
  '!400 Config key ' || (SELECT json_quote(key) FROM json_each(:sent, '$.config') g
    WHERE :target <> '' AND key NOT IN (SELECT value FROM json_each(:keys)) AND value <> ifnull((SELECT value
      FROM storage_pools_config WHERE storage_pool_id = :id AND node_id IS NULL AND key = g.key), '')
    ORDER BY key LIMIT 1) || ' may not be used as cluster member specific key',
  iif(:target = '' AND state <> 1, '!400 Cannot update storage pool global config when not in created state', NULL))
FROM storage_pools WHERE id = :id
-- /1.0/storage-pools | then
INSERT INTO storage_pools_nodes (storage_pool_id, node_id, state)
SELECT :id, id, :target = '' AND NOT {many} FROM nodes WHERE :verb = 'POST' AND {makers};
DELETE FROM storage_pools_config WHERE storage_pool_id = :id AND ({replaced});
INSERT INTO storage_pools_config (storage_pool_id, node_id, key, value)
SELECT :id, {of whom}, key, value FROM json_each(:body, '$.config') WHERE value <> ''
-- /1.0/storage-pools | refuse DELETE
SELECT '!400 The storage pool is currently in use' FROM storage_pools o WHERE o.id = :id AND EXISTS ({pool users})
-- * | as restricted
--- What is left of the networks to a restricted project without its own.
(SELECT ',' || replace(a.value, ' ', '') || ',' AS usable FROM projects p JOIN projects_config a ON a.project_id = p.id
  AND a.key = 'restricted.networks.access' AND a.value <> '' WHERE p.name = :project
  AND EXISTS (SELECT 1 FROM projects_config
    WHERE project_id = p.id AND key = 'restricted' AND lower(value) IN ('true', '1', 'yes', 'on'))
  AND NOT EXISTS (SELECT 1 FROM projects_config
    WHERE project_id = p.id AND key = 'features.networks' AND lower(value) IN ('true', '1', 'yes', 'on')))
-- * | as hidden | for lxd
0
-- * | as hidden | for incus
--- Incus lists no network on OVN that was not created where it does not reach OVN, as on the machines that were
--- recorded; where it does it lists all (6.0.4, measured).
(o.type = 3 AND o.state <> 1 AND :verb = 'GET' AND NOT :single AND :target = '')
-- /1.0/networks | table networks | in networks | on target | reach always
--| phased bgp.ipv4.nexthop bgp.ipv6.nexthop bridge.external_interfaces parent
--| tag name managed type description config | missing Network not found
--| acting Failed loading network: Network not found
SELECT o.id, o.name, json_object('name', o.name, 'managed', json('true'), 'description', o.description, 'type',
  CASE o.type WHEN 0 THEN 'bridge' WHEN 1 THEN 'macvlan' WHEN 2 THEN 'sriov' WHEN 3 THEN 'ovn' ELSE 'physical' END,
  'status', CASE iif({alone}, (SELECT state FROM networks_nodes WHERE network_id = o.id AND node_id = :node), o.state)
    WHEN 0 THEN 'Pending' WHEN 1 THEN 'Created' WHEN 2 THEN 'Errored' ELSE 'Unknown' END,
  'locations', json((SELECT json_group_array(name) FROM (SELECT n.name
    FROM networks_nodes x JOIN nodes n ON n.id = x.node_id WHERE x.network_id = o.id ORDER BY n.id))),
  'config', json((SELECT json_group_object(key, value) FROM (SELECT key, value, max(ifnull(node_id, 0))
    FROM networks_config WHERE network_id = o.id AND (node_id IS NULL OR {alone} AND node_id = :node) GROUP BY key))),
  'used_by', json((SELECT CASE count(*) WHEN 0 THEN {none} ELSE json_group_array(path) END
    FROM (SELECT NULL AS path WHERE 0 UNION ALL SELECT * FROM ({network users}) UNION ALL SELECT * FROM ({peered})))))
FROM (SELECT * FROM networks ORDER BY name) o
WHERE (:all OR o.project_id = :scope) AND :name IN ('', o.name) AND NOT {hidden}
  AND (NOT EXISTS {restricted} OR (SELECT instr(usable, ',' || o.name || ',') FROM {restricted}))
UNION ALL
--- Whoever only looks sees the interfaces of the host, too.
SELECT 0, column1, json_object('name', column1, 'managed', json('false'), 'description', '', 'type', column2,
  'status', '', 'locations', NULL, 'config', json('{}'), 'used_by', json('[]'))
FROM (VALUES ('eth0', 'physical'), ('lo', 'loopback'))
WHERE :verb = 'GET' AND :scope = 1 AND :name IN ('', column1) AND NOT EXISTS {restricted}
-- * | as network type
CASE coalesce(nullif(:body ->> '$.type', ''), 'bridge') WHEN 'bridge' THEN 0 WHEN 'macvlan' THEN 1 WHEN 'sriov' THEN 2
  WHEN 'ovn' THEN 3 ELSE 4 END
-- * | as on member
--- What the network that is asked about is on the member.
(SELECT key, value FROM networks_config WHERE network_id = :id AND ifnull(node_id, :node) = :node)
-- * | as parent taken
--- Another network has its parent on the member, and is not of another VLAN.
(SELECT '!500 Parent interface ' || json_quote(c.value) || ' in use by another network' FROM {on member} o
  JOIN networks_config c ON o.key = 'parent' AND c.key = 'parent' AND c.value = o.value AND c.node_id = :node
  JOIN networks n ON n.id = c.network_id WHERE n.id <> :id AND n.state = 1 AND NOT EXISTS (SELECT 1 FROM {on member} w
    JOIN networks_config v ON w.key = 'vlan' AND v.key = 'vlan' AND v.value <> w.value
    WHERE v.network_id = n.id AND v.node_id IS NULL))
-- /1.0/networks | row project_id name description state type
--- The description of a definition is dropped.
SELECT ifnull(o.project_id, :scope), :body ->> '$.name',
  iif(:verb = 'POST' AND (:target <> '' OR {many}), ifnull(o.description, ''), {described}),
  ifnull(o.state, :target = '' AND NOT {many}), ifnull(o.type, {network type})
FROM (SELECT 1) LEFT JOIN networks o ON o.id = :id
-- /1.0/networks | refuse POST
--- With no uplink Incus makes a network of OVN without, and LXD up to 6.9 does not know that (recorded).
SELECT CASE WHEN :target <> '' THEN coalesce(
    '!400 Config key ' || {foreign} || ' may not be used as member-specific key',
    iif({nowhere}, '!404 Cluster member not found', NULL))
  WHEN NOT {in phases} THEN iif(o.id, '!400 The network already exists', NULL)
  ELSE coalesce(
    CASE WHEN x.type = 3 AND ifnull(o.type, 3) = 3 AND uplink <> '' AND NOT (uplink = 'none' AND :server LIKE 'incus-%')
        AND uplink NOT IN (SELECT name FROM networks WHERE project_id = 1 AND type IN (0, 4))
      THEN '!500 Option "network" value ' || json_quote(uplink)
        || ' is not one of the allowed uplink networks in project'
      WHEN x.type = 3 AND o.state <> 0 THEN '!500 Failed creating pending network for member '
        || (SELECT json_quote(name) FROM nodes ORDER BY id LIMIT 1) || ': Network is not in pending state' END,
    '!500 Config key ' || {own key} || ' is cluster member specific',
    CASE WHEN o.id IS NULL AND x.type <> 3 THEN '!500 Network not pending on any node (use --target <node> first)'
      WHEN o.type <> x.type THEN '!500 Requested network type doesn''t match type in existing database record'
      WHEN o.state = 2 AND {given} THEN '!500 Network already partially created. '
        || 'Please do not specify any global config when re-running create'
      WHEN o.state = 1 THEN '!500 The network is already created' END,
    '!500 Network not defined on nodes: ' || (SELECT group_concat(name, ', ') FROM (SELECT name FROM nodes
      WHERE o.id AND state <> 1 AND id NOT IN
      (SELECT node_id FROM networks_nodes WHERE network_id = o.id) ORDER BY id))) END
FROM (SELECT {network type} AS type, :sent ->> '$.config.network' AS uplink) x
LEFT JOIN networks o ON o.project_id = :scope AND o.name = :body ->> '$.name'
-- /1.0/networks | refuse POST | for lxd:5.21.4..5.21 lxd:6.4..
--- A physical network is refused while two networks, whichever they are, have one parent on a member that does not
--- answer the call (lxd 6.9, lxd/network/driver_physical.go checkParentUse; measured).
SELECT coalesce({parent taken}, (SELECT '!500 Parent interface ' || json_quote(c.value)
    || ' in use by another network on cluster member ' || json_quote(n.name)
  FROM networks_config c JOIN nodes n ON n.id = c.node_id
  WHERE c.key = 'parent' AND c.value <> '' AND c.node_id <> :node GROUP BY c.node_id, c.value HAVING count(*) > 1))
WHERE {network type} = 4 AND :target = '' AND EXISTS (SELECT 1 FROM networks o WHERE o.id = :id AND {in phases})
-- /1.0/networks | refuse PART
--- What the daemon stumbles on when it makes the interface.
SELECT CASE WHEN parent = 'nothere' THEN '!500 Parent interface "nothere" not found'
  WHEN type = 4 THEN {parent taken}
  WHEN type = 0 AND address <> 'none' AND EXISTS (SELECT 1 FROM networks n JOIN networks_config c ON c.network_id = n.id
      WHERE n.id <> :id AND n.type = 0 AND n.state = 1 AND c.key = 'ipv4.address' AND c.value = address)
    THEN '!500 The DNS and DHCP service exited prematurely: Process exited with non-zero value 2 '
      || '("dnsmasq: failed to create listening socket for ' || substr(address, 1, instr(address || '/', '/') - 1)
      || ': Address already in use")' END
FROM (SELECT type, (SELECT value FROM {on member} WHERE key = 'parent') AS parent,
  (SELECT value FROM {on member} WHERE key = 'ipv4.address') AS address FROM networks WHERE id = :id)
-- /1.0/networks | refuse CHECKED
SELECT CASE WHEN :verb <> 'POST' THEN NULL WHEN o.state <> 0 THEN '!500 Network is not in pending state'
  WHEN o.type <> {network type} THEN '!500 Requested network type doesn''t match type in existing database record'
  WHEN EXISTS (SELECT 1 FROM networks_nodes x JOIN nodes n ON n.id = x.node_id
      WHERE x.network_id = o.id AND n.name = :target)
    THEN '!400 The network is already defined on member ' || json_quote(:target) END
FROM networks o WHERE o.id = :id
-- /1.0/networks | refuse PUT PATCH
--- With a target, a change has the keys of the member, and those of the cluster as they are.
SELECT coalesce(
  iif(:target = '' AND :clustered, '!400 Config key ' || {own key} || ' is cluster member specific', NULL),
  '!400 Config key ' || (SELECT json_quote(key) FROM json_each(:sent, '$.config') g
    WHERE :target <> '' AND key NOT IN (SELECT value FROM json_each(:keys)) AND value <> ifnull((SELECT value
      FROM networks_config WHERE network_id = :id AND node_id IS NULL AND key = g.key), '') ORDER BY key LIMIT 1)
    || ' may not be used as member-specific key',
  iif(:target = '' AND state <> 1, '!400 Cannot update network global config when not in created state', NULL))
FROM networks WHERE id = :id
-- /1.0/networks | then
INSERT INTO networks_nodes (network_id, node_id, state)
SELECT :id, id, :target = '' AND NOT {many} FROM nodes WHERE :verb = 'POST' AND {makers};
DELETE FROM networks_config WHERE network_id = :id AND ({replaced});
INSERT INTO networks_config (network_id, node_id, key, value)
SELECT :id, {of whom}, key, value FROM json_each(:body, '$.config') WHERE value <> ''
-- /1.0/networks | refuse DELETE
SELECT '!400 The network is currently in use' FROM networks o
WHERE o.id = :id AND (EXISTS ({network users}) OR EXISTS ({peered}))
-- * | query member keys
--- The entries of member_config.
SELECT json_object('entity', entity, 'name', name, 'key', key, 'value', '',
  'description', json_quote(key) || ' property for ' || replace(entity, '-', ' ') || ' ' || json_quote(name))
FROM (SELECT 0 AS at, 'storage-pool' AS entity, o.id, o.name, c.key FROM storage_pools o
    JOIN storage_pools_config c ON c.storage_pool_id = o.id WHERE c.node_id IS NOT NULL AND c.key NOT GLOB 'volatile.*'
  UNION SELECT 1, 'network', o.id, o.name, c.key FROM networks o
    JOIN networks_config c ON c.network_id = o.id WHERE c.node_id IS NOT NULL AND c.key NOT GLOB 'volatile.*')
ORDER BY at, id, key
