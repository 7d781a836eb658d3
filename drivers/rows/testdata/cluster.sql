-- Three members, the third one down, a fourth one that has not finished its join.
INSERT INTO nodes_failure_domains VALUES (7, 'rack2');
INSERT INTO nodes VALUES (1, 'node1', '', '10.0.0.1:8443', 60, 318, '2026-11-23 07:32:56.230501542+00:00', 0, 2, NULL);
INSERT INTO nodes VALUES (2, 'node2', 'the second', '10.0.0.2:8443', 60, 318, '2026-11-23 07:32:59.5+00:00', 2, 2, 7);
INSERT INTO nodes VALUES (5, 'node3', '', '10.0.0.3:8443', 60, 318, '2026-11-23 07:32:29.999+00:00', 0, 4, NULL);
INSERT INTO nodes VALUES (6, 'node4', '', '10.0.0.4:8443', 60, 318, '1970-01-01 00:00:00', 1, 2, NULL);
INSERT INTO nodes_config (node_id, key, value) VALUES (2, 'scheduler.instance', 'manual'), (2, 'user.empty', '');
INSERT INTO nodes_roles VALUES (1, 1);
INSERT INTO cluster_groups VALUES (2, 'gpu', 'Graphics');
INSERT INTO nodes_cluster_groups VALUES (2, 2), (1, 1), (2, 1), (5, 1);
INSERT INTO config (key, value) VALUES ('cluster.offline_threshold', '30'), ('cluster.max_voters', '3'), ('user.note', '0755'),
  ('core.trust_password', '5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5ada76b7844a6f7aff606c3e461efb35a36384d20e5b5021c82d3e05a5776acbed4b506ac09f17e1e4ba28fc68bb2c484357d2f0a63392f5c24355bf7d98cbab4d');
INSERT INTO projects VALUES (2, 'web', '');
INSERT INTO projects_config (project_id, key, value) VALUES (1, 'features.images', 'true'), (2, 'features.networks', 'true'), (2, 'features.profiles', 'true');
INSERT INTO profiles VALUES (2, 'default', '', 2), (3, 'big', 'Large', 1);
INSERT INTO profiles_config (profile_id, key, value) VALUES (3, 'limits.memory', '8GiB'), (3, 'user.none', NULL);
INSERT INTO profiles_devices VALUES (1, 1, 'root', 2), (2, 3, 'eth0', 1), (3, 3, 'new', 99);
INSERT INTO profiles_devices_config (profile_device_id, key, value) VALUES (1, 'path', '/'), (1, 'pool', 'local'), (2, 'network', 'br0');
INSERT INTO storage_pools VALUES (1, 'local', 'btrfs', '', 1), (2, 'half', 'dir', 'partly there', 2);
INSERT INTO storage_pools_nodes (storage_pool_id, node_id, state) VALUES (1, 1, 1), (1, 2, 1), (1, 5, 1), (2, 1, 1), (2, 2, 0);
INSERT INTO storage_pools_config (storage_pool_id, node_id, key, value) VALUES (1, NULL, 'rsync.bwlimit', '10MB'),
  (1, 1, 'size', '10GiB'), (1, 2, 'size', '20GiB'), (1, 1, 'volatile.initial_source', '');
INSERT INTO networks VALUES (1, 1, 'br0', 'The bridge', 1, 0), (2, 2, 'br0', '', 0, 4);
INSERT INTO networks_nodes (network_id, node_id, state) VALUES (1, 1, 1), (1, 2, 1), (1, 5, 2), (2, 1, 0);
INSERT INTO networks_config (network_id, node_id, key, value) VALUES (1, NULL, 'ipv4.address', '10.1.0.1/24'),
  (1, 2, 'bridge.external_interfaces', 'eno2'), (1, NULL, 'bgp.peers.a.password', 'in the clear');
INSERT INTO instances VALUES (1, 1, 'c1', 0, 0, 'Web', 1), (2, 1, 'c2', 1, 1, '', 2), (3, 5, 'c3', 0, 0, '', 1);
INSERT INTO instances_config (instance_id, key, value) VALUES (1, 'limits.cpu', '2'), (1, 'image.os', 'busybox'), (1, 'volatile.last_state.power', 'RUNNING'),
  (1, 'volatile.base_image', 'aa11'), (2, 'volatile.last_state.power', 'STOPPED'), (2, 'volatile.uuid', 'x');
INSERT INTO instances_profiles (instance_id, profile_id, apply_order) VALUES (1, 1, 2), (1, 3, 1), (2, 2, 1);
INSERT INTO instances_devices VALUES (1, 1, 'data', 2);
INSERT INTO instances_devices_config (instance_device_id, key, value) VALUES (1, 'pool', 'local'), (1, 'source', 'v1');
INSERT INTO storage_volumes (id, name, storage_pool_id, node_id, type, description, content_type) VALUES (1, 'v1', 1, 1, 2, 'First', 0), (2, 'c1', 1, 1, 0, '', 0),
  (3, 'shared', 2, NULL, 2, 'Nobody''s own', 1), (4, 'v1', 1, 2, 2, '', 0);
INSERT INTO storage_volumes_config (storage_volume_id, key, value) VALUES (1, 'size', '1GiB'), (2, 'size', '9GiB'), (3, 'user.a', 'b'), (4, 'size', '2GiB');
INSERT INTO certificates VALUES (1, 'f0', 2, 'node1', 'no PEM', 0), (2, 'f1', 1, 'ci', 'no PEM', 1), (3, 'f2', 3, 'prometheus', 'no PEM', 0);
INSERT INTO certificates_projects VALUES (2, 2), (2, 1);
INSERT INTO images VALUES (1, 'aa11', 1, 0, 1), (2, 'bb22', 0, 1, 2);
INSERT INTO images_aliases VALUES (1, 'busybox', 1, 'Small', 1), (2, 'busybox', 2, '', 2);
INSERT INTO images_nodes (image_id, node_id) VALUES (1, 2), (1, 1), (2, 5);
INSERT INTO networks_acls VALUES (1, 1, 'web', 'Web', '[{"action":"allow","state":"enabled","description":"","destination_port":"80"}]', '[]'), (2, 2, 'web', '', '', '');
INSERT INTO networks_acls_config (network_acl_id, key, value) VALUES (1, 'user.a', 'b');
INSERT INTO networks_zones VALUES (1, 1, 'example.net', 'Names');
INSERT INTO networks_zones_config (network_zone_id, key, value) VALUES (1, 'dns.nameservers', 'ns1.example.net'), (1, 'peers.a.key', 'in the clear');
INSERT INTO networks_zones_records VALUES (1, 1, 'www', '', '[{"type":"A","ttl":300,"value":"10.0.0.80"}]');
INSERT INTO networks_zones_records_config (network_zone_record_id, key, value) VALUES (1, 'user.a', 'b');
INSERT INTO networks_forwards VALUES (1, 1, 1, '192.0.2.1', 'In', '[{"protocol":"tcp","listen_port":"80","target_address":"10.1.0.5","target_port":"","description":""}]'),
  (2, 1, 2, '192.0.2.1', '', '[]');
INSERT INTO networks_forwards_config (network_forward_id, key, value) VALUES (2, 'target_address', '10.1.0.6');
INSERT INTO networks VALUES (3, 1, 'inside', '', 1, 3), (4, 2, 'usual', '', 1, 3);
INSERT INTO networks_peers VALUES (1, 3, 'to-shop', 'Both sides', NULL, NULL, 4), (2, 4, 'back', '', NULL, NULL, 3),
  (3, 3, 'waiting', '', 'web', 'later', NULL), (4, 3, 'left', '', NULL, NULL, 1);
INSERT INTO networks_peers_config (network_peer_id, key, value) VALUES (1, 'user.a', 'b');
