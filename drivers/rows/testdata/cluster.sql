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
INSERT INTO instances VALUES (1, 1, 'c1'), (2, 1, 'c2'), (3, 5, 'c3');
INSERT INTO storage_volumes VALUES (1, 'v1', 1, 1, 2), (2, 'c1', 1, 1, 0), (3, 'shared', 2, NULL, 2);
