-- * | as volumes
FROM storage_volumes x JOIN storage_pools s ON s.id = x.storage_pool_id JOIN projects p ON p.id = x.project_id LEFT JOIN nodes n ON n.id = x.node_id
-- * | as made | for lxd:5.0
''
-- * | as made | for lxd:5.21.. incus
ifnull(creation_date, '') || ''
-- * | as volume
json_object('name', x.name, 'type', CASE x.type WHEN 0 THEN 'container' WHEN 1 THEN 'image' WHEN 2 THEN 'custom' ELSE 'virtual-machine' END,
  'content_type', CASE x.content_type WHEN 0 THEN 'filesystem' ELSE 'block' END, 'description', x.description,
  'location', ifnull(n.name, ''), 'project', p.name, 'created_at', (SELECT {made} FROM storage_volumes WHERE id = x.id),
  'used_by', json((SELECT json_group_array(path) FROM (SELECT NULL AS path WHERE 0 UNION ALL SELECT * FROM ({volume users})))),
  'config', json((SELECT json_group_object(key, value) FROM storage_volumes_config WHERE storage_volume_id = x.id)))
-- * | as volumes listed
SELECT x.id, x.name, x.type, x.node_id, 0 AS snapshot, {volume} AS volume,
  CASE p.name WHEN 'default' THEN ifnull('?target=' || n.name, '') ELSE '?project=' || p.name || ifnull('&target=' || n.name, '') END AS query
{volumes} WHERE s.name = :pool
  AND (:all OR p.id = CASE x.type WHEN 1 THEN 1 WHEN 2 THEN :scope ELSE (SELECT id FROM projects WHERE name = :project) END)
-- * | as volumes and snapshots | for incus:6.1..
SELECT * FROM v
-- * | as volumes and snapshots | for lxd incus:6.0
--- Snapshots are volumes to the server.
SELECT * FROM v UNION ALL SELECT v.id, v.name, v.type, v.node_id, o.id, json_set(v.volume, '$.name', v.name || '/' || o.name,
  '$.description', o.description, '$.created_at', (SELECT {made} FROM storage_volumes_snapshots WHERE id = o.id),
  '$.used_by', json(CASE WHEN v.type <> 2 AND :server LIKE 'lxd-%' THEN json_array('/1.0/instances/' || v.name || '/snapshots/' || o.name
    || CASE v.volume ->> '$.project' WHEN 'default' THEN '' ELSE '?project=' || (v.volume ->> '$.project') END) ELSE '[]' END),
  '$.config', json((SELECT json_group_object(key, value) FROM storage_volumes_snapshots_config WHERE storage_volume_snapshot_id = o.id))), v.query
FROM v JOIN storage_volumes_snapshots o ON o.storage_volume_id = v.id
-- /1.0/storage-pools/{pool}/volumes | in volumes | without POST PUT PATCH DELETE ONE
-- /1.0/storage-pools/{pool}/volumes | list
WITH v AS ({volumes listed})
SELECT id, '/1.0/storage-pools/' || :pool || '/volumes/' || (volume ->> '$.type') || '/' || (volume ->> '$.name') || query, volume
FROM ({volumes and snapshots}) ORDER BY snapshot > 0, type, name, node_id, snapshot
-- /1.0/storage-pools/{pool}/volumes/custom | table storage_volumes | owner storage_volume_id | in volumes | without POST | tag name type config | keeps config | missing Storage volume not found | acting Storage pool volume not found | several !500 More than one cluster member has a volume named %q. Please target a specific member
SELECT x.id, x.name, {volume} {volumes}
WHERE s.name = :pool AND p.id = :scope AND x.type = 2 AND x.name = :name AND (n.name IS NULL OR :target IN ('', n.name)) ORDER BY x.node_id
-- /1.0/storage-pools/{pool}/volumes/custom | list
WITH v AS ({volumes listed} AND x.type = 2)
SELECT id, '/1.0/storage-pools/' || :pool || '/volumes/custom/' || (volume ->> '$.name') || query, volume
FROM ({volumes and snapshots}) ORDER BY snapshot > 0, name, node_id, snapshot
-- /1.0/storage-pools/{pool}/volumes/custom | row description
SELECT {described}
-- /1.0/storage-pools/{pool}/volumes/custom | refuse DELETE
--- Members keep images or backups in volumes that they name in their own configuration.
SELECT '!400 The storage volume is still in use' {volumes} WHERE x.id = :id AND (EXISTS ({volume users})
  OR s.name || '/' || x.name IN (SELECT value FROM json_each(:servers, '$."' || n.name || '"')
    WHERE key IN ('storage.backups_volume', 'storage.images_volume')))
-- /1.0/images | table images | in images | without POST | ends Deleting image | tag public auto_update properties | keeps public auto_update | missing Image not found
SELECT i.id, i.fingerprint, json_object('fingerprint', i.fingerprint, 'filename', i.filename, 'size', i.size,
  'public', json(iif(i.public, 'true', 'false')), 'auto_update', json(iif(i.auto_update, 'true', 'false')),
  'cached', json(iif(i.cached, 'true', 'false')), 'architecture', 'x86_64', 'type', iif(i.type, 'virtual-machine', 'container'),
  'created_at', ifnull(i.creation_date, '') || '', 'expires_at', ifnull(i.expiry_date, '') || '', 'uploaded_at', i.upload_date || '',
  'last_used_at', ifnull(i.last_use_date, '') || '', 'profiles', json_array('default'),
  'properties', json((SELECT json_group_object(key, value) FROM images_properties WHERE image_id = i.id)),
  'aliases', json((SELECT json_group_array(json_object('name', name, 'description', description))
    FROM (SELECT name, description FROM images_aliases WHERE image_id = i.id ORDER BY name))))
FROM images i WHERE (:all OR i.project_id = :scope) AND i.fingerprint LIKE :name || '%' ORDER BY i.id LIMIT iif(:single, 1, -1)
-- /1.0/images | row public auto_update
SELECT ifnull(:body ->> '$.public', 0), ifnull(:body ->> '$.auto_update', 0)
-- /1.0/images | then
DELETE FROM images_properties WHERE image_id = :id AND (:verb = 'PUT' OR key IN (SELECT key FROM json_each(:body, '$.properties')));
INSERT INTO images_properties (image_id, type, key, value) SELECT :id, 0, key, value FROM json_each(:body, '$.properties')
