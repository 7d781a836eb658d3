-- all | pool
WITH placed AS (SELECT v.id, v.name, v.type, v.project_id, CASE p.name WHEN 'default' THEN '' ELSE '&project=' || p.name END AS project,
    CASE WHEN n.id IS NULL THEN '' ELSE '&target=' || n.name END AS target
  FROM storage_volumes v JOIN projects p ON p.id = v.project_id JOIN storage_pools s ON s.id = v.storage_pool_id
  LEFT JOIN nodes n ON n.id = v.node_id WHERE s.name = :name AND (:node = 0 OR v.node_id IS NULL OR v.node_id = :node)),
paths AS (
  SELECT '/1.0/storage-pools/' || :name || '/volumes/custom/' || name AS path, project || target AS query FROM placed WHERE type = 2
  UNION ALL SELECT '/1.0/instances/' || name, project FROM placed v WHERE type IN (0, 3)
    AND EXISTS (SELECT 1 FROM instances i WHERE i.name = v.name AND i.project_id = v.project_id)
  UNION ALL SELECT CASE type WHEN 2 THEN '/1.0/storage-pools/' || :name || '/volumes/custom/' ELSE '/1.0/instances/' END || v.name
      || '/snapshots/' || s.name, project || CASE type WHEN 2 THEN target ELSE '' END
    FROM placed v JOIN storage_volumes_snapshots s ON s.storage_volume_id = v.id WHERE :snapshots
  UNION ALL SELECT DISTINCT '/1.0/profiles/' || x.name, CASE p.name WHEN 'default' THEN '' ELSE '&project=' || p.name END
    FROM profiles x JOIN projects p ON p.id = x.project_id JOIN profiles_devices d ON d.profile_id = x.id
    JOIN profiles_devices_config c ON c.profile_device_id = d.id WHERE d.type = 2 AND c.key = 'pool' AND c.value = :name)
SELECT path || CASE query WHEN '' THEN '' ELSE '?' || substr(query, 2) END FROM paths
-- all | network
SELECT '/1.0/instances/' || i.name || CASE p.name WHEN 'default' THEN '' ELSE '?project=' || p.name END
  FROM instances i JOIN projects p ON p.id = i.project_id WHERE EXISTS (SELECT 1 FROM instances_profiles x
    JOIN profiles_devices d ON d.profile_id = x.profile_id JOIN profiles_devices_config c ON c.profile_device_id = d.id
    WHERE x.instance_id = i.id AND d.type = 1 AND c.key IN ('network', 'parent') AND c.value = :name
    AND NOT EXISTS (SELECT 1 FROM instances_devices o WHERE o.instance_id = i.id AND o.name = d.name)
    AND NOT EXISTS (SELECT 1 FROM instances_profiles y JOIN profiles_devices e ON e.profile_id = y.profile_id
      WHERE y.instance_id = i.id AND y.apply_order > x.apply_order AND e.name = d.name))
  OR EXISTS (SELECT 1 FROM instances_devices d JOIN instances_devices_config c ON c.instance_device_id = d.id
    WHERE d.instance_id = i.id AND d.type = 1 AND c.key IN ('network', 'parent') AND c.value = :name)
UNION SELECT '/1.0/profiles/' || x.name || CASE p.name WHEN 'default' THEN '' ELSE '?project=' || p.name END
  FROM profiles x JOIN projects p ON p.id = x.project_id JOIN profiles_devices d ON d.profile_id = x.id
  JOIN profiles_devices_config c ON c.profile_device_id = d.id
  WHERE d.type = 1 AND c.key IN ('network', 'parent') AND c.value = :name
-- all | profile
SELECT '/1.0/instances/' || i.name || CASE p.name WHEN 'default' THEN '' ELSE '?project=' || p.name END FROM instances_profiles x
  JOIN instances i ON i.id = x.instance_id JOIN projects p ON p.id = i.project_id WHERE x.profile_id = f.id ORDER BY i.id
-- all | volume
SELECT '/1.0/instances/' || i.name || CASE p.name WHEN 'default' THEN '' ELSE '?project=' || p.name END
  FROM storage_volumes v JOIN instances i JOIN projects p ON p.id = i.project_id JOIN storage_pools s ON s.id = v.storage_pool_id
  WHERE v.id = :id AND (v.type IN (0, 3) AND i.name = v.name AND i.project_id = v.project_id
    OR v.type = 2 AND (v.node_id IS NULL OR v.node_id = i.node_id) AND EXISTS (SELECT 1 FROM instances_devices d
      JOIN instances_devices_config a ON a.instance_device_id = d.id AND a.key = 'pool' AND a.value = s.name
      JOIN instances_devices_config b ON b.instance_device_id = d.id AND b.key = 'source' AND b.value = v.name
      WHERE d.instance_id = i.id AND d.type = 2))
UNION SELECT '/1.0/profiles/' || i.name || CASE p.name WHEN 'default' THEN '' ELSE '?project=' || p.name END
  FROM storage_volumes v JOIN profiles i JOIN projects p ON p.id = i.project_id JOIN storage_pools s ON s.id = v.storage_pool_id
  JOIN profiles_devices d ON d.profile_id = i.id AND d.type = 2
  JOIN profiles_devices_config a ON a.profile_device_id = d.id AND a.key = 'pool' AND a.value = s.name
  JOIN profiles_devices_config b ON b.profile_device_id = d.id AND b.key = 'source' AND b.value = v.name
  WHERE v.id = :id AND v.type = 2
-- incus lxd:5.21.. | pool
SELECT '/1.0/storage-pools/' || :name || '/buckets/' || b.name || CASE p.name WHEN 'default' THEN '?target=' || n.name
    ELSE '?project=' || p.name || COALESCE('&target=' || n.name, '') END
  FROM storage_buckets b JOIN storage_pools s ON s.id = b.storage_pool_id JOIN projects p ON p.id = b.project_id
  LEFT JOIN nodes n ON n.id = b.node_id WHERE s.name = :name AND (:node = 0 OR b.node_id IS NULL OR b.node_id = :node)
-- all | project
SELECT '/1.0/instances/' || name || {inproject} FROM instances WHERE project_id = p.id
UNION ALL SELECT '/1.0/profiles/' || name || {inproject} FROM profiles WHERE project_id = p.id
UNION ALL SELECT '/1.0/images/' || fingerprint || {inproject} FROM images WHERE project_id = p.id
UNION ALL SELECT '/1.0/networks/' || name || {inproject} FROM networks WHERE project_id = p.id
UNION ALL SELECT '/1.0/network-acls/' || name || {inproject} FROM networks_acls WHERE project_id = p.id
UNION ALL SELECT '/1.0/storage-pools/' || s.name || '/volumes/custom/' || v.name || COALESCE({inproject} || CASE p.name WHEN 'default' THEN '?' ELSE '&' END || 'target=' || n.name, {inproject})
  FROM storage_volumes v JOIN storage_pools s ON s.id = v.storage_pool_id LEFT JOIN nodes n ON n.id = v.node_id
  WHERE v.type = 2 AND v.project_id = p.id
-- incus | project
SELECT '/1.0/network-zones/' || name || {inproject} FROM networks_zones WHERE project_id = p.id
-- incus lxd:5.21.. | project
SELECT '/1.0/storage-pools/' || s.name || '/buckets/' || b.name || COALESCE({inproject} || CASE p.name WHEN 'default' THEN '?' ELSE '&' END || 'target=' || n.name, {inproject})
  FROM storage_buckets b JOIN storage_pools s ON s.id = b.storage_pool_id LEFT JOIN nodes n ON n.id = b.node_id
  WHERE b.project_id = p.id
-- lxd:5.21.. | project
SELECT '/1.0/storage-pools/' || s.name || '/volumes/' || CASE v.type WHEN 0 THEN 'container/' ELSE 'virtual-machine/' END
    || v.name || COALESCE({inproject} || CASE p.name WHEN 'default' THEN '?' ELSE '&' END || 'target=' || n.name, {inproject})
  FROM storage_volumes v JOIN storage_pools s ON s.id = v.storage_pool_id LEFT JOIN nodes n ON n.id = v.node_id
  WHERE v.type IN (0, 3) AND v.project_id = p.id
-- lxd:6.. | project
SELECT '/1.0/placement-groups/' || name || {inproject} FROM placement_groups WHERE project_id = p.id
UNION ALL SELECT '/1.0/replicators/' || name || {inproject} FROM replicators WHERE project_id = p.id
