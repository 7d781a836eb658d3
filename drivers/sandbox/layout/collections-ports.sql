-- * | as doing
CASE :verb WHEN 'POST' THEN 'Failed creating ' ELSE 'Failed updating ' END
-- * | as listened
--- The parts of the lists of listen ports, such as 80,8000-8010.
listened AS (SELECT i, port, protocol, k, text, CAST(text AS INTEGER) AS first, min(65535, CAST(CASE WHEN dash THEN substr(text, dash + 1)
    ELSE text END AS INTEGER)) AS last, text NOT REGEXP '^[0-9]{1,9}(-[0-9]{1,9})?$' AS wrong,
    CASE WHEN dash AND text REGEXP '^[0-9]{1,9}-' THEN substr(text, dash + 1) WHEN dash THEN substr(text, 1, dash - 1) ELSE text END AS piece
  FROM (SELECT p.key AS i, p.value AS port, p.value ->> '$.protocol' AS protocol, s.key AS k, trim(s.value) AS text, instr(trim(s.value), '-') AS dash
    FROM json_each(:body, '$.ports') p
    JOIN json_each('[' || replace(json_quote(ifnull(p.value ->> '$.listen_port', '')), ',', '","') || ']') s
    WHERE p.key IS NOT NULL AND trim(s.value) <> ''))
-- * | as listen faults
SELECT i, 10 AS at, k AS part, 'Invalid listen port in port specification ' || i || ': strconv.ParseInt: parsing "' || piece
    || '": invalid syntax' AS text FROM listened WHERE wrong
  UNION ALL SELECT key, 11, 0, 'Missing listen port in port specification ' || key FROM json_each(:body, '$.ports')
  WHERE key IS NOT NULL AND key NOT IN (SELECT i FROM listened)
  UNION ALL SELECT a.i, 13, a.k * 100000 + max(a.first, b.first), 'Duplicate listen port ' || max(a.first, b.first) || ' for protocol "'
    || a.protocol || '" in port specification ' || a.i
  FROM listened a JOIN listened b ON a.protocol = b.protocol AND (b.i < a.i OR b.i = a.i AND b.k < a.k)
    AND b.first <= a.last AND a.first <= b.last
-- * | as address fault
ip_family(address) IS NULL OR address REGEXP '[-/]'
-- /1.0/networks/{network}/forwards | table networks_forwards | owner network_forward_id | in forwards | on target | keeps config ports | missing Network forward not found | acting Failed deleting forward: Network forward not found | changing Failed updating forward: Network forward not found | several Network forward found on more than one cluster member. Please target a specific member
--- By its address it is that of the call's member, or of nobody. A GET without ?target looks on all members for it.
SELECT f.id, f.listen_address, json_object('listen_address', f.listen_address, 'description', f.description,
  'ports', json(ifnull(nullif(f.ports, ''), '[]')), 'location', ifnull(n.name, ''))
FROM networks_forwards f LEFT JOIN nodes n ON n.id = f.node_id WHERE f.network_id = :scope AND :name IN ('', f.listen_address)
AND (:name = '' OR :verb = 'GET' AND :target = '' OR f.node_id IS NULL OR f.node_id = :node) ORDER BY f.id
-- /1.0/networks/{network}/forwards | row network_id node_id listen_address description ports
--- Ports are in the order of fields that the database has (lxd 5.0.2, shared/api/network_forward.go).
SELECT :scope, CASE (SELECT type FROM networks WHERE id = :scope) WHEN 3 THEN NULL ELSE :node END, :body ->> '$.listen_address',
  {described}, CASE json_type(:body, '$.ports') WHEN 'array' THEN (SELECT go_json(json_group_array(json_object(
    'description', ifnull(value ->> '$.description', ''), 'protocol', ifnull(value ->> '$.protocol', ''),
    'listen_port', ifnull(value ->> '$.listen_port', ''), 'target_port', ifnull(value ->> '$.target_port', ''),
    'target_address', ifnull(value ->> '$.target_address', '')))) FROM json_each(:body, '$.ports')) ELSE '' END
-- /1.0/networks/{network}/forwards | refuse POST
SELECT CASE WHEN EXISTS (SELECT 1 FROM networks_forwards WHERE network_id = :scope AND listen_address = address
      AND (node_id IS NULL OR node_id = :node)) THEN '!409 Failed creating forward: A forward for that listen address already exists'
  WHEN {address fault} THEN '!500 Failed creating forward: Failed parsing address forward listen address "' || address
    || '": invalid CIDR address: ' || address || CASE WHEN address GLOB '*:*' THEN '/128' ELSE '/32' END END
FROM (SELECT ifnull(:body ->> '$.listen_address', '') AS address)
-- /1.0/networks/{network}/forwards | refuse POST PUT PATCH
SELECT '?500 ' || {doing} || 'forward: Invalid option "' || key || '"' FROM json_each(:body, '$.config')
WHERE key <> 'target_address' AND key NOT GLOB 'user.*' ORDER BY key LIMIT 1
-- /1.0/networks/{network}/forwards | refuse POST PUT PATCH
--- Where the network has no subnet of its own, that is not looked at.
WITH {listened},
own AS (SELECT ifnull(:body ->> '$.config.target_address', '') AS fallback, ip_family(:body ->> '$.listen_address') AS family,
  (SELECT value FROM networks_config WHERE network_id = :scope AND node_id IS NULL
    AND key = 'ipv' || ip_family(:body ->> '$.listen_address') || '.address') AS subnet),
port AS (SELECT key AS i, ifnull(value ->> '$.protocol', '') AS protocol, ifnull(value ->> '$.target_address', '') AS address,
  (SELECT sum(max(0, last - first + 1)) FROM listened WHERE i = key) AS listens, ifnull(value ->> '$.target_port', '') AS targets
  FROM json_each(:body, '$.ports') WHERE key IS NOT NULL),
target AS (SELECT i, listens, trim(s.value) AS text, instr(trim(s.value), '-') AS dash FROM port
  JOIN json_each('[' || replace(json_quote(targets), ',', '","') || ']') s WHERE trim(s.value) <> ''),
fault AS (SELECT -1 AS i, 0 AS at, 0 AS part, CASE
    WHEN {address fault} THEN 'Invalid default target address'
    WHEN ip_family(address) <> family THEN 'Cannot mix IP versions in listen address and default target address'
    WHEN ip_within(address, subnet) = 0 THEN 'Default target address is not within the network subnet' END AS text
    FROM (SELECT fallback AS address, family, subnet FROM own) WHERE address <> ''
  UNION ALL SELECT i, 0, 0, CASE
    WHEN protocol NOT IN ('tcp', 'udp') THEN 'Invalid port protocol in port specification ' || i || ', protocol must be one of: tcp, udp'
    WHEN {address fault} THEN 'Invalid target address in port specification ' || i
    WHEN address = fallback THEN 'Target address is same as default target address in port specification ' || i
    WHEN ip_family(address) <> family THEN 'Cannot mix IP versions in listen address and port specification ' || i || ' target address'
    WHEN ip_within(address, subnet) = 0 THEN 'Target address is not within the network subnet in port specification ' || i END FROM port, own
  UNION ALL {listen faults}
  UNION ALL SELECT i, 14, 0, 'Invalid target port in port specification ' || i FROM target WHERE text NOT REGEXP '^[0-9]{1,9}(-[0-9]{1,9})?$'
  UNION ALL SELECT i, 15, 0, CASE WHEN count > 1 AND count <> listens
    THEN 'Mismatch of listen port(s) and target port(s) count in port specification ' || i END FROM (SELECT i, listens, sum(max(0,
      min(65535, CAST(CASE WHEN dash THEN substr(text, dash + 1) ELSE text END AS INTEGER)) - CAST(text AS INTEGER) + 1)) AS count
    FROM target GROUP BY i))
SELECT '!500 ' || {doing} || 'forward: ' || text FROM fault WHERE text IS NOT NULL ORDER BY i, at, part LIMIT 1
-- /1.0/networks/{network}/load-balancers | table networks_load_balancers | owner network_load_balancer_id | in load balancers | needs network_load_balancer | keeps config ports backends | missing Network load balancer not found | acting Failed deleting load balancer: Network load balancer not found
SELECT id, listen_address, json_object('listen_address', listen_address, 'description', description, 'location', '',
  'backends', json(ifnull(nullif(backends, ''), '[]')), 'ports', json(ifnull(nullif(ports, ''), '[]')))
FROM networks_load_balancers WHERE network_id = :scope AND :name IN ('', listen_address) ORDER BY id
-- /1.0/networks/{network}/load-balancers | row network_id listen_address description backends ports
SELECT :scope, :body ->> '$.listen_address', {described}, CASE json_type(:body, '$.backends') WHEN 'array' THEN
  (SELECT go_json(json_group_array(json_object('name', ifnull(value ->> '$.name', ''), 'description', ifnull(value ->> '$.description', ''),
    'target_port', ifnull(value ->> '$.target_port', ''), 'target_address', ifnull(value ->> '$.target_address', ''))))
    FROM json_each(:body, '$.backends')) ELSE '' END,
  CASE json_type(:body, '$.ports') WHEN 'array' THEN (SELECT go_json(json_group_array(json_patch('{}', json_object(
    'description', ifnull(value ->> '$.description', ''), 'protocol', ifnull(value ->> '$.protocol', ''),
    'listen_port', ifnull(value ->> '$.listen_port', ''), 'target_backend', json(nullif(value -> '$.target_backend', '[]')),
    'target_pool', nullif(value ->> '$.target_pool', ''))))) FROM json_each(:body, '$.ports')) ELSE '' END
-- /1.0/networks/{network}/load-balancers | refuse POST
SELECT '!409 Failed creating load balancer: A load balancer for that listen address already exists' FROM networks_load_balancers
WHERE network_id = :scope AND listen_address = :body ->> '$.listen_address'
-- /1.0/networks/{network}/load-balancers | refuse POST PUT PATCH
SELECT '!500 ' || {doing} || 'load balancer: Failed parsing "' || address || '": Invalid IP representation'
FROM (SELECT ifnull(:body ->> '$.listen_address', '') AS address) WHERE {address fault}
-- /1.0/networks/{network}/load-balancers | refuse POST PUT PATCH
SELECT '?500 ' || {doing} || 'load balancer: Invalid option "' || key || '"' FROM json_each(:body, '$.config')
WHERE key NOT GLOB 'user.*' ORDER BY key LIMIT 1
-- * | as pool faults | for lxd:5.0..5.21 incus
SELECT 0, 0, 0, NULL
-- * | as pool faults | for lxd:6..
SELECT port.key, 20 + (l.id IS NOT NULL), 0, CASE WHEN l.id IS NULL THEN 'Network load balancer pool not found'
    WHEN c.value <> protocol THEN 'Cannot use pool protocol "' || c.value || '" with port protocol "' || protocol || '"' END
  FROM port LEFT JOIN networks_load_balancer_pools l ON l.network_id = :scope AND l.name = pool
  LEFT JOIN networks_load_balancer_pools_config c ON c.network_load_balancer_pool_id = l.id AND c.key = 'protocol' WHERE pool <> ''
  UNION ALL SELECT port.key, 22, i.id, 'Instance "' || i.name || '" does not have a device in network "' || n.name || '"'
  FROM port JOIN networks_load_balancer_pools l ON l.network_id = :scope AND l.name = pool JOIN networks n ON n.id = :scope
  JOIN networks_load_balancer_pools_instances x ON x.network_load_balancer_pool_id = l.id JOIN instances i ON i.id = x.instance_id
  WHERE NOT ({within})
-- /1.0/networks/{network}/load-balancers | refuse POST PUT PATCH
--- As lxd 6.9 does, lxd/network/driver_common.go loadBalancerValidate.
WITH {listened},
backend AS (SELECT key, ifnull(value ->> '$.name', '') AS name, ifnull(value ->> '$.target_address', '') AS address
  FROM json_each(:body, '$.backends') WHERE key IS NOT NULL),
port AS (SELECT key, value AS port, ifnull(value ->> '$.protocol', '') AS protocol, ifnull(value ->> '$.target_pool', '') AS pool,
  ifnull(json_array_length(value, '$.target_backend'), 0) AS backends FROM json_each(:body, '$.ports') WHERE key IS NOT NULL),
fault AS (SELECT key - 1000 AS i, 0 AS at, 0 AS part, CASE
    WHEN name IN (SELECT o.name FROM backend o WHERE o.key < b.key) THEN 'Duplicate name "' || name || '" in backend specification ' || key
    WHEN {address fault} THEN 'Invalid target address for backend "' || name || '"'
    WHEN ip_family(address) <> ip_family(:body ->> '$.listen_address')
      THEN 'Cannot mix IP versions in listen address and backend "' || name || '" target address' END AS text FROM backend b
  UNION ALL SELECT key, 0, 0, CASE
    WHEN protocol NOT IN ('tcp', 'udp') THEN 'Invalid port protocol in port specification ' || key || ', protocol must be one of: tcp, udp'
    WHEN backends = 0 AND pool = '' THEN 'Missing target_backend or target_pool in port specification ' || key
    WHEN backends > 0 AND pool <> '' THEN 'Cannot specify both target_backend and target_pool in port specification ' || key END FROM port
  UNION ALL {listen faults}
  UNION ALL SELECT key, 12, 0, CASE WHEN pool <> '' AND (SELECT sum(max(0, last - first + 1)) FROM listened WHERE i = key) > 1
    THEN 'Port ranges cannot be used with pool in port specification ' || key END FROM port
  UNION ALL SELECT port.key, 16, t.key, 'Invalid target backend name ' || json_quote(t.value) || ' in port specification ' || port.key
    FROM port JOIN json_each(port.port, '$.target_backend') t WHERE t.value NOT IN (SELECT name FROM backend)
  UNION ALL {pool faults})
SELECT CASE at WHEN 20 THEN '!404 ' ELSE '!500 ' END || {doing} || 'load balancer: ' || text FROM fault WHERE text IS NOT NULL ORDER BY i, at, part LIMIT 1
-- /1.0/networks/{network}/load-balancers | refuse POST
--- An address is in the network, or in the routes of its uplink (lxd 6.9, lxd/network/driver_ovn.go allocateUplinkAddress).
SELECT '!400 Failed creating load balancer: Uplink network does not contain "' || address || CASE ip_family(address) WHEN 4 THEN '/32"'
    ELSE '/128"' END || ' in its routes'
FROM (SELECT :body ->> '$.listen_address' AS address) WHERE NOT EXISTS (SELECT 1
  FROM networks_config c JOIN json_each('[' || replace(json_quote(c.value), ',', '","') || ']') s
  WHERE c.node_id IS NULL AND ip_within(address, trim(s.value)) AND (c.network_id = :scope AND c.key IN ('ipv4.address', 'ipv6.address')
    OR c.key IN ('ipv4.routes', 'ipv6.routes') AND c.network_id = (SELECT u.id FROM networks u
      JOIN networks_config x ON x.network_id = :scope AND x.key = 'network' AND x.value = u.name WHERE u.project_id = 1)))
