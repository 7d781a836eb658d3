-- * | as within
EXISTS (SELECT 1 FROM instances_devices d JOIN instances_devices_config c
    ON c.instance_device_id = d.id AND c.key = 'network' AND c.value = n.name WHERE d.instance_id = i.id AND d.type = 1)
  OR EXISTS (SELECT 1 FROM instances_profiles x JOIN profiles_devices d ON d.profile_id = x.profile_id AND d.type = 1
    JOIN profiles_devices_config c ON c.profile_device_id = d.id AND c.key = 'network' AND c.value = n.name
      WHERE x.instance_id = i.id
    AND NOT EXISTS (SELECT 1 FROM instances_devices o WHERE o.instance_id = i.id AND o.name = d.name)
    AND NOT EXISTS (SELECT 1 FROM instances_profiles y JOIN profiles_devices e ON e.profile_id = y.profile_id
      WHERE y.instance_id = i.id AND y.apply_order > x.apply_order AND e.name = d.name))
-- * | as leading
--- The load balancers with a port that leads to a pool.
FROM networks_load_balancers b WHERE b.network_id = l.network_id AND EXISTS (SELECT 1
  FROM json_each(ifnull(nullif(b.ports, ''), '[]')) WHERE value ->> '$.target_pool' = l.name)
-- * | as fill pool
DELETE FROM networks_load_balancer_pools_instances WHERE network_load_balancer_pool_id = :id;
INSERT INTO networks_load_balancer_pools_instances (network_load_balancer_pool_id, instance_id, target_port)
SELECT :id, i.id, CAST(ifnull(x.value ->> '$.target_port', '') AS INTEGER) FROM json_each(:body, '$.instances') x
JOIN instances i ON i.name = x.value ->> '$.name' AND i.project_id = (SELECT project_id FROM networks WHERE id = :scope)
-- /1.0/networks/{network}/load-balancer-pools | table networks_load_balancer_pools
--| owner network_load_balancer_pool_id | in load balancer pools | needs network_load_balancer_pool | without PATCH
--| missing Network load balancer pool not found
--| acting Failed deleting load balancer pool: Network load balancer pool not found
--- They have no PATCH (lxd 6.9, lxd/network_load_balancers.go), and are in networks of projects with networks of their
--- own alone.
SELECT l.id, l.name, json_object('name', l.name, 'description', l.description,
  'instances', json((SELECT json_group_array(json_patch('{}', json_object('name', i.name, 'target_port',
    CASE x.target_port WHEN 0 THEN NULL ELSE CAST(x.target_port AS TEXT) END)))
    FROM networks_load_balancer_pools_instances x JOIN instances i ON i.id = x.instance_id
      WHERE x.network_load_balancer_pool_id = l.id)),
  'used_by', json((SELECT json_group_array('/1.0/networks/' || n.name || '/load-balancers/' || b.listen_address
    || CASE :project WHEN 'default' THEN '' ELSE '?project=' || :project END) {leading})))
FROM networks_load_balancer_pools l JOIN networks n ON n.id = l.network_id
WHERE l.network_id = :scope AND :name IN ('', l.name) ORDER BY l.name
-- /1.0/networks/{network}/load-balancer-pools | row network_id name description
SELECT :scope, :body ->> '$.name', {described}
-- /1.0/networks/{network}/load-balancer-pools | refuse POST PUT
--- It writes the protocol into what is not there, and dies (measured).
SELECT '!000' WHERE :sent ->> '$.config' IS NULL
-- /1.0/networks/{network}/load-balancer-pools | refuse POST PUT
--- As lxd 6.9 does, lxd/network/driver_ovn.go loadBalancerPoolValidate.
WITH instance AS (SELECT key, ifnull(value ->> '$.name', '') AS name, ifnull(value ->> '$.target_port', '') AS port
  FROM json_each(:body, '$.instances') WHERE key IS NOT NULL),
config AS (SELECT ifnull(:body ->> '$.config.protocol', '') AS protocol,
  ifnull(:body ->> '$.config.target_port', '') AS port,
  ifnull(:body ->> '$.name', '') AS pool),
fault AS (SELECT -1 AS at, '!400' AS status, 'Cannot contain "'
  || substr(ltrim(pool, replace(replace(replace(replace(replace(pool,
    '/', ''), '?', ''), '&', ''), '+', ''), ':', '')), 1, 1) || '"' AS text FROM config WHERE pool REGEXP '[/?&+:]'
  UNION ALL SELECT 2 * key, '!400', 'Instance ' || json_quote(name) || ' does not exist in project "' || :project || '"'
    FROM instance
    WHERE name NOT IN (SELECT i.name FROM instances i
      WHERE i.project_id = (SELECT project_id FROM networks WHERE id = :scope))
  UNION ALL SELECT 2 * key + 1, '!500', 'Invalid port number ' || json_quote(port) FROM instance
    WHERE port <> '' AND (port NOT REGEXP '^[0-9]{1,9}$' OR CAST(port AS INTEGER) > 65535)
  UNION ALL SELECT 1e6, '!500', 'Invalid value for pool ' || json_quote(pool) || ' option "protocol": Invalid value '
    || json_quote(protocol)
    || ' (not one of [tcp udp])' FROM config WHERE protocol NOT IN ('', 'tcp', 'udp')
  UNION ALL SELECT 2e6, '!500', 'Invalid value for pool ' || json_quote(pool)
    || ' option "target_port": Invalid port number '
    || json_quote(port) FROM config WHERE port NOT REGEXP '^[0-9]{1,9}$' OR CAST(port AS INTEGER) > 65535
  UNION ALL SELECT * FROM (SELECT 3e6, '?400', 'Invalid option ' || json_quote(key) FROM json_each(:body, '$.config')
    WHERE key NOT IN ('protocol', 'target_port') AND key NOT GLOB 'user.*' ORDER BY key))
SELECT status || ' ' || {doing} || 'load balancer pool: ' || text FROM fault ORDER BY at LIMIT 1
-- /1.0/networks/{network}/load-balancer-pools | refuse POST
SELECT '!400 Failed creating load balancer pool: Pool with name ' || json_quote(l.name) || ' already exists on network '
  || json_quote(n.name)
FROM networks_load_balancer_pools l JOIN networks n ON n.id = l.network_id WHERE n.id = :scope
  AND l.name = :body ->> '$.name'
-- /1.0/networks/{network}/load-balancer-pools | refuse POST PUT
SELECT '!500 Failed adding instance ' || json_quote(a.value ->> '$.name') || ' to pool: UNIQUE constraint failed: '
  || 'networks_load_balancer_pools_instances.network_load_balancer_pool_id, '
  || 'networks_load_balancer_pools_instances.instance_id'
FROM json_each(:body, '$.instances') a JOIN json_each(:body, '$.instances') b ON b.key < a.key
  AND a.value ->> '$.name' = b.value ->> '$.name'
-- /1.0/networks/{network}/load-balancer-pools | refuse PUT
--- What a load balancer leads to has to fit. The rest is taken back, its instances are not (measured).
WITH port AS (SELECT b.id, b.listen_address AS address, p.key, p.value ->> '$.protocol' AS protocol
  FROM networks_load_balancers b
    JOIN json_each(ifnull(nullif(b.ports, ''), '[]')) p WHERE b.network_id = :scope
      AND p.value ->> '$.target_pool' = :name),
fault AS (SELECT id, address, key, -1 AS at, 'Cannot use pool protocol ' || json_quote(own) || ' with port protocol '
  || json_quote(protocol) AS text
    FROM port, (SELECT coalesce(nullif(:body ->> '$.config.protocol', ''), 'tcp') AS own) WHERE protocol <> own
  UNION ALL SELECT port.id, address, port.key, i.id, 'Instance ' || json_quote(i.name)
    || ' does not have a device in network ' || json_quote(n.name)
    FROM port JOIN networks n ON n.id = :scope JOIN json_each(:body, '$.instances') x
    JOIN instances i ON i.name = x.value ->> '$.name' AND i.project_id = n.project_id WHERE NOT ({within}))
SELECT '*500 Failed updating load balancer pool: Failed updating load balancer ' || json_quote(address) || ': ' || text
  FROM fault
ORDER BY id, key, at LIMIT 1
-- /1.0/networks/{network}/load-balancer-pools | half
{fill pool}
-- /1.0/networks/{network}/load-balancer-pools | then
INSERT INTO networks_load_balancer_pools_config (network_load_balancer_pool_id, key, value)
SELECT :id, 'protocol', 'tcp'
WHERE NOT EXISTS (SELECT 1 FROM networks_load_balancer_pools_config WHERE network_load_balancer_pool_id = :id
  AND key = 'protocol');
{fill pool}
-- /1.0/networks/{network}/load-balancer-pools | refuse DELETE
SELECT '!400 Failed deleting load balancer pool: Pool ' || json_quote(l.name)
  || ' is still referenced by at least one load balancer port'
FROM networks_load_balancer_pools l WHERE l.id = :id AND EXISTS (SELECT 1 {leading})
-- /1.0/networks/{network}/peers | table networks_peers | owner network_peer_id | in peering | keeps config
--| missing Network peer not found | acting Failed deleting peer: Network peer not found
--- One whose other side is there is Created and names it, one that waits for it is Pending, and one that has lost it
--- names nothing any
--- more (lxd 5.0.2, lxd/db/network_peers.go GetNetworkPeers).
SELECT l.id, l.name, json_object('name', l.name, 'description', l.description, 'used_by', json('[]'),
  'target_project', coalesce(p.name, l.target_network_project, ''), 'target_network',
    coalesce(n.name, l.target_network_name, ''),
  'status', CASE WHEN p.name IS NOT NULL THEN 'Created' WHEN ifnull(l.target_network_name, '') = '' THEN 'Errored'
    ELSE 'Pending' END)
FROM networks_peers l LEFT JOIN networks_peers r ON r.network_id = l.target_network_id
  AND r.target_network_id = l.network_id
LEFT JOIN networks n ON n.id = r.network_id LEFT JOIN projects p ON p.id = n.project_id
WHERE l.network_id = :scope AND :name IN ('', l.name) ORDER BY l.id
-- * | as own project
(SELECT p.name FROM projects p JOIN networks n ON n.project_id = p.id WHERE n.id = :scope)
-- /1.0/networks/{network}/peers | row network_id name description target_network_project target_network_name
--- The target is fixed once it is there.
SELECT :scope, :body ->> '$.name', {described},
  CASE WHEN :id THEN (SELECT target_network_project FROM networks_peers WHERE id = :id)
    ELSE coalesce(nullif(:body ->> '$.target_project', ''), {own project}) END,
  CASE WHEN :id THEN (SELECT target_network_name FROM networks_peers WHERE id = :id)
    ELSE :body ->> '$.target_network' END
-- /1.0/networks/{network}/peers | refuse POST
SELECT '!400 Failed creating peer: Target network is required' WHERE ifnull(:body ->> '$.target_network', '') = ''
UNION ALL SELECT * FROM (SELECT CASE WHEN l.name = :body ->> '$.name'
  THEN '!409 Failed creating peer: A peer for that name already exists'
    WHEN coalesce(p.name, l.target_network_project, '') = coalesce(nullif(:body ->> '$.target_project', ''),
      {own project})
      AND coalesce(n.name, l.target_network_name, '') = :body ->> '$.target_network'
    THEN '!409 Failed creating peer: A peer for that target network already exists' END AS refusal
  FROM networks_peers l LEFT JOIN networks_peers r ON r.network_id = l.target_network_id
    AND r.target_network_id = l.network_id
  LEFT JOIN networks n ON n.id = r.network_id LEFT JOIN projects p ON p.id = n.project_id
  WHERE l.network_id = :scope AND refusal IS NOT NULL ORDER BY l.id)
-- /1.0/networks/{network}/peers | refuse POST PUT PATCH
SELECT '?500 ' || {doing} || 'peer: Invalid option "' || key || '"' FROM json_each(:body, '$.config')
WHERE key <> 'target_address' AND key NOT GLOB 'user.*' ORDER BY key LIMIT 1
-- /1.0/networks/{network}/peers | refuse POST
SELECT '!500 Failed creating peer: Name is required' WHERE ifnull(:body ->> '$.name', '') = ''
-- /1.0/networks/{network}/peers | then
--- Both sides are connected once each names the other.
WITH pair AS MATERIALIZED (SELECT l.id AS one, r.id AS other, l.network_id AS here, r.network_id AS there
  FROM networks_peers l JOIN networks n ON n.id = l.network_id JOIN projects p ON p.id = n.project_id
  JOIN networks_peers r ON r.target_network_id IS NULL AND r.target_network_project = p.name
    AND r.target_network_name = n.name
  JOIN networks m ON m.id = r.network_id AND m.name = l.target_network_name
  JOIN projects q ON q.id = m.project_id AND q.name = l.target_network_project
  WHERE l.id = :id AND l.target_network_id IS NULL LIMIT 1)
UPDATE networks_peers SET target_network_project = NULL, target_network_name = NULL,
  target_network_id = CASE id WHEN one THEN there ELSE here END FROM pair WHERE id IN (one, other)
-- /1.0/instances | refuse AFTER | for lxd:6.7..
--- A change must not take from an instance what connects it with the network of a pool that it is in, while a load
--- balancer leads there (lxd 6.9, lxd/device/nic_ovn.go PreRemoveCheck).
SELECT '!400 Instance ' || json_quote(i.name) || ' is referenced by load balancer pool ' || json_quote(l.name)
  || ' and listen address ' || json_quote(b.listen_address) {pooled}
JOIN networks_load_balancers b ON b.network_id = l.network_id AND EXISTS (SELECT 1
  FROM json_each(ifnull(nullif(b.ports, ''), '[]')) WHERE value ->> '$.target_pool' = l.name)
WHERE i.id = :id AND NOT ({within}) LIMIT 1
-- * | as pooled
FROM networks_load_balancer_pools_instances z JOIN instances i ON i.id = z.instance_id
JOIN networks_load_balancer_pools l ON l.id = z.network_load_balancer_pool_id JOIN networks n ON n.id = l.network_id
-- * | query pool copied | for lxd:6.7..
INSERT INTO networks_load_balancer_pools_instances (network_load_balancer_pool_id, instance_id, target_port)
SELECT l.id, i.id, CAST(ifnull(x.value ->> '$.target_port', '') AS INTEGER) FROM networks_load_balancer_pools l
JOIN networks n ON n.id = l.network_id JOIN projects p ON p.id = n.project_id
  JOIN json_each(ifnull(nullif(:instances, ''), '[]')) x
JOIN instances i ON i.name = x.value ->> '$.name' AND i.project_id = p.id
WHERE p.name = :project AND n.name || '/' || l.name = :pool
-- * | as peered
--- The networks that a network is connected with use it.
SELECT '/1.0/networks/' || n.name || '?project=' || p.name FROM networks_peers l
JOIN networks_peers r ON r.network_id = l.target_network_id AND r.target_network_id = l.network_id
JOIN networks n ON n.id = r.network_id JOIN projects p ON p.id = n.project_id WHERE l.network_id = o.id ORDER BY l.id
