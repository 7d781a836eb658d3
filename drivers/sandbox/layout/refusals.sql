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
