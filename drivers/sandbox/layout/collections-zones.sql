-- * | as named
'!500 Name is required' WHERE ifnull(:body ->> '$.name', '') = ''
-- * | as bool
'(?i)^(true|false|1|0|yes|no|on|off)$'
-- * | as inproject
CASE p.name WHEN 'default' THEN '' ELSE '?project=' || p.name END
-- * | as described
ifnull(:body ->> '$.description', '')
-- * | as user keys
'!500 Invalid config option "' || key || '"' FROM json_each(:body, '$.config') WHERE key NOT GLOB 'user.*' ORDER BY key LIMIT 1
-- * | as strange keys
'?500 Invalid option "' || key || '"' FROM json_each(:body, '$.config') WHERE key NOT GLOB 'user.*' ORDER BY key LIMIT 1
-- /1.0/network-zones | table networks_zones | owner network_zone_id | in zones | missing Network zone not found | keeps config | reach always
SELECT z.id, z.name, json_object('name', z.name, 'description', z.description, 'used_by', json((SELECT json_group_array(path)
  FROM (SELECT '/1.0/networks/' || n.name || {inproject} AS path
    FROM networks_config c JOIN networks n ON n.id = c.network_id JOIN projects p ON p.id = n.project_id
    WHERE n.project_id = :scope AND c.key IN ('dns.zone.forward', 'dns.zone.reverse.ipv4', 'dns.zone.reverse.ipv6')
      AND instr(',' || replace(c.value, ' ', '') || ',', ',' || z.name || ',') GROUP BY n.id))))
FROM networks_zones z WHERE (:all OR z.project_id = :scope) AND :name IN ('', z.name) ORDER BY z.id
-- /1.0/network-zones | row project_id name description
SELECT :scope, :body ->> '$.name', {described}
-- /1.0/network-zones | refuse POST
--- The name of a zone is unique among all projects.
SELECT '!400 The network zone already exists' FROM networks_zones WHERE name = :body ->> '$.name'
-- /1.0/network-zones | refuse POST
SELECT {named}
-- /1.0/network-zones | refuse PATCH
--- A PATCH that names no configuration breaks the connection (measured).
SELECT '!000' WHERE :sent ->> '$.config' IS NULL
-- /1.0/network-zones | refuse POST PUT PATCH
SELECT CASE WHEN key = 'dns.nameservers' OR key GLOB 'user.*' THEN NULL
  WHEN key = 'network.nat' THEN CASE WHEN value <> '' AND value NOT REGEXP {bool}
    THEN '!500 Invalid value for config option "network.nat": Invalid value for a boolean ' || json_quote(value) END
  WHEN key NOT GLOB 'peers.*' THEN '!500 Invalid config option "' || key || '"'
  WHEN key NOT REGEXP '^[^.]*\.[^.]*\.[^.]*$' THEN '?500 Invalid network zone configuration key "' || key || '"'
  WHEN key NOT REGEXP '\.(address|key)$' THEN '?500 Invalid config option "' || key || '"'
  WHEN key GLOB '*.address' AND value <> '' AND (ip_family(value) IS NULL OR value REGEXP '[-/]')
    THEN '!500 Invalid value for config option "' || key || '": Not an IP address ' || json_quote(value) END AS refusal
FROM json_each(:body, '$.config') WHERE refusal IS NOT NULL ORDER BY key LIMIT 1
-- /1.0/network-zones | refuse DELETE
SELECT '!500 Cannot delete a zone that is in use' FROM networks_config c JOIN networks n ON n.id = c.network_id
WHERE n.project_id = :scope AND c.key IN ('dns.zone.forward', 'dns.zone.reverse.ipv4', 'dns.zone.reverse.ipv6')
  AND instr(',' || replace(c.value, ' ', '') || ',', ',' || :name || ',')
-- /1.0/network-zones/{zone}/records | table networks_zones_records | owner network_zone_record_id | in zone | missing Network zone record not found | keeps config
SELECT r.id, r.name, json_object('name', r.name, 'description', r.description, 'entries', json(nullif(r.entries, '')))
FROM networks_zones_records r WHERE r.network_zone_id = :scope AND :name IN ('', r.name) ORDER BY r.name
-- /1.0/network-zones/{zone}/records | row network_zone_id name description entries
SELECT :scope, :body ->> '$.name', {described}, CASE json_type(:body, '$.entries') WHEN 'array' THEN
  (SELECT go_json(json_group_array(json_patch('{}', json_object('type', ifnull(value ->> '$.type', ''), 'ttl', nullif(value ->> '$.ttl', 0),
    'value', ifnull(value ->> '$.value', ''))))) FROM json_each(:body, '$.entries')) ELSE 'null' END
-- /1.0/network-zones/{zone}/records | refuse PATCH
SELECT '!000' WHERE :sent ->> '$.config' IS NULL
-- /1.0/network-zones/{zone}/records | refuse POST PUT PATCH
SELECT {user keys}
-- /1.0/network-zones/{zone}/records | refuse POST PUT PATCH
--- Unknown types, and addresses that are none. The places are those in the line that LXD gives its DNS library.
WITH entry AS (SELECT key AS i, ifnull(value ->> '$.type', '') AS type, ifnull(value ->> '$.value', '') AS value,
    12 + length(coalesce(nullif(value ->> '$.ttl', 0), 300)) + length(value ->> '$.type') AS place
  FROM json_each(:body, '$.entries') WHERE key IS NOT NULL)
SELECT CASE WHEN type NOT REGEXP '^(A|AAAA|CAA|CNAME|DNAME|DS|MX|NAPTR|NS|PTR|SOA|SPF|SRV|SSHFP|TLSA|TXT|URI)$'
    THEN '!500 Bad zone record entry: dns: unknown RR type: "' || type || '" at line: 1:' || place
  WHEN (type = 'A' AND ip_family(value) IS NOT 4 OR type = 'AAAA' AND ip_family(value) IS NOT 6)
      OR type IN ('A', 'AAAA') AND value REGEXP '[-/]'
    THEN '!500 Bad zone record entry: dns: bad ' || type || ' ' || type || ': "' || CASE value WHEN '' THEN '\n' ELSE value END
      || '" at line: 1:' || (place + length(value))
  WHEN EXISTS (SELECT 1 FROM entry o WHERE o.i < e.i AND o.type = e.type AND o.value = e.value)
    THEN '!500 Duplicate record for type "' || type || '" and value "' || value || '"' END AS refusal
FROM entry e WHERE refusal IS NOT NULL ORDER BY i LIMIT 1
-- /1.0/network-zones/{zone}/records | refuse POST
--- LXD 5.0.2 has room for one record of a name in all zones together, and says so in SQLite's words.
SELECT '!500 UNIQUE constraint failed: networks_zones_records.name' FROM networks_zones_records WHERE name = :body ->> '$.name'
