-- all | /1.0/cluster/certificate

-- lxd:5.21.. incus | /1.0/cluster/members/{name}/state | Cluster member not found
SELECT json_object('sysinfo', json('{}'), 'storage_pools', json((SELECT json_group_object(s.name,
  json('{"space":{},"inodes":{}}')) FROM storage_pools s JOIN storage_pools_nodes x ON x.storage_pool_id = s.id
  JOIN nodes n ON n.id = x.node_id WHERE n.name = :name AND x.state = 1)))
-- lxd:5.0 | /1.0/storage-pools/{pool}/volumes/custom/{volume}/snapshots
SELECT json_object('name', v.name || '/' || s.name, 'description', s.description, 'content_type', '',
  'config', json((SELECT json_group_object(key, value)
    FROM storage_volumes_snapshots_config WHERE storage_volume_snapshot_id = s.id)),
  'expires_at', s.expiry_date, 'created_at', '')
FROM storage_volumes_snapshots s JOIN storage_volumes v ON v.id = s.storage_volume_id
  JOIN storage_pools p ON p.id = v.storage_pool_id
WHERE p.name = :pool AND v.name = :volume AND v.type = 2 AND (v.node_id IS NULL OR v.node_id = :node)
-- lxd:5.21.. incus | /1.0/storage-pools/{pool}/volumes/custom/{volume}/snapshots
SELECT json_object('name', v.name || '/' || s.name, 'description', s.description, 'content_type', '',
  'config', json((SELECT json_group_object(key, value)
    FROM storage_volumes_snapshots_config WHERE storage_volume_snapshot_id = s.id)),
  'expires_at', s.expiry_date, 'created_at', s.creation_date)
FROM storage_volumes_snapshots s JOIN storage_volumes v ON v.id = s.storage_volume_id
  JOIN storage_pools p ON p.id = v.storage_pool_id
WHERE p.name = :pool AND v.name = :volume AND v.type = 2 AND (v.node_id IS NULL OR v.node_id = :node)
-- lxd:6.8.. | /1.0/replicators
SELECT json_object('name', r.name, 'description', r.description, 'project', p.name,
  'last_run_at', COALESCE(r.last_run_date, ''),
  'last_run_status', CASE r.last_run_status WHEN '' THEN 'Pending' ELSE r.last_run_status END,
  'config', json((SELECT json_group_object(key, value) FROM replicators_config WHERE replicator_id = r.id)))
FROM replicators r JOIN projects p ON p.id = r.project_id WHERE :all OR p.name = :project ORDER BY r.id
-- lxd:5.21.. | /1.0/auth/identity-provider-groups
SELECT json_object('name', g.name,
  'groups', json((SELECT json_group_array(a.name) FROM auth_groups_identity_provider_groups x
    JOIN auth_groups a ON a.id = x.auth_group_id WHERE x.identity_provider_group_id = g.id)))
FROM identity_provider_groups g ORDER BY g.name
-- lxd:5.21.. | /1.0/auth/identities/current
SELECT '!400 Current identity information must be requested via the HTTPS API' WHERE :unix
-- all | /1.0/warnings
WITH types (code, text) AS (VALUES (1, 'Couldn''t find the CGroup blkio'),
  (2, 'Couldn''t find the CGroup blkio.weight'),
  (3, 'Couldn''t find the CGroup CPU controller'), (8, 'Couldn''t find the CGroup hugetlb controller'),
  (9, 'Couldn''t find the CGroup memory controller'), (10, 'Couldn''t find the CGroup network priority controller'),
  (11, 'Couldn''t find the CGroup pids controller'), (12, 'Couldn''t find the CGroup memory swap accounting'),
  (14, 'AppArmor support has been disabled'), (17, 'Skipping AppArmor for dnsmasq due to raw.dnsmasq being set'),
  (23, 'Instance type not operational'))
SELECT json_object('uuid', w.uuid, 'location', COALESCE(n.name, ''), 'project', COALESCE(p.name, ''), 'type',
  CASE WHEN :server LIKE 'lxd-6%' THEN replace(t.text, 'Couldn''t', 'Could not') ELSE COALESCE(t.text, '') END,
  'count', w.count, 'severity', 'low',
  'status', CASE w.status WHEN 1 THEN 'new' WHEN 2 THEN 'acknowledged' ELSE 'resolved' END,
  'first_seen_at', w.first_seen_date,
  'last_seen_at', w.last_seen_date, 'last_message', w.last_message,
  'entity_url', COALESCE((SELECT '/1.0/networks/' || x.name || '?project=' || p.name FROM networks x
    WHERE x.id = w.entity_id AND w.entity_type_code = 8 AND :server LIKE 'lxd-%' AND :server NOT LIKE 'lxd-5.0%'), ''))
FROM warnings w LEFT JOIN nodes n ON n.id = w.node_id LEFT JOIN projects p ON p.id = w.project_id
LEFT JOIN types t ON t.code = w.type_code + (w.type_code > 15 AND :server LIKE 'incus-%')
WHERE :all OR :project IN ('default', p.name)
ORDER BY w.id
-- lxd:6.. | /1.0/cluster/links[/{name}] | Cluster link not found
SELECT json_object('name', l.name, 'description', l.description, 'type', 'bidirectional',
  'config', json((SELECT json_group_object(key, value) FROM cluster_links_config WHERE cluster_link_id = l.id)),
  'used_by', json((SELECT CASE count(*) WHEN 0 THEN 'null'
    ELSE json_group_array('/1.0/replicators/' || r.name || '?project=' || p.name) END
    FROM replicators r JOIN replicators_config c ON c.replicator_id = r.id AND c.key = 'cluster' AND c.value = l.name
    JOIN projects p ON p.id = r.project_id)))
FROM cluster_links l WHERE :name IN ('', l.name) ORDER BY l.name
-- lxd:6.. | /1.0/cluster/links/{name}/state | Cluster link not found
SELECT '!500 Failed loading cluster link "' || name
  || '": No certificate found for cluster link identity "' || name || '"'
FROM cluster_links l WHERE name = :name AND identity_id NOT IN (SELECT identity_id FROM identities_certificates)
UNION ALL SELECT json_object('cluster_link_members',
  json_array(json_object('address', c.value, 'server_name', '', 'status', 'Active')))
FROM cluster_links l JOIN cluster_links_config c ON c.cluster_link_id = l.id AND c.key = 'volatile.addresses'
WHERE l.name = :name
-- lxd:5.21.. | /1.0/auth/permissions
--- All that may be permitted, and with recursion to which groups it is.
SELECT json_object('entity_type', e.type, 'url', e.url, 'entitlement', x.value, 'groups', json(iif(:recursion,
  (SELECT CASE count(*) WHEN 0 THEN 'null' ELSE json_group_array(g.name) END FROM auth_groups_permissions p
    JOIN auth_groups g ON g.id = p.auth_group_id
    WHERE p.entity_type = e.code AND p.entity_id = e.id AND p.entitlement = x.value), 'null')))
FROM ({entities}) e JOIN json_each(:entitlements, '$.' || e.type) x WHERE :about IN ('', e.type)
ORDER BY e.type, e.url, x.value
