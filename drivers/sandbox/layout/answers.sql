-- all | /1.0/cluster/certificate

-- lxd:5.21.. incus | /1.0/networks/{network}/load-balancers
SELECT json_object('listen_address', l.listen_address, 'description', l.description, 'location', '', 'backends', json(l.backends),
  'ports', json(l.ports), 'config', json((SELECT json_group_object(key, value) FROM networks_load_balancers_config WHERE network_load_balancer_id = l.id)))
FROM networks_load_balancers l JOIN networks n ON n.id = l.network_id WHERE n.name = :network
-- lxd:5.21.. | /1.0/auth/groups
SELECT json_object('name', g.name, 'description', g.description) FROM auth_groups g ORDER BY g.name
