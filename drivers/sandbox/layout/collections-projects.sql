-- * | as features | for lxd:5.0
VALUES (1, 'features.images', 1), (2, 'features.networks', 0), (3, 'features.profiles', 1), (4, 'features.storage.volumes', 1)
-- * | as features | for lxd:5.21.. incus
--- Their order, and whether a new project has them that does not name them.
VALUES (1, 'features.images', 1), (2, 'features.networks', 0), (3, 'features.profiles', 1), (4, 'features.storage.volumes', 1),
  (5, 'features.storage.buckets', 1), (6, 'features.networks.zones', 0)
-- * | as product | for lxd
'LXD'
-- * | as product | for incus
'Incus'
-- * | as lives
--- Anything but its own default profile lives in the project.
EXISTS (SELECT 1 FROM (SELECT NULL AS path WHERE 0 UNION ALL {project users}) WHERE path NOT GLOB '/1.0/profiles/default*')
-- /1.0/projects | table projects | owner project_id | keeps description config | missing Project not found | acting Fetch project %q: Project not found | for lxd:5.21..
SELECT p.id, p.name, json_object('name', p.name, 'description', p.description,
  'used_by', json((SELECT json_group_array(path) FROM (SELECT NULL AS path WHERE 0 UNION ALL {project users}))))
FROM projects p WHERE :name IN ('', p.name) ORDER BY p.name
-- /1.0/projects | table projects | owner project_id | keeps description config | config whole | missing Project not found | acting Fetch project %q: Project not found | for lxd:5.0 incus
SELECT p.id, p.name, json_object('name', p.name, 'description', p.description,
  'used_by', json((SELECT json_group_array(path) FROM (SELECT NULL AS path WHERE 0 UNION ALL {project users}))))
FROM projects p WHERE :name IN ('', p.name) ORDER BY p.name
-- /1.0/projects | row name description
SELECT :body ->> '$.name', {described}
-- /1.0/projects | refuse POST
SELECT CASE WHEN name = '' THEN '!400 No name provided' WHEN name GLOB '*/*' THEN '!400 Project names may not contain slashes'
  WHEN name = '*' THEN '!400 Reserved project name' WHEN name REGEXP '[ ''"]' THEN '!400 Project names may not contain spaces' END
FROM (SELECT ifnull(:body ->> '$.name', '') AS name)
-- /1.0/projects | refuse PUT PATCH
--- Features that cannot be changed.
WITH changed AS (SELECT f.column1 AS at, f.column2 AS feature, ifnull(c.value, '') AS before, ifnull(n.value, '') AS after
  FROM ({features}) f LEFT JOIN projects_config c ON c.project_id = :id AND c.key = f.column2
  LEFT JOIN json_each(:body, '$.config') n ON n.key = f.column2 WHERE ifnull(c.value, '') <> ifnull(n.value, ''))
SELECT CASE WHEN p.name = 'default' THEN '!400 You can''t change the features of the default project'
  WHEN before <> '' AND {lives} THEN '!400 Project feature "' || feature || '" cannot be '
    || CASE before WHEN 'true' THEN 'disabled' ELSE 'enabled' END || ' on non-empty projects'
  WHEN feature = 'features.profiles' AND after <> 'true' AND NOT EXISTS (SELECT 1 FROM profiles WHERE project_id = p.id AND name = 'default')
    THEN '!404 Delete project default profile: Profile not found' END AS refusal
FROM changed JOIN projects p ON p.id = :id WHERE refusal IS NOT NULL ORDER BY at LIMIT 1
-- /1.0/projects | refuse POST PUT PATCH
SELECT CASE WHEN key IN (SELECT column2 FROM ({features})) THEN CASE WHEN value <> '' AND value NOT REGEXP {bool}
    THEN '!400 Invalid project configuration key "' || key || '" value: Invalid value for a boolean ' || json_quote(value) END
  WHEN key IN ('limits.containers', 'limits.virtual-machines', 'limits.instances', 'limits.networks', 'limits.processes', 'limits.cpu')
    THEN CASE WHEN value = '' THEN NULL WHEN value NOT REGEXP '^[0-9]+$' OR CAST(value AS INTEGER) > 4294967295
    THEN '!400 Invalid project configuration key "' || key || '" value: Invalid value for uint32 ' || json_quote(value)
      || ': strconv.ParseUint: parsing ' || json_quote(value) || CASE WHEN value REGEXP '^[0-9]+$' THEN ': value out of range'
      ELSE ': invalid syntax' END END
  WHEN key NOT REGEXP '^(user\.|restricted|limits\.|backups\.|images\.)' AND key IN (SELECT value FROM json_each(:unlisted))
    THEN '?400 Invalid project configuration key "' || key || '"' END AS refusal
FROM json_each(:body, '$.config') WHERE refusal IS NOT NULL ORDER BY key LIMIT 1
-- /1.0/projects | refuse POST PUT PATCH
SELECT '!400 Projects without their own profiles cannot be restricted' WHERE lower(:body ->> '$.config.restricted') IN ('true', '1', 'yes', 'on')
  AND :body ->> '$.config."features.profiles"' <> '' AND lower(:body ->> '$.config."features.profiles"') NOT IN ('true', '1', 'yes', 'on')
-- /1.0/projects | refuse POST
SELECT '!409 Failed creating project ' || json_quote(name) || ': Failed adding database record: This "projects" entry already exists'
FROM projects WHERE name = :body ->> '$.name'
-- /1.0/projects | then
--- A project with profiles of its own has a default one.
INSERT INTO projects_config (project_id, key, value) SELECT :id, column2, 'true' FROM ({features})
WHERE :verb = 'POST' AND column3 AND column2 NOT IN (SELECT key FROM json_each(:body, '$.config') WHERE key IS NOT NULL);
INSERT INTO profiles (name, description, project_id) SELECT 'default', 'Default ' || {product} || ' profile for project ' || name, id FROM projects p
WHERE id = :id AND EXISTS (SELECT 1 FROM projects_config WHERE project_id = p.id AND key = 'features.profiles' AND value = 'true')
  AND NOT EXISTS (SELECT 1 FROM profiles WHERE project_id = p.id AND name = 'default');
DELETE FROM profiles WHERE project_id = :id AND name = 'default'
  AND NOT EXISTS (SELECT 1 FROM projects_config WHERE project_id = :id AND key = 'features.profiles' AND value = 'true')
-- /1.0/projects | refuse DELETE
SELECT CASE WHEN p.name = 'default' THEN '!403 The ''default'' project cannot be deleted'
  WHEN {lives} THEN '!400 Only empty projects can be removed' END FROM projects p WHERE p.id = :id
