-- /1.0/profiles | table profiles | owner profile_id | devices profile | in profiles | keeps description config devices | missing Fetch profile: Profile not found | acting Profile not found
SELECT f.id, f.name, json_object('name', f.name, 'description', f.description,
  'used_by', json((SELECT json_group_array(path) FROM (SELECT NULL AS path WHERE 0 UNION ALL SELECT * FROM ({profile users})))))
FROM profiles f WHERE (:all OR f.project_id = :scope) AND :name IN ('', f.name) ORDER BY f.name
-- /1.0/profiles | row project_id name description
SELECT CASE WHEN :id THEN (SELECT project_id FROM profiles WHERE id = :id) ELSE :scope END, :body ->> '$.name', {described}
-- /1.0/profiles | refuse POST
SELECT CASE WHEN name = '' THEN '!400 No name provided' WHEN name GLOB '*/*' THEN '!400 Profile names may not contain slashes'
  WHEN name IN ('.', '..') THEN '!400 Invalid profile name "' || name || '"' END FROM (SELECT ifnull(:body ->> '$.name', '') AS name)
-- /1.0/profiles | refuse CHECKED
SELECT '!500 Error inserting ' || json_quote(name) || ' into database: The profile already exists' FROM profiles
WHERE :verb = 'POST' AND project_id = :scope AND name = :body ->> '$.name'
-- /1.0/profiles | refuse DELETE
SELECT '!403 The "default" profile cannot be deleted' WHERE :name = 'default'
UNION ALL SELECT '!400 Profile is currently in use' FROM instances_profiles WHERE profile_id = :id
-- /1.0/profiles | refuse AFTER | for lxd:6.7..
--- The same of a profile, whether a load balancer leads there or not (lxd 6.9, lxd/profiles_utils.go checkProfileNICDeviceUsage; measured).
SELECT '!500 At least one instance relies on this profile''s nic device for network load balancer pool membership' {pooled}
WHERE EXISTS (SELECT 1 FROM instances_profiles q WHERE q.instance_id = i.id AND q.profile_id = :id) AND NOT ({within}) LIMIT 1
