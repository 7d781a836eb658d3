-- * | as acl users
FROM networks_config c JOIN networks n ON n.id = c.network_id JOIN projects p ON p.id = n.project_id
WHERE n.project_id = :scope AND c.key = 'security.acls' AND instr(',' || replace(c.value, ' ', '') || ',', ',' || a.name || ',')
-- /1.0/network-acls | table networks_acls | owner network_acl_id | in networks | missing Network ACL not found | keeps config | reach used
SELECT a.id, a.name, json_object('name', a.name, 'description', a.description,
  'ingress', json(ifnull(nullif(a.ingress, ''), '[]')), 'egress', json(ifnull(nullif(a.egress, ''), '[]')),
  'used_by', json((SELECT json_group_array(path) FROM
    (SELECT '/1.0/networks/' || n.name || {inproject} AS path {acl users} GROUP BY n.id))))
FROM networks_acls a WHERE (:all OR a.project_id = :scope) AND :name IN ('', a.name) ORDER BY a.id
-- /1.0/network-acls | row project_id name description ingress egress
--- Rules are in the order of fields that the database has (lxd 5.0.2, shared/api/network_acl.go).
WITH list AS (SELECT d.column1 AS direction, go_json(json_group_array(json_patch('{}', json_object('action', ifnull(r.value ->> '$.action', ''),
    'source', nullif(r.value ->> '$.source', ''), 'destination', nullif(r.value ->> '$.destination', ''),
    'protocol', nullif(r.value ->> '$.protocol', ''), 'source_port', nullif(r.value ->> '$.source_port', ''),
    'destination_port', nullif(r.value ->> '$.destination_port', ''), 'icmp_type', nullif(r.value ->> '$.icmp_type', ''),
    'icmp_code', nullif(r.value ->> '$.icmp_code', ''), 'description', nullif(r.value ->> '$.description', ''),
    'state', ifnull(r.value ->> '$.state', ''))))) AS rules
  FROM (VALUES ('ingress'), ('egress')) d JOIN json_each(:body, '$.' || d.column1) r WHERE r.key IS NOT NULL GROUP BY d.column1)
SELECT :scope, :body ->> '$.name', {described},
  coalesce((SELECT rules FROM list WHERE direction = 'ingress'), CASE json_type(:body, '$.ingress') WHEN 'array' THEN '[]' ELSE '' END),
  coalesce((SELECT rules FROM list WHERE direction = 'egress'), CASE json_type(:body, '$.egress') WHEN 'array' THEN '[]' ELSE '' END)
-- /1.0/network-acls | refuse POST
SELECT CASE WHEN EXISTS (SELECT 1 FROM networks_acls WHERE project_id = :scope AND name = x.name) THEN '!400 The network ACL already exists'
  WHEN name = '' THEN '!500 Name is required'
  WHEN name REGEXP '^[@%#]' THEN '!500 Name cannot start with reserved character ''' || substr(name, 1, 1) || ''''
  WHEN name GLOB '-*' THEN '!500 Name must not start with "-" character'
  WHEN name GLOB '[0-9]*' THEN '!500 Name must not start with a number'
  WHEN name NOT REGEXP '^[A-Za-z0-9-]+$' THEN '!500 Name can only contain alphanumeric and hyphen characters' END
FROM (SELECT ifnull(:body ->> '$.name', '') AS name) x
-- /1.0/network-acls | refuse POST PUT PATCH
SELECT {user keys}
-- * | as subjects | for lxd incus:6.0
SELECT name FROM networks_acls WHERE project_id = :scope
-- * | as subjects | for incus:6.1..
SELECT name FROM networks_acls WHERE project_id = :scope UNION ALL SELECT '$' || name FROM networks_address_sets WHERE project_id = :scope
-- * | as highest port | for lxd:5.0 incus
4294967295
-- * | as highest port | for lxd:5.21..
65535
-- /1.0/network-acls | refuse POST PUT PATCH
--- Names of ACLs stand only on one side of a rule. The first fault of the first rule is told.
WITH rule AS (SELECT d.column1 AS direction, d.column2 AS named, r.key AS i, r.value AS rule, ifnull(r.value ->> '$.action', '') AS action,
    ifnull(r.value ->> '$.state', '') AS state, ifnull(r.value ->> '$.protocol', '') AS protocol
  FROM (VALUES ('ingress', 'Source'), ('egress', 'Destination')) d JOIN json_each(:body, '$.' || d.column1) r WHERE r.key IS NOT NULL),
subject AS (SELECT direction, named, i, side.column1 AS side, 2 + side.column2 AS at, s.key AS part, trim(s.value) AS subject
  FROM rule JOIN (VALUES ('Source', 0), ('Destination', 1)) side
  JOIN json_each('[' || replace(json_quote(ifnull(rule ->> ('$.' || lower(side.column1)), '')), ',', '","') || ']') s WHERE trim(s.value) <> ''),
field AS (SELECT direction, i, protocol, f.column1 AS at, f.column2 AS field, ifnull(rule ->> ('$.' || f.column3), '') AS value
  FROM rule JOIN (VALUES (5, 'ICMP type', 'icmp_type'), (6, 'ICMP code', 'icmp_code'), (7, 'Source port', 'source_port'),
    (8, 'Destination port', 'destination_port')) f WHERE value <> ''),
fault AS (SELECT direction, i, 0 AS at, 0 AS part, CASE
    WHEN action NOT IN ('allow', 'drop', 'reject') THEN 'Action must be one of: allow, drop, reject'
    WHEN state NOT IN ('enabled', 'disabled', 'logged') THEN 'State must be one of: enabled, disabled, logged' END AS text FROM rule
  UNION ALL SELECT direction, i, at, part, CASE
    WHEN ip_family(subject) IS NOT NULL THEN NULL
    WHEN subject NOT GLOB '@*' AND subject NOT IN ({subjects}) THEN 'Invalid ' || side || ': Invalid subject ' || json_quote(subject)
    WHEN side <> named THEN 'Invalid ' || side || ': Named subjects not allowed in "' || side || '" for "' || direction || '" rules' END
  FROM subject
  UNION ALL SELECT direction, i, 4, 0, 'Protocol must be one of: icmp4, icmp6, tcp, udp' FROM rule
  WHERE protocol NOT IN ('', 'icmp4', 'icmp6', 'tcp', 'udp')
  UNION ALL SELECT direction, i, at, 0, CASE
    WHEN protocol = '' THEN field || ' cannot be used without specifying protocol'
    WHEN at < 7 AND protocol NOT GLOB 'icmp*' THEN field || ' cannot be used with non-ICMP protocol'
    WHEN at >= 7 AND protocol GLOB 'icmp*' THEN field || ' cannot be used with "' || protocol || '" protocol' END FROM field
  UNION ALL SELECT direction, i, at, 1 + s.key, 'Invalid ' || field || ': Invalid port number ' || json_quote(s.value)
  FROM field JOIN json_each('[' || replace(replace(replace(json_quote(field.value), ' ', ''), ',', '","'), '-', '","') || ']') s
  WHERE at >= 7 AND (s.value NOT REGEXP '^[0-9]+$' OR CAST(s.value AS INTEGER) > {highest port}))
SELECT refusal FROM (SELECT direction, i, at, part, '!500 Invalid ' || direction || ' rule ' || i || ': ' || text AS refusal
    FROM fault WHERE text IS NOT NULL
  UNION ALL SELECT r.direction, r.i, 9, 0, '!500 Duplicate of ' || r.direction || ' rule ' || r.i
    FROM rule r JOIN rule o ON o.direction = r.direction AND o.i > r.i AND o.rule = r.rule)
ORDER BY direction = 'egress', i, at, part LIMIT 1
-- /1.0/network-acls | refuse DELETE
SELECT '!500 Cannot delete an ACL that is in use' FROM (SELECT :name AS name) a WHERE EXISTS (SELECT 1 {acl users})
-- /1.0/network-address-sets | table networks_address_sets | owner network_address_set_id | in networks | needs network_address_set | missing Network_address_set not found | keeps description addresses config
--- Rules of ACLs name them with a dollar (incus 7.0.1, internal/server/network/address-set).
SELECT s.id, s.name, json_object('name', s.name, 'description', ifnull(s.description, ''), 'project', p.name,
  'addresses', json(ifnull(nullif(s.addresses, ''), '[]')), 'used_by', json((SELECT json_group_array(path) FROM
    (SELECT '/1.0/network-acls/' || a.name || {inproject} AS path FROM networks_acls a
      JOIN json_each(json_array(json(nullif(a.ingress, '')), json(nullif(a.egress, '')))) d JOIN json_each(d.value) r
      WHERE a.project_id = s.project_id AND instr(',' || replace(ifnull(r.value ->> '$.source', '') || ','
        || ifnull(r.value ->> '$.destination', ''), ' ', '') || ',', ',$' || s.name || ',') GROUP BY a.id))))
FROM networks_address_sets s JOIN projects p ON p.id = s.project_id
WHERE (:all OR s.project_id = :scope) AND :name IN ('', s.name) ORDER BY s.id
-- /1.0/network-address-sets | row project_id name description addresses
SELECT :scope, :body ->> '$.name', {described}, CASE json_type(:body, '$.addresses') WHEN 'array' THEN :body -> '$.addresses' ELSE '' END
-- /1.0/network-address-sets | refuse POST
SELECT '!400 The network address set already exists' FROM networks_address_sets WHERE project_id = :scope AND name = :body ->> '$.name'
-- /1.0/network-address-sets | refuse POST PUT PATCH
SELECT CASE WHEN value IN (SELECT o.value FROM json_each(:body, '$.addresses') o WHERE o.key < a.key)
    THEN '!500 Invalid addresses: Duplicate address ' || json_quote(value) || ' found at index ' || key
  WHEN ip_family(value) IS NULL THEN '!500 Invalid addresses: Unsupported address format ' || json_quote(value) || ' at index ' || key
  END AS refusal
FROM json_each(:body, '$.addresses') a WHERE key IS NOT NULL AND refusal IS NOT NULL ORDER BY key LIMIT 1
-- /1.0/network-address-sets | refuse POST PUT PATCH
SELECT '!500 Invalid network integration configuration key "' || key || '"' FROM json_each(:body, '$.config')
WHERE key NOT GLOB 'user.*' ORDER BY key LIMIT 1
-- /1.0/network-address-sets | refuse DELETE
SELECT '!500 Cannot delete address set that is in use' FROM networks_acls a
JOIN json_each(json_array(json(nullif(a.ingress, '')), json(nullif(a.egress, '')))) d JOIN json_each(d.value) r
WHERE a.project_id = :scope AND instr(',' || replace(ifnull(r.value ->> '$.source', '') || ','
  || ifnull(r.value ->> '$.destination', ''), ' ', '') || ',', ',$' || :name || ',')
