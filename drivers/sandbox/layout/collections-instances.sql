-- * | as instance path
'/1.0/instances/' || i.name || CASE p.name WHEN 'default' THEN '' ELSE '?project=' || p.name END
-- /1.0/instances | table instances | owner instance_id | devices instance | in project | without POST PUT PATCH | ends Deleting instance | keeps description ephemeral config devices | tag architecture config devices ephemeral profiles | missing Instance not found
SELECT i.id, i.name, json_object('name', i.name, 'type', iif(i.type, 'virtual-machine', 'container'), 'description', i.description,
  'ephemeral', json(iif(i.ephemeral, 'true', 'false')), 'stateful', json('false'), 'created_at', ifnull(i.creation_date, '') || '',
  'last_used_at', ifnull(i.last_use_date, '') || '', 'location', iif(:clustered, n.name, 'none'), 'project', p.name,
  'architecture', CASE i.architecture WHEN 1 THEN 'i686' WHEN 2 THEN 'x86_64' WHEN 4 THEN 'aarch64' ELSE '' END,
  'status', iif(o.value IS 'RUNNING', 'Running', 'Stopped'), 'status_code', iif(o.value IS 'RUNNING', 103, 102),
  'profiles', json((SELECT json_group_array(name) FROM (SELECT f.name FROM instances_profiles x JOIN profiles f ON f.id = x.profile_id
    WHERE x.instance_id = i.id ORDER BY x.apply_order)))), {instance path}
FROM instances i JOIN nodes n ON n.id = i.node_id JOIN projects p ON p.id = i.project_id
LEFT JOIN instances_config o ON o.instance_id = i.id AND o.key = 'volatile.last_state.power'
WHERE (:all OR i.project_id = :scope) AND :name IN ('', i.name) ORDER BY i.project_id, i.name
-- /1.0/instances | refuse DELETE
SELECT '!400 Instance is running' FROM instances_config WHERE instance_id = :id AND key = 'volatile.last_state.power' AND value = 'RUNNING'
-- * | query snapshots
--- Those of an instance; their size is not computed in the sandbox, as on pools of type dir.
SELECT id, json_object('name', name, 'description', description, 'created_at', ifnull(creation_date, '') || '',
  'expires_at', ifnull(expiry_date, '') || '', 'last_used_at', '', 'stateful', json(iif(stateful, 'true', 'false')), 'size', -1)
FROM instances_snapshots WHERE instance_id = :id ORDER BY creation_date, id
