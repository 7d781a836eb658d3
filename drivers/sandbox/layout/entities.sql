-- lxd:5.21.. | entities
SELECT 21 AS code, 'server' AS type, 0 AS id, '/1.0' AS url
UNION ALL SELECT 1, 'image', x.id, '/1.0/images/' || x.fingerprint || '?project=' || p.name
  FROM images x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 2, 'profile', x.id, '/1.0/profiles/' || x.name || '?project=' || p.name
  FROM profiles x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 3, 'project', id, '/1.0/projects/' || name FROM projects
UNION ALL SELECT 4, 'certificate', id, '/1.0/certificates/' || identifier FROM identities WHERE type IN (1, 2, 3, 4, 6)
UNION ALL SELECT 5, 'instance', x.id, '/1.0/instances/' || x.name || '?project=' || p.name
  FROM instances x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 8, 'network', x.id, '/1.0/networks/' || x.name || '?project=' || p.name
  FROM networks x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 9, 'network_acl', x.id, '/1.0/network-acls/' || x.name || '?project=' || p.name
  FROM networks_acls x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 12, 'storage_pool', id, '/1.0/storage-pools/' || name FROM storage_pools
UNION ALL SELECT 13, 'storage_volume', v.id, '/1.0/storage-pools/' || s.name || '/volumes/'
    || CASE v.type WHEN 0 THEN 'container/' WHEN 2 THEN 'custom/' ELSE 'virtual-machine/' END || v.name
    || '?project=' || p.name || COALESCE('&target=' || n.name, '')
  FROM storage_volumes v JOIN storage_pools s ON s.id = v.storage_pool_id JOIN projects p ON p.id = v.project_id
  LEFT JOIN nodes n ON n.id = v.node_id WHERE v.type IN (0, 2, 3)
UNION ALL SELECT 18, 'storage_bucket', b.id, '/1.0/storage-pools/' || s.name || '/buckets/' || b.name || '?project=' || p.name
    || COALESCE('&target=' || n.name, '')
  FROM storage_buckets b JOIN storage_pools s ON s.id = b.storage_pool_id JOIN projects p ON p.id = b.project_id
  LEFT JOIN nodes n ON n.id = b.node_id
UNION ALL SELECT 19, 'network_zone', x.id, '/1.0/network-zones/' || x.name || '?project=' || p.name
  FROM networks_zones x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 20, 'image_alias', x.id, '/1.0/images/aliases/' || replace(x.name, '/', '%2F') || '?project=' || p.name
  FROM images_aliases x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 22, 'group', id, '/1.0/auth/groups/' || name FROM auth_groups
UNION ALL SELECT 23, 'identity_provider_group', id, '/1.0/auth/identity-provider-groups/' || name FROM identity_provider_groups
UNION ALL SELECT 24, 'identity', id, '/1.0/auth/identities/'
    || CASE auth_method WHEN 1 THEN 'tls/' WHEN 2 THEN 'oidc/' ELSE 'bearer/' END || identifier
  FROM identities WHERE type NOT IN (1, 2, 3, 4, 6)
-- lxd:6.. | entities
SELECT 25, 'placement_group', x.id, '/1.0/placement-groups/' || x.name || '?project=' || p.name
  FROM placement_groups x JOIN projects p ON p.id = x.project_id
UNION ALL SELECT 26, 'cluster_link', id, '/1.0/cluster/links/' || name FROM cluster_links
UNION ALL SELECT 27, 'replicator', x.id, '/1.0/replicators/' || x.name || '?project=' || p.name
  FROM replicators x JOIN projects p ON p.id = x.project_id
