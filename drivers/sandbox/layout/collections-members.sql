-- * | as raft
(SELECT value ->> '$.id' AS id, value ->> '$.role' AS role, value ->> '$.leader' AS leader FROM json_each(:raft))
-- /1.0/cluster/members | table nodes | owner node_id | in members | without POST | keeps config
--| tag roles failure_domain description config groups | missing Cluster member not found
--- What is said of the heartbeat is the handlers'.
SELECT n.id, n.name, json_object('server_name', n.name, 'url', 'https://' || n.address, 'description', n.description,
  'architecture', CASE n.arch WHEN 1 THEN 'i686' WHEN 2 THEN 'x86_64' WHEN 4 THEN 'aarch64' ELSE '' END,
  'failure_domain', ifnull(f.name, 'default'), 'status', n.state || '', 'message', n.heartbeat,
  'database', json(iif(r.role = 0, 'true', 'false')),
  'roles', json((SELECT json_group_array(role) FROM (
    SELECT * FROM (SELECT key AS role FROM json_each(:roles) o JOIN nodes_roles x ON x.role = o.value
      WHERE x.node_id = n.id ORDER BY key)
    UNION ALL SELECT 'database-leader' WHERE r.leader
    UNION ALL SELECT :voter WHERE r.role = 0 AND (NOT r.leader OR :voter = 'database')
    UNION ALL SELECT 'database-standby' WHERE r.role = 1))),
  'groups', json((SELECT CASE count(*) WHEN 0 THEN 'null' ELSE json_group_array(name) END
    FROM (SELECT g.name FROM nodes_cluster_groups x JOIN cluster_groups g ON g.id = x.group_id
      WHERE x.node_id = n.id ORDER BY g.id))))
FROM nodes n LEFT JOIN nodes_failure_domains f ON f.id = n.failure_domain_id LEFT JOIN {raft} r ON r.id = n.id
WHERE :name IN ('', n.name) AND n.state <> 1 ORDER BY n.id
-- /1.0/cluster/members | row description
SELECT {described}
-- /1.0/cluster/members | refuse PUT PATCH
SELECT refusal FROM (
  SELECT 1 AS at, CASE WHEN votes AND NOT wants THEN '!400 The "database" role cannot be dropped at this time'
    WHEN wants AND NOT votes THEN '!400 The "database" role cannot be added at this time' END AS refusal
  FROM (SELECT EXISTS (SELECT 1 FROM {raft} WHERE id = :id AND role = 0) AS votes,
    EXISTS (SELECT 1 FROM json_each(:body, '$.roles') WHERE value = 'database') AS wants) WHERE :voter = 'database'
  UNION ALL SELECT 2,
    (SELECT CASE key WHEN 'scheduler.instance' THEN '!500 Invalid cluster configuration key "scheduler.instance" value'
    ELSE '?500 Invalid cluster configuration key ' || json_quote(key) END FROM json_each(:body, '$.config')
    WHERE key NOT GLOB 'user.*' AND (key <> 'scheduler.instance' OR value NOT IN ('', 'all', 'group', 'manual'))
      ORDER BY key LIMIT 1)
  UNION ALL SELECT 3, '!400 Cluster members need to belong to at least one group'
    WHERE NOT EXISTS (SELECT 1 FROM json_each(:body, '$.groups'))
  UNION ALL SELECT 4,
    (SELECT '!500 Update roles: Invalid cluster role ' || json_quote(value) FROM json_each(:body, '$.roles')
    WHERE value NOT GLOB 'database*' AND value NOT IN (SELECT key FROM json_each(:roles)) LIMIT 1)
  UNION ALL SELECT 5, '!500 Update failure domain: Failure domain name can''t be empty'
    WHERE ifnull(:body ->> '$.failure_domain', '') = ''
  UNION ALL SELECT 6,
    (SELECT '!404 Update cluster groups: Failed to add member to cluster group: '
      || 'Failed to get cluster group ID: Cluster group not found'
    FROM json_each(:body, '$.groups') WHERE value NOT IN (SELECT name FROM cluster_groups) LIMIT 1))
WHERE refusal IS NOT NULL ORDER BY at LIMIT 1
-- /1.0/cluster/members | refuse DELETE
SELECT CASE WHEN (SELECT count(*) FROM nodes WHERE state <> 1) < 2 THEN '!500 Member is the only member in the cluster'
  WHEN NOT :force THEN (SELECT '!500 Node still has the following ' || what || ': ' || names FROM (
    SELECT 1 AS at, 'containers' AS what, group_concat(name, ', ') AS names
    FROM (SELECT name FROM instances WHERE node_id = :id ORDER BY name)
    UNION ALL SELECT 2, 'images', group_concat(fingerprint, ', ') FROM (SELECT i.fingerprint FROM images i
      JOIN images_nodes x ON x.image_id = i.id WHERE x.node_id = :id
      AND i.id NOT IN (SELECT image_id FROM images_nodes WHERE node_id <> :id) ORDER BY 1)
    UNION ALL SELECT 3, 'custom volumes', group_concat(name, ', ')
    FROM (SELECT name FROM storage_volumes WHERE node_id = :id AND type = 2 ORDER BY name))
    WHERE names IS NOT NULL ORDER BY at LIMIT 1) END
-- /1.0/cluster/members | then
--- The failure domain "default" is none.
INSERT INTO nodes_failure_domains (name) SELECT name FROM (SELECT :body ->> '$.failure_domain' AS name) x
WHERE name <> 'default' AND name NOT IN (SELECT f.name FROM nodes_failure_domains f);
UPDATE nodes SET failure_domain_id = (SELECT id FROM nodes_failure_domains WHERE name = :body ->> '$.failure_domain')
  WHERE id = :id;
DELETE FROM nodes_roles WHERE node_id = :id;
INSERT INTO nodes_roles (node_id, role) SELECT :id, o.value FROM json_each(:body, '$.roles') b
  JOIN json_each(:roles) o ON o.key = b.value;
DELETE FROM nodes_cluster_groups WHERE node_id = :id;
INSERT INTO nodes_cluster_groups (node_id, group_id) SELECT :id, g.id FROM json_each(:body, '$.groups') b
  JOIN cluster_groups g ON g.name = b.value
