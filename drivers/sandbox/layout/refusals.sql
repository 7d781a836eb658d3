-- lxd:5.21..5.21 incus:6.0 | PATCH /1.0/cluster/groups/{name}
SELECT CASE n WHEN 0 THEN '!404 NodeClusterGroup not found' ELSE '!500 Query deleted ' || n || ' NodeClusterGroup rows instead of 1' END
FROM (SELECT count(x.id) AS n FROM cluster_groups g LEFT JOIN nodes_cluster_groups x ON x.group_id = g.id WHERE g.name = :name GROUP BY g.id)
WHERE n <> 1
-- all | DELETE /1.0/instances/{instance}/snapshots/{name}
SELECT '!404 Failed to fetch snapshot "' || :name || '" of instance "' || :instance || '" in project "' || :project || '": InstanceSnapshot not found'
WHERE NOT EXISTS (SELECT 1 FROM instances_snapshots s JOIN instances i ON i.id = s.instance_id JOIN projects p ON p.id = i.project_id
  WHERE s.name = :name AND i.name = :instance AND p.name = :project)
-- lxd:6.. | POST /1.0/storage-pools/{pool}/buckets
SELECT '!500 Failed creating storage bucket: Storage pool does not support buckets'
FROM storage_pools WHERE name = :pool AND driver <> 'cephobject'
-- lxd:6.. | POST,PUT,PATCH /1.0/images /1.0/images/{name}
SELECT '!400 Images can only be marked public in the default project'
FROM projects p JOIN projects_config c ON c.project_id = p.id AND c.key = 'features.images' AND c.value = 'true'
WHERE p.name = :project AND p.name <> 'default' AND :body ->> '$.public'
-- lxd:5.21..5.21 | POST /1.0/auth/identities/tls
SELECT '!409 An identity with name "' || name || '" already exists'
FROM identities WHERE auth_method = 1 AND name = :body ->> '$.name'
-- lxd:6.. | POST /1.0/auth/identities/tls
SELECT CASE WHEN :body ->> '$.token' THEN '!409 An identity with name "' || name || '" already exists' ELSE '!409 Identity already exists' END
FROM identities WHERE auth_method = 1 AND name = :body ->> '$.name'
-- lxd:6.. | POST /1.0/replicators
SELECT '!404 Invalid value for replicator configuration key "cluster": Cluster link "' || link || '" not found'
FROM (SELECT :body ->> '$.config.cluster' AS link) WHERE link NOT IN (SELECT name FROM cluster_links)
-- lxd:6.. | POST /1.0/cluster/links
SELECT '!400 Invalid cluster link type "' || type || '"' FROM (SELECT ifnull(:body ->> '$.type', '') AS type) WHERE type <> 'bidirectional'
-- lxd:6.. | DELETE /1.0/cluster/links/{name}
SELECT '!400 Error deleting "' || :name || '" from database: Cluster link is currently in use'
WHERE EXISTS (SELECT 1 FROM replicators_config WHERE key = 'cluster' AND value = :name)
  OR EXISTS (SELECT 1 FROM projects_config WHERE key = 'replica.cluster' AND value = :name)
-- lxd:6.9.. | POST /1.0/networks/{network}/forwards
SELECT '!500 Failed creating forward: Failed parsing IP address: invalid CIDR address: none/32'
FROM networks n JOIN networks_config c ON c.network_id = n.id AND c.key = 'network'
  JOIN networks u ON u.name = c.value AND u.project_id = 1 JOIN networks_config a ON a.network_id = u.id
WHERE n.name = :network AND n.type = 3 AND a.key IN ('ipv4.address', 'ipv6.address') AND a.value = 'none'
-- lxd:6.9.. | POST /1.0/networks/{network}/load-balancers
SELECT '!500 Failed creating load balancer: Failed parsing IP address: invalid CIDR address: none/32'
FROM networks n JOIN networks_config c ON c.network_id = n.id AND c.key = 'network'
  JOIN networks u ON u.name = c.value AND u.project_id = 1 JOIN networks_config a ON a.network_id = u.id
WHERE n.name = :network AND n.type = 3 AND a.key IN ('ipv4.address', 'ipv6.address') AND a.value = 'none'
-- all | POST /1.0/instances
SELECT CASE WHEN :target <> '' AND NOT :clustered THEN '!400 Target only allowed when clustered'
  WHEN :target GLOB '@*' AND substr(:target, 2) NOT IN (SELECT name FROM cluster_groups)
    THEN '!400 Cluster group ' || json_quote(substr(:target, 2)) || ' doesn''t exist'
  WHEN ifnull(:body ->> '$.name', '') NOT REGEXP '^([A-Za-z][A-Za-z0-9-]*)?$'
    THEN '!400 Invalid instance name: Name can only contain alphanumeric and hyphen characters'
  WHEN type NOT IN ('none', 'image') THEN '!400 Unknown instance source type ' || json_quote(type) END AS refusal
FROM (SELECT ifnull(:body ->> '$.source.type', '') AS type) WHERE refusal IS NOT NULL
-- all | POST /1.0/storage-pools
SELECT CASE WHEN name = '' THEN '!400 No name provided' WHEN name GLOB '*/*' THEN '!400 Storage pool names may not contain slashes'
  WHEN ifnull(:body ->> '$.driver', '') = '' THEN '!400 No driver provided' END AS refusal
FROM (SELECT ifnull(:body ->> '$.name', '') AS name) WHERE refusal IS NOT NULL
-- all | POST /1.0/storage-pools/{pool}/volumes/custom
SELECT CASE WHEN name = '' THEN '!400 No name provided' WHEN name GLOB '*/*' THEN '!400 Storage volume names may not contain slashes'
  WHEN ifnull(:body ->> '$.content_type', '') NOT IN ('', 'filesystem', 'block') THEN '!400 Invalid volume content type name' END AS refusal
FROM (SELECT ifnull(:body ->> '$.name', '') AS name) WHERE refusal IS NOT NULL
-- all | POST /1.0/storage-pools/{pool}/volumes/custom/{name}
SELECT CASE WHEN name = '' THEN '!400 No name provided' WHEN name GLOB '*/*' THEN '!400 Storage volume names may not contain slashes' END AS refusal
FROM (SELECT ifnull(:body ->> '$.name', '') AS name) WHERE refusal IS NOT NULL
-- all | POST /1.0/networks
SELECT CASE WHEN name = '' THEN '!400 No name provided'
  WHEN type NOT IN ('bridge', 'macvlan', 'sriov', 'ovn', 'physical') THEN '!400 Unknown driver'
  WHEN name REGEXP '[/ ]' THEN '!400 Network interface contains invalid characters'
  WHEN length(name) > 15 THEN '!400 Network interface is too long (maximum 15 characters)'
  WHEN type <> 'ovn' AND EXISTS (SELECT 1 FROM projects p JOIN projects_config c ON c.project_id = p.id AND c.key = 'features.networks'
    AND c.value = 'true' WHERE p.name = :project AND p.id <> 1) THEN '!400 Network type does not support non-default projects'
  WHEN type = 'ovn' AND :target <> '' THEN '!400 Network type "ovn" does not support member specific config' END AS refusal
FROM (SELECT ifnull(:body ->> '$.name', '') AS name, coalesce(nullif(:body ->> '$.type', ''), 'bridge') AS type)
WHERE refusal IS NOT NULL AND :project IN (SELECT name FROM projects)
-- all | PUT /1.0/cluster
SELECT CASE WHEN NOT enabled AND name <> '' THEN '!400 ServerName must be empty when disabling clustering'
  WHEN NOT enabled THEN '!501 the sandbox does not disable clustering; remove the member instead'
  WHEN name = '' THEN '!400 ServerName is required when enabling clustering'
  WHEN name GLOB '@*' THEN '!400 ServerName may not start with "@"'
  WHEN ifnull(:body ->> '$.cluster_address', '') = '' THEN NULL
  WHEN ifnull(:body ->> '$.cluster_certificate', '') = '' THEN '!400 No target cluster member certificate provided'
  WHEN :clustered THEN '!400 This server is already clustered'
  WHEN ifnull(:body ->> '$.server_address', '') = '' THEN '!400 No server address provided for this member' END AS refusal
FROM (SELECT ifnull(:body ->> '$.enabled', 0) AS enabled, ifnull(:body ->> '$.server_name', '') AS name) WHERE refusal IS NOT NULL
-- all | POST /1.0/cluster/members
SELECT '!400 This server is not clustered' WHERE NOT :clustered
-- incus | POST /1.0/cluster/members
SELECT '!500 The cluster already has a member with name: ' || name FROM nodes WHERE name = :body ->> '$.server_name'
-- lxd:5.21.. incus:6.1.. | POST /1.0/instances
SELECT '!409 Instance ' || json_quote(i.name) || ' already exists' FROM instances i JOIN projects p ON p.id = i.project_id
WHERE p.name = :project AND i.name = :body ->> '$.name'
