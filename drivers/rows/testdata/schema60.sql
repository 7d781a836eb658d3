-- The tables of LXD 5.0's cluster database (schema 60) that are read, in our own words.
CREATE TABLE schema (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, updated_at DATETIME NOT NULL);
CREATE TABLE config (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT);
CREATE TABLE nodes (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL, address TEXT NOT NULL UNIQUE,
  schema INTEGER NOT NULL, api_extensions INTEGER NOT NULL, heartbeat DATETIME DEFAULT CURRENT_TIMESTAMP,
  state INTEGER NOT NULL DEFAULT 0, arch INTEGER NOT NULL DEFAULT 0, failure_domain_id INTEGER);
CREATE TABLE nodes_config (id INTEGER PRIMARY KEY, node_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE nodes_failure_domains (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE nodes_roles (node_id INTEGER NOT NULL, role INTEGER NOT NULL);
CREATE TABLE cluster_groups (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL);
CREATE TABLE nodes_cluster_groups (node_id INTEGER NOT NULL, group_id INTEGER NOT NULL);
CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL);
CREATE TABLE projects_config (id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE profiles (id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, project_id INTEGER NOT NULL);
CREATE TABLE profiles_config (id INTEGER PRIMARY KEY, profile_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE profiles_devices (id INTEGER PRIMARY KEY, profile_id INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL DEFAULT 0);
CREATE TABLE profiles_devices_config (id INTEGER PRIMARY KEY, profile_device_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE storage_pools (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, driver TEXT NOT NULL, description TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0);
CREATE TABLE storage_pools_config (id INTEGER PRIMARY KEY, storage_pool_id INTEGER NOT NULL, node_id INTEGER, key TEXT NOT NULL, value TEXT);
CREATE TABLE storage_pools_nodes (id INTEGER PRIMARY KEY, storage_pool_id INTEGER NOT NULL, node_id INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0);
CREATE TABLE networks (id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, type INTEGER NOT NULL DEFAULT 0);
CREATE TABLE networks_config (id INTEGER PRIMARY KEY, network_id INTEGER NOT NULL, node_id INTEGER, key TEXT NOT NULL, value TEXT);
CREATE TABLE networks_nodes (id INTEGER PRIMARY KEY, network_id INTEGER NOT NULL, node_id INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0);
CREATE TABLE instances (id INTEGER PRIMARY KEY, node_id INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL DEFAULT 0,
  ephemeral INTEGER NOT NULL DEFAULT 0, description TEXT NOT NULL DEFAULT '', project_id INTEGER NOT NULL DEFAULT 1);
CREATE TABLE instances_config (id INTEGER PRIMARY KEY, instance_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE instances_devices (id INTEGER PRIMARY KEY, instance_id INTEGER NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL DEFAULT 0);
CREATE TABLE instances_devices_config (id INTEGER PRIMARY KEY, instance_device_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE instances_profiles (id INTEGER PRIMARY KEY, instance_id INTEGER NOT NULL, profile_id INTEGER NOT NULL, apply_order INTEGER NOT NULL DEFAULT 0);
CREATE TABLE storage_volumes (id INTEGER PRIMARY KEY, name TEXT NOT NULL, storage_pool_id INTEGER NOT NULL, node_id INTEGER, type INTEGER NOT NULL,
  description TEXT NOT NULL DEFAULT '', project_id INTEGER NOT NULL DEFAULT 1, content_type INTEGER NOT NULL DEFAULT 0);
CREATE TABLE storage_volumes_config (id INTEGER PRIMARY KEY, storage_volume_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE certificates (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, type INTEGER NOT NULL, name TEXT NOT NULL,
  certificate TEXT NOT NULL, restricted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE certificates_projects (certificate_id INTEGER NOT NULL, project_id INTEGER NOT NULL);
CREATE TABLE images (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, public INTEGER NOT NULL DEFAULT 0, auto_update INTEGER NOT NULL DEFAULT 0, project_id INTEGER NOT NULL);
CREATE TABLE images_aliases (id INTEGER PRIMARY KEY, name TEXT NOT NULL, image_id INTEGER NOT NULL, description TEXT NOT NULL, project_id INTEGER NOT NULL);
CREATE TABLE images_nodes (id INTEGER PRIMARY KEY, image_id INTEGER NOT NULL, node_id INTEGER NOT NULL);
CREATE TABLE networks_acls (id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, ingress TEXT NOT NULL, egress TEXT NOT NULL);
CREATE TABLE networks_acls_config (id INTEGER PRIMARY KEY, network_acl_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE networks_zones (id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL);
CREATE TABLE networks_zones_config (id INTEGER PRIMARY KEY, network_zone_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE networks_zones_records (id INTEGER PRIMARY KEY, network_zone_id INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, entries TEXT NOT NULL);
CREATE TABLE networks_zones_records_config (id INTEGER PRIMARY KEY, network_zone_record_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE networks_forwards (id INTEGER PRIMARY KEY, network_id INTEGER NOT NULL, node_id INTEGER, listen_address TEXT NOT NULL, description TEXT NOT NULL, ports TEXT NOT NULL);
CREATE TABLE networks_forwards_config (id INTEGER PRIMARY KEY, network_forward_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
CREATE TABLE networks_peers (id INTEGER PRIMARY KEY, network_id INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
  target_network_project TEXT, target_network_name TEXT, target_network_id INTEGER);
CREATE TABLE networks_peers_config (id INTEGER PRIMARY KEY, network_peer_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT);
INSERT INTO schema (version, updated_at) VALUES (60, '2026-11-23T07:31:17Z');
INSERT INTO projects VALUES (1, 'default', 'Default LXD project');
INSERT INTO profiles VALUES (1, 'default', 'Default LXD profile', 1);
INSERT INTO cluster_groups VALUES (1, 'default', 'Default cluster group');
