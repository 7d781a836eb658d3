-- * | as places
FROM storage_buckets b JOIN storage_pools s ON s.id = b.storage_pool_id JOIN projects p ON p.id = b.project_id LEFT JOIN nodes n ON n.id = b.node_id
-- /1.0/storage-pools/{pool}/buckets | table storage_buckets | owner storage_bucket_id | in buckets | on target | needs storage_buckets | keeps description config | missing Storage bucket not found | several Storage bucket found on more than one cluster member. Please target a specific member
--- By its name it is that of the call's member, or of nobody. A GET without ?target looks on all members for it.
SELECT b.id, b.name, json_object('name', b.name, 'description', b.description, 'location', ifnull(n.name, ''), 'project', p.name,
  's3_url', ifnull('https://' || nullif(:servers ->> ('$."' || n.name || '"."core.storage_buckets_address"'), '') || '/' || b.name, '')) {places}
WHERE s.name = :pool AND (:all OR p.id = :scope) AND :name IN ('', b.name) AND (:name = '' OR :verb = 'GET' AND :target = ''
  OR n.name IS NULL OR n.name = CASE :target WHEN '' THEN (SELECT name FROM nodes WHERE id = :node) ELSE :target END) ORDER BY b.id
-- /1.0/storage-pools/{pool}/buckets | row project_id name description storage_pool_id node_id
SELECT CASE WHEN :id THEN (SELECT project_id FROM storage_buckets WHERE id = :id) ELSE :scope END, :body ->> '$.name', {described}, s.id,
  CASE WHEN :id THEN (SELECT node_id FROM storage_buckets WHERE id = :id) WHEN s.driver NOT IN ('ceph', 'cephfs') THEN :node END
FROM storage_pools s WHERE s.name = :pool
-- * | as minio | for lxd:5.0 lxd:6.. incus:6.1..
0
-- * | as minio | for lxd:5.21..5.21 incus:6.0
--- Local pools serve buckets with a program of their own, which is not there, as it was not on the servers that were recorded.
(SELECT driver <> 'cephobject' FROM storage_pools WHERE name = :pool)
-- /1.0/storage-pools/{pool}/buckets | refuse POST
SELECT CASE WHEN name NOT REGEXP '^[a-z0-9][-.a-z0-9]{2,62}$' THEN '!500 Failed creating storage bucket: Bucket name must be between 3 and ' ||
    '63 lowercase letters, numbers, periods or hyphens and must start with a letter or number'
  WHEN {minio} THEN '?500 Failed creating storage bucket: Failed connecting to bucket: Couldn''t find the MinIO client tool'
  WHEN EXISTS (SELECT 1 {places} WHERE s.name = :pool AND p.id = :scope AND b.name = x.name AND ifnull(b.node_id, :node) = :node)
    THEN '!409 Failed creating storage bucket: A bucket for that name already exists' END
FROM (SELECT ifnull(:body ->> '$.name', '') AS name) x
-- /1.0/storage-pools/{pool}/buckets | refuse POST PUT PATCH
SELECT '?500 Invalid option for volume ' || json_quote(:body ->> '$.name') || ' option "' || key || '"' FROM json_each(:body, '$.config')
WHERE key <> 'size' AND key NOT GLOB 'user.*' ORDER BY key LIMIT 1
-- /1.0/storage-pools/{pool}/buckets | then
--- A new one has its first key.
INSERT INTO storage_buckets_keys (storage_bucket_id, name, description, access_key, secret_key, role)
SELECT :id, 'admin', 'Admin user', hex(randomblob(10)), hex(randomblob(20)), 'admin' WHERE :verb = 'POST'
-- /1.0/storage-pools/{pool}/buckets/{bucket}/keys | table storage_buckets_keys | in bucket | on target | needs storage_buckets | keeps description role access-key secret-key | missing Storage bucket key not found
SELECT id, name, json_object('name', name, 'description', description, 'role', role, 'access-key', access_key, 'secret-key', secret_key)
FROM storage_buckets_keys WHERE storage_bucket_id = :scope AND :name IN ('', name) ORDER BY id
-- /1.0/storage-pools/{pool}/buckets/{bucket}/keys | row storage_bucket_id name description role access_key secret_key
--- Without the access key and the secret key there are new ones.
SELECT :scope, :body ->> '$.name', {described}, :body ->> '$.role', coalesce(nullif(:body ->> '$.access-key', ''), hex(randomblob(10))),
  coalesce(nullif(:body ->> '$.secret-key', ''), hex(randomblob(20)))
-- /1.0/storage-pools/{pool}/buckets/{bucket}/keys | refuse POST PUT PATCH
SELECT CASE WHEN ifnull(:body ->> '$.name', '') = '' THEN '!500 ' || {doing} || 'storage bucket key: Key name is required'
  WHEN ifnull(:body ->> '$.role', '') NOT IN ('admin', 'read-only') THEN '!500 ' || {doing} || 'storage bucket key: Invalid key role' END
-- /1.0/storage-pools/{pool}/buckets/{bucket}/keys | refuse POST
SELECT '!409 Failed creating storage bucket key: A bucket key for that name already exists'
FROM storage_buckets_keys WHERE storage_bucket_id = :scope AND name = :body ->> '$.name'
-- * | as target image
(SELECT min(id) FROM images WHERE (:all OR project_id = :scope) AND fingerprint LIKE :body ->> '$.target' || '%')
-- /1.0/images/aliases | table images_aliases | in images | missing Image alias not found
SELECT a.id, a.name, json_object('name', a.name, 'description', a.description, 'target', i.fingerprint, 'type',
  CASE i.type WHEN 0 THEN 'container' ELSE 'virtual-machine' END)
FROM images_aliases a JOIN images i ON i.id = a.image_id WHERE a.project_id = :scope AND :name IN ('', a.name) ORDER BY a.name
-- /1.0/images/aliases | row name description project_id image_id
SELECT :body ->> '$.name', {described}, :scope, {target image}
-- /1.0/images/aliases | refuse POST
SELECT CASE WHEN ifnull(:body ->> '$.name', '') = '' OR ifnull(:body ->> '$.target', '') = '' THEN '!400 name and target are required'
  WHEN :body ->> '$.name' IN (SELECT name FROM images_aliases WHERE project_id = :scope)
    THEN '!409 Alias ' || json_quote(:body ->> '$.name') || ' already exists' END
-- /1.0/images/aliases | refuse PATCH
--- A PATCH never ends well: the daemon waits for itself (measured).
SELECT '!500 context deadline exceeded'
-- /1.0/images/aliases | refuse PUT
SELECT '!400 The target field is required' WHERE ifnull(:body ->> '$.target', '') = ''
-- /1.0/images/aliases | refuse POST PUT
SELECT '!404 Image not found' WHERE {target image} IS NULL
