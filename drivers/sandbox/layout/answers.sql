-- all | /1.0/cluster/certificate

-- lxd:5.21.. incus | /1.0/networks/{network}/load-balancers
SELECT '!400 Network driver "' || (CASE type WHEN 0 THEN 'bridge' WHEN 1 THEN 'macvlan' WHEN 2 THEN 'sriov' ELSE 'physical' END)
  || '" does not support load balancers' FROM networks WHERE name = :network AND type <> 3
UNION ALL SELECT json_object('listen_address', l.listen_address, 'description', l.description, 'location', '', 'backends',
  json(l.backends), 'ports', json(l.ports), 'config', json((SELECT json_group_object(key, value)
  FROM networks_load_balancers_config WHERE network_load_balancer_id = l.id)))
FROM networks_load_balancers l JOIN networks n ON n.id = l.network_id WHERE n.name = :network
-- lxd:5.21..5.21 incus | /1.0/storage-pools/{pool}/buckets
SELECT json_object('name', b.name, 'description', b.description, 'location', n.name, 'project', p.name, 's3_url', '',
  'config', json((SELECT json_group_object(key, value) FROM storage_buckets_config WHERE storage_bucket_id = b.id)))
FROM storage_buckets b JOIN storage_pools s ON s.id = b.storage_pool_id JOIN projects p ON p.id = b.project_id
LEFT JOIN nodes n ON n.id = b.node_id WHERE s.name = :pool AND (:all OR p.name = :project)
-- lxd:5.21.. incus | /1.0/cluster/members/{name}/state | Cluster member not found
SELECT json_object('sysinfo', json('{}'), 'storage_pools', json((SELECT json_group_object(s.name,
  json('{"space":{},"inodes":{}}')) FROM storage_pools s JOIN storage_pools_nodes x ON x.storage_pool_id = s.id JOIN nodes n
  ON n.id = x.node_id WHERE n.name = :name AND x.state = 1)))
-- all | /1.0/storage-pools/{pool}/volumes/custom/{volume}/snapshots
SELECT json_object('name', v.name || '/' || s.name, 'description', s.description, 'content_type', '',
  'config', json((SELECT json_group_object(key, value)
    FROM storage_volumes_snapshots_config WHERE storage_volume_snapshot_id = s.id)), 'expires_at', s.expiry_date, 'created_at', '')
FROM storage_volumes_snapshots s JOIN storage_volumes v ON v.id = s.storage_volume_id JOIN storage_pools p ON p.id = v.storage_pool_id
WHERE p.name = :pool AND v.name = :volume AND v.type = 2 AND (v.node_id IS NULL OR v.node_id = :node)
-- lxd:6.. | /1.0/storage-pools/{pool}/buckets
SELECT '!400 Storage pool driver "' || driver || '" does not support buckets' FROM storage_pools WHERE name = :pool AND driver <> 'cephobject'
-- incus | /1.0/network-integrations
SELECT json_object('name', n.name, 'description', n.description, 'type', 'ovn', 'used_by', json('[]'), 'config',
  json((SELECT json_group_object(key, value) FROM networks_integrations_config WHERE network_integration_id = n.id)))
FROM networks_integrations n ORDER BY n.name
-- lxd:6.. | /1.0/placement-groups
SELECT json_object('name', g.name, 'description', g.description, 'project', p.name, 'config',
  json((SELECT json_group_object(key, value) FROM placement_groups_config WHERE placement_group_id = g.id)), 'used_by',
  json((SELECT CASE count(*) WHEN 0 THEN 'null' ELSE json_group_array('/1.0/profiles/' || x.name) END FROM profiles x
    JOIN profiles_config c ON c.profile_id = x.id WHERE c.key = 'placement.group' AND c.value = g.name AND x.project_id = g.project_id)))
FROM placement_groups g JOIN projects p ON p.id = g.project_id WHERE :all OR p.name = :project ORDER BY g.id
-- lxd:6.8.. | /1.0/replicators
SELECT json_object('name', r.name, 'description', r.description, 'project', p.name, 'last_run_at', '', 'last_run_status',
  CASE r.last_run_status WHEN '' THEN 'Pending' ELSE r.last_run_status END, 'config', json((SELECT json_group_object(key, value) FROM replicators_config WHERE replicator_id = r.id)))
FROM replicators r JOIN projects p ON p.id = r.project_id WHERE :all OR p.name = :project ORDER BY r.id
-- lxd:5.21.. | /1.0/auth/identity-provider-groups
SELECT json_object('name', g.name, 'groups', json((SELECT json_group_array(a.name) FROM auth_groups_identity_provider_groups x
  JOIN auth_groups a ON a.id = x.auth_group_id WHERE x.identity_provider_group_id = g.id))) FROM identity_provider_groups g ORDER BY g.name
-- lxd:5.21.. | /1.0/auth/identities/current
SELECT '!400 Current identity information must be requested via the HTTPS API' WHERE :unix
