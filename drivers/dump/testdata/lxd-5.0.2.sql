PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    version    INTEGER NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (version)
);
INSERT INTO schema VALUES(1,60,'2026-11-28 16:27:01+00:00');
CREATE TABLE certificates (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    fingerprint TEXT NOT NULL,
    type INTEGER NOT NULL,
    name TEXT NOT NULL,
    certificate TEXT NOT NULL,
    restricted INTEGER NOT NULL DEFAULT 0,
    UNIQUE (fingerprint)
);
INSERT INTO certificates VALUES(1,'524917ab2a8991e918c643fecde608f79493a6b7d102d0292dd0e96a513237f7',2,'node1',replace('-----BEGIN CERTIFICATE-----\nMIIB9zCCAX2gAwIBAgIQGE0xJCxzD7+J1rH19gVBVzAKBggqhkjOPQQDAzAwMRww\nGgYDVQQKExNsaW51eGNvbnRhaW5lcnMub3JnMRAwDgYDVQQDDAdyb290QHZtMB4X\nDTI2MTEyODE2MjcwMVoXDTM2MTEyNTE2MjcwMVowMDEcMBoGA1UEChMTbGludXhj\nb250YWluZXJzLm9yZzEQMA4GA1UEAwwHcm9vdEB2bTB2MBAGByqGSM49AgEGBSuB\nBAAiA2IABHPGQDadQos9AbQhOfVENOyPg5JpQmmem+6RLYeJmr/kUZqR1PyoIn7D\nU5zKkijckwZrE/AYPAUJeY/038pgsQCD0AcuaBJx28gbMRVajC6R0Fs6fKi/4wya\nz+NenWx+g6NcMFowDgYDVR0PAQH/BAQDAgWgMBMGA1UdJQQMMAoGCCsGAQUFBwMB\nMAwGA1UdEwEB/wQCMAAwJQYDVR0RBB4wHIICdm2HBH8AAAGHEAAAAAAAAAAAAAAA\nAAAAAAEwCgYIKoZIzj0EAwMDaAAwZQIwKIfQmMAfyiqvYfzaecA9Du4imQ0h1df2\nfsA7GdgkdapDhJJDhwvf91ns2WoTkeqmAjEAvrYJNUW1eFKoGRdWjvlpJJaIDw6X\n43WOwKpyA43bd8fVdQ66Jxakz6Pd/k0bD0Wh\n-----END CERTIFICATE-----\n','\n',char(10)),0);
INSERT INTO certificates VALUES(2,'8cf9f6e420d5d0ce1bdf4ca282e5e4428006da377d85bb9ee3599b50b22a8109',2,'node2',replace('-----BEGIN CERTIFICATE-----\nMIIB9jCCAX2gAwIBAgIQXiW6rVt2UNDiaLruXPBF1zAKBggqhkjOPQQDAzAwMRww\nGgYDVQQKExNsaW51eGNvbnRhaW5lcnMub3JnMRAwDgYDVQQDDAdyb290QHZtMB4X\nDTI2MTEyODE2MjcwMloXDTM2MTEyNTE2MjcwMlowMDEcMBoGA1UEChMTbGludXhj\nb250YWluZXJzLm9yZzEQMA4GA1UEAwwHcm9vdEB2bTB2MBAGByqGSM49AgEGBSuB\nBAAiA2IABHqNSQELDxdvKjPrf5iZHsU/fFbveiKLzOClUwCSI/AjLjtEYy755hyW\nCLrENzxmBDArbO5xKgwXcesxSytNXegN3M4w/Wnc3W7/lujRAq28mHhOGi093gKH\nrin5hr9GbKNcMFowDgYDVR0PAQH/BAQDAgWgMBMGA1UdJQQMMAoGCCsGAQUFBwMB\nMAwGA1UdEwEB/wQCMAAwJQYDVR0RBB4wHIICdm2HBH8AAAGHEAAAAAAAAAAAAAAA\nAAAAAAEwCgYIKoZIzj0EAwMDZwAwZAIwA2mtcfG6YTnrv/VlCFsu2zTah6N+hlvT\nm7aUJPnUszITVCgymTtKEohbdp3zkO3BAjAUYcqyvwVLPGrGy3cKGz5lCTkFm1/M\nTGt0VMbzRQLPMgtU0JP8/zmZRJAAgxnsmik=\n-----END CERTIFICATE-----\n','\n',char(10)),0);
INSERT INTO certificates VALUES(3,'d082d127d67eb0515e0f32f6562207f8b10a278e4fc1b85d28961262b0eb6603',2,'node3',replace('-----BEGIN CERTIFICATE-----\nMIIB+DCCAX6gAwIBAgIRAO5F/AaPA8wJRfI2EK0rRCswCgYIKoZIzj0EAwMwMDEc\nMBoGA1UEChMTbGludXhjb250YWluZXJzLm9yZzEQMA4GA1UEAwwHcm9vdEB2bTAe\nFw0yNjExMjgxNjI3MDJaFw0zNjExMjUxNjI3MDJaMDAxHDAaBgNVBAoTE2xpbnV4\nY29udGFpbmVycy5vcmcxEDAOBgNVBAMMB3Jvb3RAdm0wdjAQBgcqhkjOPQIBBgUr\ngQQAIgNiAARnhgRsnhIW0TL8fVuQAUlflG/663cvBxf/h6vxeADftdi4tJD7KEZ5\nbuq9Q8Rf5kPpPj88glDwnXw0Z/bLZuhv6Vo4ZoLWnw0F7ugDxX2x3KAShRO1cEAA\ntl6/aepEuHejXDBaMA4GA1UdDwEB/wQEAwIFoDATBgNVHSUEDDAKBggrBgEFBQcD\nATAMBgNVHRMBAf8EAjAAMCUGA1UdEQQeMByCAnZthwR/AAABhxAAAAAAAAAAAAAA\nAAAAAAABMAoGCCqGSM49BAMDA2gAMGUCMEpac6j7COBM4FLZUVZjf72EHL4LQMZA\nwYBSdEv2HHlHleaRdnJw3dm3453lfENbOQIxAOBREy9BqVXajd55WDmUvTGMHLw6\nOQqi/+8k6of8nAe0VvYs9mEwPpFFCcrjQG8D/w==\n-----END CERTIFICATE-----\n','\n',char(10)),0);
CREATE TABLE IF NOT EXISTS "certificates_projects" (
	certificate_id INTEGER NOT NULL,
	project_id INTEGER NOT NULL,
	FOREIGN KEY (certificate_id) REFERENCES certificates (id) ON DELETE CASCADE,
	FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE,
	UNIQUE (certificate_id, project_id)
);
CREATE TABLE IF NOT EXISTS "cluster_groups" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    UNIQUE (name)
);
INSERT INTO cluster_groups VALUES(1,'default','Default cluster group');
CREATE TABLE config (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    UNIQUE (key)
);
INSERT INTO config VALUES(1,'user.note','it''s; a -- ''test''');
INSERT INTO config VALUES(2,'cluster.offline_threshold','15');
INSERT INTO config VALUES(3,'core.trust_password','a3f7857e63fe4b57860ea2ae7064f9d640e0f09b938b77be033ca3333ec1985e1103800533c7a66235e3a734d1497347b4185a9b4788b3ab1252ce8ae8cbb958bd3cdcfbe04c8f9a22a65589d3cb92ec5f1b3d86379752f5271b0a4e8ee064f4');
CREATE TABLE IF NOT EXISTS "images" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    fingerprint TEXT NOT NULL,
    filename TEXT NOT NULL,
    size INTEGER NOT NULL,
    public INTEGER NOT NULL DEFAULT 0,
    architecture INTEGER NOT NULL,
    creation_date DATETIME,
    expiry_date DATETIME,
    upload_date DATETIME NOT NULL,
    cached INTEGER NOT NULL DEFAULT 0,
    last_use_date DATETIME,
    auto_update INTEGER NOT NULL DEFAULT 0,
    project_id INTEGER NOT NULL,
    type INTEGER NOT NULL DEFAULT 0,
    UNIQUE (project_id, fingerprint),
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "images_aliases" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    image_id INTEGER NOT NULL,
    description TEXT NOT NULL,
    project_id INTEGER NOT NULL,
    UNIQUE (project_id, name),
    FOREIGN KEY (image_id) REFERENCES "images" (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
CREATE INDEX images_aliases_project_id_idx ON images_aliases (project_id);
CREATE TABLE IF NOT EXISTS "images_nodes" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    image_id INTEGER NOT NULL,
    node_id INTEGER NOT NULL,
    UNIQUE (image_id, node_id),
    FOREIGN KEY (image_id) REFERENCES "images" (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "images_profiles" (
	image_id INTEGER NOT NULL,
	profile_id INTEGER NOT NULL,
	FOREIGN KEY (image_id) REFERENCES "images" (id) ON DELETE CASCADE,
	FOREIGN KEY (profile_id) REFERENCES "profiles" (id) ON DELETE CASCADE,
	UNIQUE (image_id, profile_id)
);
CREATE INDEX images_project_id_idx ON images (project_id);
CREATE TABLE IF NOT EXISTS "images_properties" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    image_id INTEGER NOT NULL,
    type INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (image_id) REFERENCES "images" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "images_source" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    image_id INTEGER NOT NULL,
    server TEXT NOT NULL,
    protocol INTEGER NOT NULL,
    certificate TEXT NOT NULL,
    alias TEXT NOT NULL,
    FOREIGN KEY (image_id) REFERENCES "images" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "instances" (
    id INTEGER primary key AUTOINCREMENT NOT NULL,
    node_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    architecture INTEGER NOT NULL,
    type INTEGER NOT NULL,
    ephemeral INTEGER NOT NULL DEFAULT 0,
    creation_date DATETIME NOT NULL DEFAULT 0,
    stateful INTEGER NOT NULL DEFAULT 0,
    last_use_date DATETIME,
    description TEXT NOT NULL,
    project_id INTEGER NOT NULL,
    expiry_date DATETIME,
    UNIQUE (project_id, name),
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "instances_backups" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    name VARCHAR(255) NOT NULL,
    creation_date DATETIME,
    expiry_date DATETIME,
    container_only INTEGER NOT NULL default 0,
    optimized_storage INTEGER NOT NULL default 0,
    FOREIGN KEY (instance_id) REFERENCES "instances" (id) ON DELETE CASCADE,
    UNIQUE (instance_id, name)
);
CREATE TABLE IF NOT EXISTS "instances_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (instance_id) REFERENCES "instances" (id) ON DELETE CASCADE,
    UNIQUE (instance_id, key)
);
CREATE TABLE IF NOT EXISTS "instances_devices" (
    id INTEGER primary key AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    type INTEGER NOT NULL default 0,
    FOREIGN KEY (instance_id) REFERENCES "instances" (id) ON DELETE CASCADE,
    UNIQUE (instance_id, name)
);
CREATE TABLE IF NOT EXISTS "instances_devices_config" (
    id INTEGER primary key AUTOINCREMENT NOT NULL,
    instance_device_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (instance_device_id) REFERENCES "instances_devices" (id) ON DELETE CASCADE,
    UNIQUE (instance_device_id, key)
);
CREATE INDEX instances_node_id_idx ON instances (node_id);
CREATE TABLE IF NOT EXISTS "instances_profiles" (
    id INTEGER primary key AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    profile_id INTEGER NOT NULL,
    apply_order INTEGER NOT NULL default 0,
    UNIQUE (instance_id, profile_id),
    FOREIGN KEY (instance_id) REFERENCES "instances" (id) ON DELETE CASCADE,
    FOREIGN KEY (profile_id) REFERENCES "profiles"(id) ON DELETE CASCADE
);
CREATE INDEX instances_project_id_and_name_idx ON instances (project_id,
    name);
CREATE INDEX instances_project_id_and_node_id_and_name_idx ON instances (project_id,
    node_id,
    name);
CREATE INDEX instances_project_id_and_node_id_idx ON instances (project_id,
    node_id);
CREATE INDEX instances_project_id_idx ON instances (project_id);
CREATE TABLE IF NOT EXISTS "instances_snapshots" (
    id INTEGER primary key AUTOINCREMENT NOT NULL,
    instance_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    creation_date DATETIME NOT NULL DEFAULT 0,
    stateful INTEGER NOT NULL DEFAULT 0,
    description TEXT NOT NULL,
    expiry_date DATETIME,
    UNIQUE (instance_id, name),
    FOREIGN KEY (instance_id) REFERENCES "instances" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "instances_snapshots_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    instance_snapshot_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (instance_snapshot_id) REFERENCES "instances_snapshots" (id) ON DELETE CASCADE,
    UNIQUE (instance_snapshot_id, key)
);
CREATE TABLE IF NOT EXISTS "instances_snapshots_devices" (
    id INTEGER primary key AUTOINCREMENT NOT NULL,
    instance_snapshot_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    type INTEGER NOT NULL default 0,
    FOREIGN KEY (instance_snapshot_id) REFERENCES "instances_snapshots" (id) ON DELETE CASCADE,
    UNIQUE (instance_snapshot_id, name)
);
CREATE TABLE IF NOT EXISTS "instances_snapshots_devices_config" (
    id INTEGER primary key AUTOINCREMENT NOT NULL,
    instance_snapshot_device_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (instance_snapshot_device_id) REFERENCES "instances_snapshots_devices" (id) ON DELETE CASCADE,
    UNIQUE (instance_snapshot_device_id, key)
);
CREATE TABLE IF NOT EXISTS "networks" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    type INTEGER NOT NULL DEFAULT 0,
    UNIQUE (project_id, name),
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
INSERT INTO networks VALUES(1,1,'lxdbr0','',1,0);
CREATE TABLE IF NOT EXISTS "networks_acls" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    ingress TEXT NOT NULL,
    egress TEXT NOT NULL,
    UNIQUE (project_id, name),
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "networks_acls_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    network_acl_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    UNIQUE (network_acl_id, key),
    FOREIGN KEY (network_acl_id) REFERENCES "networks_acls" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "networks_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    network_id INTEGER NOT NULL,
    node_id INTEGER,
    key TEXT NOT NULL,
    value TEXT,
    UNIQUE (network_id, node_id, key),
    FOREIGN KEY (network_id) REFERENCES "networks" (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE
);
INSERT INTO networks_config VALUES(1,1,NULL,'ipv4.address','192.168.100.1/24');
INSERT INTO networks_config VALUES(2,1,NULL,'ipv4.nat','true');
INSERT INTO networks_config VALUES(3,1,NULL,'ipv6.address','none');
CREATE TABLE IF NOT EXISTS "networks_forwards" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	network_id INTEGER NOT NULL,
	node_id INTEGER,
	listen_address TEXT NOT NULL,
	description TEXT NOT NULL,
	ports TEXT NOT NULL,
	UNIQUE (network_id, node_id, listen_address),
	FOREIGN KEY (network_id) REFERENCES "networks" (id) ON DELETE CASCADE,
	FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "networks_forwards_config" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	network_forward_id INTEGER NOT NULL,
	key VARCHAR(255) NOT NULL,
	value TEXT,
	UNIQUE (network_forward_id, key),
	FOREIGN KEY (network_forward_id) REFERENCES "networks_forwards" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "networks_nodes" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    network_id INTEGER NOT NULL,
    node_id INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    UNIQUE (network_id, node_id),
    FOREIGN KEY (network_id) REFERENCES "networks" (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE
);
INSERT INTO networks_nodes VALUES(1,1,1,1);
INSERT INTO networks_nodes VALUES(2,1,3,1);
INSERT INTO networks_nodes VALUES(3,1,2,1);
CREATE TABLE IF NOT EXISTS "networks_peers" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	network_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	target_network_project TEXT NULL,
	target_network_name TEXT NULL,
	target_network_id INTEGER NULL,
	UNIQUE (network_id, name),
	UNIQUE (network_id, target_network_project, target_network_name),
	UNIQUE (network_id, target_network_id),
	FOREIGN KEY (network_id) REFERENCES "networks" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "networks_peers_config" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	network_peer_id INTEGER NOT NULL,
	key VARCHAR(255) NOT NULL,
	value TEXT,
	UNIQUE (network_peer_id, key),
	FOREIGN KEY (network_peer_id) REFERENCES "networks_peers" (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX networks_unique_network_id_node_id_key ON "networks_config" (network_id, IFNULL(node_id, -1), key);
CREATE TABLE IF NOT EXISTS "networks_zones" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	project_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	UNIQUE (name),
	FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "networks_zones_config" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	network_zone_id INTEGER NOT NULL,
	key VARCHAR(255) NOT NULL,
	value TEXT,
	UNIQUE (network_zone_id, key),
	FOREIGN KEY (network_zone_id) REFERENCES "networks_zones" (id) ON DELETE CASCADE
);
CREATE TABLE networks_zones_records (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	network_zone_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL,
	entries TEXT NOT NULL,
	UNIQUE (name),
	FOREIGN KEY (network_zone_id) REFERENCES networks_zones (id) ON DELETE CASCADE
);
CREATE TABLE networks_zones_records_config (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	network_zone_record_id INTEGER NOT NULL,
	key VARCHAR(255) NOT NULL,
	value TEXT,
	UNIQUE (network_zone_record_id, key),
	FOREIGN KEY (network_zone_record_id) REFERENCES networks_zones_records (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "nodes" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    address TEXT NOT NULL,
    schema INTEGER NOT NULL,
    api_extensions INTEGER NOT NULL,
    heartbeat DATETIME DEFAULT CURRENT_TIMESTAMP,
    state INTEGER NOT NULL DEFAULT 0,
    arch INTEGER NOT NULL DEFAULT 0 CHECK (arch > 0),
    failure_domain_id INTEGER DEFAULT NULL REFERENCES nodes_failure_domains (id) ON DELETE SET NULL,
    UNIQUE (name),
    UNIQUE (address)
);
INSERT INTO nodes VALUES(1,'node1','','10.77.1.11:8443',60,318,'2026-11-28 16:27:49.059964400+00:00',0,2,1);
INSERT INTO nodes VALUES(2,'node2','','10.77.1.12:8443',60,318,'2026-11-28 16:27:51.072015468+00:00',0,2,2);
INSERT INTO nodes VALUES(3,'node3','','10.77.1.13:8443',60,318,'2026-11-28 16:27:11.982780032+00:00',0,2,3);
CREATE TABLE IF NOT EXISTS "nodes_cluster_groups" (
    node_id INTEGER NOT NULL,
    group_id INTEGER NOT NULL,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE,
    FOREIGN KEY (group_id) REFERENCES cluster_groups (id) ON DELETE CASCADE,
    UNIQUE (node_id, group_id)
);
INSERT INTO nodes_cluster_groups VALUES(1,1);
INSERT INTO nodes_cluster_groups VALUES(2,1);
INSERT INTO nodes_cluster_groups VALUES(3,1);
CREATE TABLE IF NOT EXISTS "nodes_config" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	node_id INTEGER NOT NULL,
	key TEXT NOT NULL,
	value TEXT,
	FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE,
	UNIQUE (node_id, key)
);
CREATE TABLE nodes_failure_domains (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (name)
);
INSERT INTO nodes_failure_domains VALUES(1,'rack1');
INSERT INTO nodes_failure_domains VALUES(2,'rack2');
INSERT INTO nodes_failure_domains VALUES(3,'rack3');
CREATE TABLE IF NOT EXISTS "nodes_roles" (
    node_id INTEGER NOT NULL,
    role INTEGER NOT NULL,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE,
    UNIQUE (node_id, role)
);
CREATE TABLE IF NOT EXISTS "operations" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    uuid TEXT NOT NULL,
    node_id TEXT NOT NULL,
    type INTEGER NOT NULL DEFAULT 0,
    project_id INTEGER,
    UNIQUE (uuid),
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "profiles" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    project_id INTEGER NOT NULL,
    UNIQUE (project_id, name),
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
INSERT INTO profiles VALUES(1,'default','Default LXD profile',1);
INSERT INTO profiles VALUES(2,'multi','ünïcode ✓',1);
CREATE TABLE IF NOT EXISTS "profiles_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    profile_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    UNIQUE (profile_id, key),
    FOREIGN KEY (profile_id) REFERENCES "profiles"(id) ON DELETE CASCADE
);
INSERT INTO profiles_config VALUES(1,2,'user.user-data',replace('#cloud-config\npackages: [''a'', "b"]\nruncmd: [printf ''a\nb'']\n;\n','\n',char(10)));
CREATE TABLE IF NOT EXISTS "profiles_devices" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    profile_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    type INTEGER NOT NULL default 0,
    UNIQUE (profile_id, name),
    FOREIGN KEY (profile_id) REFERENCES "profiles" (id) ON DELETE CASCADE
);
INSERT INTO profiles_devices VALUES(1,1,'eth0',1);
INSERT INTO profiles_devices VALUES(2,1,'root',2);
CREATE TABLE IF NOT EXISTS "profiles_devices_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    profile_device_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    UNIQUE (profile_device_id, key),
    FOREIGN KEY (profile_device_id) REFERENCES "profiles_devices" (id) ON DELETE CASCADE
);
INSERT INTO profiles_devices_config VALUES(1,1,'network','lxdbr0');
INSERT INTO profiles_devices_config VALUES(2,1,'type','nic');
INSERT INTO profiles_devices_config VALUES(3,1,'name','eth0');
INSERT INTO profiles_devices_config VALUES(4,2,'path','/');
INSERT INTO profiles_devices_config VALUES(5,2,'pool','local');
INSERT INTO profiles_devices_config VALUES(6,2,'type','disk');
CREATE INDEX profiles_project_id_idx ON profiles (project_id);
CREATE TABLE IF NOT EXISTS "projects" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    UNIQUE (name)
);
INSERT INTO projects VALUES(1,'default','Default LXD project');
INSERT INTO projects VALUES(2,'web','for the web');
CREATE TABLE IF NOT EXISTS "projects_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    project_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE,
    UNIQUE (project_id, key)
);
INSERT INTO projects_config VALUES(1,1,'features.storage.volumes','true');
INSERT INTO projects_config VALUES(2,1,'features.networks','true');
INSERT INTO projects_config VALUES(3,1,'features.images','true');
INSERT INTO projects_config VALUES(4,1,'features.profiles','true');
INSERT INTO projects_config VALUES(5,2,'features.images','false');
INSERT INTO projects_config VALUES(6,2,'features.profiles','false');
INSERT INTO projects_config VALUES(7,2,'features.storage.volumes','true');
CREATE TABLE IF NOT EXISTS "storage_pools" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    driver TEXT NOT NULL,
    description TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name)
);
INSERT INTO storage_pools VALUES(1,'local','dir','it''s "quoted"; /* c */',1);
CREATE TABLE IF NOT EXISTS "storage_pools_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    storage_pool_id INTEGER NOT NULL,
    node_id INTEGER,
    key TEXT NOT NULL,
    value TEXT,
    UNIQUE (storage_pool_id, node_id, key),
    FOREIGN KEY (storage_pool_id) REFERENCES "storage_pools" (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE
);
INSERT INTO storage_pools_config VALUES(1,1,1,'source','/var/lib/lxd/storage-pools/local');
INSERT INTO storage_pools_config VALUES(2,1,3,'source','/var/lib/lxd/storage-pools/local');
INSERT INTO storage_pools_config VALUES(3,1,2,'source','/var/lib/lxd/storage-pools/local');
CREATE TABLE IF NOT EXISTS "storage_pools_nodes" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    storage_pool_id INTEGER NOT NULL,
    node_id INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    UNIQUE (storage_pool_id, node_id),
    FOREIGN KEY (storage_pool_id) REFERENCES "storage_pools" (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE
);
INSERT INTO storage_pools_nodes VALUES(1,1,3,1);
INSERT INTO storage_pools_nodes VALUES(2,1,1,1);
INSERT INTO storage_pools_nodes VALUES(3,1,2,1);
CREATE UNIQUE INDEX storage_pools_unique_storage_pool_id_node_id_key ON storage_pools_config (storage_pool_id, IFNULL(node_id, -1), key);
CREATE TABLE IF NOT EXISTS "storage_volumes" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    storage_pool_id INTEGER NOT NULL,
    node_id INTEGER,
    type INTEGER NOT NULL,
    description TEXT NOT NULL,
    project_id INTEGER NOT NULL,
    content_type INTEGER NOT NULL DEFAULT 0,
    UNIQUE (storage_pool_id, node_id, project_id, name, type),
    FOREIGN KEY (storage_pool_id) REFERENCES "storage_pools" (id) ON DELETE CASCADE,
    FOREIGN KEY (node_id) REFERENCES "nodes" (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
INSERT INTO storage_volumes VALUES(1,'data',1,2,2,'',1,0);
CREATE VIEW storage_volumes_all (
         id,
         name,
         storage_pool_id,
         node_id,
         type,
         description,
         project_id,
         content_type) AS
  SELECT id,
         name,
         storage_pool_id,
         node_id,
         type,
         description,
         project_id,
         content_type
    FROM storage_volumes UNION
  SELECT storage_volumes_snapshots.id,
         printf('%s/%s',
    storage_volumes.name,
    storage_volumes_snapshots.name),
         storage_volumes.storage_pool_id,
         storage_volumes.node_id,
         storage_volumes.type,
         storage_volumes_snapshots.description,
         storage_volumes.project_id,
         storage_volumes.content_type
    FROM storage_volumes
    JOIN storage_volumes_snapshots ON storage_volumes.id = storage_volumes_snapshots.storage_volume_id;
CREATE TABLE IF NOT EXISTS "storage_volumes_backups" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    storage_volume_id INTEGER NOT NULL,
    name VARCHAR(255) NOT NULL,
    creation_date DATETIME,
    expiry_date DATETIME,
    volume_only INTEGER NOT NULL default 0,
    optimized_storage INTEGER NOT NULL default 0,
    FOREIGN KEY (storage_volume_id) REFERENCES "storage_volumes" (id) ON DELETE CASCADE,
    UNIQUE (storage_volume_id, name)
);
CREATE TRIGGER storage_volumes_check_id
  BEFORE INSERT ON storage_volumes
  WHEN NEW.id IN (SELECT id FROM storage_volumes_snapshots)
  BEGIN
    SELECT RAISE(FAIL,
    "invalid ID");
  END;
CREATE TABLE IF NOT EXISTS "storage_volumes_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    storage_volume_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    UNIQUE (storage_volume_id, key),
    FOREIGN KEY (storage_volume_id) REFERENCES "storage_volumes" (id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS "storage_volumes_snapshots" (
    id INTEGER NOT NULL,
    storage_volume_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    expiry_date DATETIME,
    UNIQUE (id),
    UNIQUE (storage_volume_id, name),
    FOREIGN KEY (storage_volume_id) REFERENCES "storage_volumes" (id) ON DELETE CASCADE
);
CREATE TRIGGER storage_volumes_snapshots_check_id
  BEFORE INSERT ON storage_volumes_snapshots
  WHEN NEW.id IN (SELECT id FROM storage_volumes)
  BEGIN
    SELECT RAISE(FAIL,
    "invalid ID");
  END;
CREATE TABLE IF NOT EXISTS "storage_volumes_snapshots_config" (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    storage_volume_snapshot_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    FOREIGN KEY (storage_volume_snapshot_id) REFERENCES "storage_volumes_snapshots" (id) ON DELETE CASCADE,
    UNIQUE (storage_volume_snapshot_id, key)
);
CREATE TABLE IF NOT EXISTS "warnings" (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	node_id INTEGER,
	project_id INTEGER,
	entity_type_code INTEGER,
	entity_id INTEGER,
	uuid TEXT NOT NULL,
	type_code INTEGER NOT NULL,
	status INTEGER NOT NULL,
	first_seen_date DATETIME NOT NULL,
	last_seen_date DATETIME NOT NULL,
	updated_date DATETIME,
	last_message TEXT NOT NULL,
	count INTEGER NOT NULL,
	UNIQUE (uuid),
	FOREIGN KEY (node_id) REFERENCES "nodes"(id) ON DELETE CASCADE,
	FOREIGN KEY (project_id) REFERENCES "projects" (id) ON DELETE CASCADE
);
INSERT INTO warnings VALUES(1,1,NULL,NULL,NULL,'bc3803e2-a47d-4d15-b4df-071c83c046dd',14,1,'2026-11-28 16:27:02.072646303+00:00','2026-11-28 16:27:02.072646303+00:00','0001-01-01 00:00:00+00:00','Disabled because of lack of kernel support',1);
INSERT INTO warnings VALUES(2,1,NULL,NULL,NULL,'90842627-e166-4ec5-a73e-8fcdfc196ca8',2,1,'2026-11-28 16:27:02.075263816+00:00','2026-11-28 16:27:02.075263816+00:00','0001-01-01 00:00:00+00:00','disk priority will be ignored',1);
INSERT INTO warnings VALUES(3,1,NULL,NULL,NULL,'8c0f68aa-3693-43d5-a81f-8c27917b3038',8,1,'2026-11-28 16:27:02.078849086+00:00','2026-11-28 16:27:02.078849086+00:00','0001-01-01 00:00:00+00:00','hugepage limits will be ignored',1);
INSERT INTO warnings VALUES(4,1,NULL,NULL,NULL,'62dfa8db-4058-44b8-819c-fd5fbfb9d6a7',10,1,'2026-11-28 16:27:02.084221881+00:00','2026-11-28 16:27:02.084221881+00:00','0001-01-01 00:00:00+00:00','network priority will be ignored',1);
INSERT INTO warnings VALUES(5,1,NULL,NULL,NULL,'eef1735f-b5fc-4444-9db1-87683029bde9',12,1,'2026-11-28 16:27:02.090834029+00:00','2026-11-28 16:27:02.090834029+00:00','0001-01-01 00:00:00+00:00','swap limits will be ignored',1);
INSERT INTO warnings VALUES(6,1,NULL,NULL,NULL,'e7e63e66-cff3-49bd-8f20-d7d8b37903d3',23,1,'2026-11-28 16:27:02.095362859+00:00','2026-11-28 16:27:02.095362859+00:00','0001-01-01 00:00:00+00:00','vhost_vsock kernel module not loaded',1);
INSERT INTO warnings VALUES(7,1,NULL,10,3,'d307a46c-2fce-4071-b7c5-e6bc346b76de',21,1,'2026-11-28 16:27:23.071265165+00:00','2026-11-28 16:27:52.247325419+00:00','2026-11-28 16:27:52.247325419+00:00','Failed to send heartbeat request: Put "https://10.77.1.13:8443/internal/database": dial tcp 10.77.1.13:8443: connect: connection refused',5);
CREATE UNIQUE INDEX warnings_unique_node_id_project_id_entity_type_code_entity_id_type_code ON warnings(IFNULL(node_id, -1), IFNULL(project_id, -1), entity_type_code, entity_id, type_code);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('schema',1);
INSERT INTO sqlite_sequence VALUES('nodes',3);
INSERT INTO sqlite_sequence VALUES('projects',2);
INSERT INTO sqlite_sequence VALUES('projects_config',7);
INSERT INTO sqlite_sequence VALUES('profiles',2);
INSERT INTO sqlite_sequence VALUES('cluster_groups',1);
INSERT INTO sqlite_sequence VALUES('operations',26);
INSERT INTO sqlite_sequence VALUES('warnings',7);
INSERT INTO sqlite_sequence VALUES('certificates',3);
INSERT INTO sqlite_sequence VALUES('config',3);
INSERT INTO sqlite_sequence VALUES('storage_pools',1);
INSERT INTO sqlite_sequence VALUES('storage_pools_nodes',3);
INSERT INTO sqlite_sequence VALUES('networks',1);
INSERT INTO sqlite_sequence VALUES('networks_nodes',3);
INSERT INTO sqlite_sequence VALUES('profiles_config',1);
INSERT INTO sqlite_sequence VALUES('nodes_failure_domains',3);
INSERT INTO sqlite_sequence VALUES('storage_pools_config',3);
INSERT INTO sqlite_sequence VALUES('networks_config',3);
INSERT INTO sqlite_sequence VALUES('profiles_devices',2);
INSERT INTO sqlite_sequence VALUES('profiles_devices_config',6);
INSERT INTO sqlite_sequence VALUES('storage_volumes',1);
COMMIT;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    version    INTEGER NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (version)
);
INSERT INTO schema VALUES(1,42,'2026-11-28 16:27:01+00:00');
CREATE TABLE certificates (
	id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
	fingerprint TEXT NOT NULL,
	type INTEGER NOT NULL,
	name TEXT NOT NULL,
	certificate TEXT NOT NULL,
	UNIQUE (fingerprint)
);
INSERT INTO certificates VALUES(13,'524917ab2a8991e918c643fecde608f79493a6b7d102d0292dd0e96a513237f7',2,'node1',replace('-----BEGIN CERTIFICATE-----\nMIIB9zCCAX2gAwIBAgIQGE0xJCxzD7+J1rH19gVBVzAKBggqhkjOPQQDAzAwMRww\nGgYDVQQKExNsaW51eGNvbnRhaW5lcnMub3JnMRAwDgYDVQQDDAdyb290QHZtMB4X\nDTI2MTEyODE2MjcwMVoXDTM2MTEyNTE2MjcwMVowMDEcMBoGA1UEChMTbGludXhj\nb250YWluZXJzLm9yZzEQMA4GA1UEAwwHcm9vdEB2bTB2MBAGByqGSM49AgEGBSuB\nBAAiA2IABHPGQDadQos9AbQhOfVENOyPg5JpQmmem+6RLYeJmr/kUZqR1PyoIn7D\nU5zKkijckwZrE/AYPAUJeY/038pgsQCD0AcuaBJx28gbMRVajC6R0Fs6fKi/4wya\nz+NenWx+g6NcMFowDgYDVR0PAQH/BAQDAgWgMBMGA1UdJQQMMAoGCCsGAQUFBwMB\nMAwGA1UdEwEB/wQCMAAwJQYDVR0RBB4wHIICdm2HBH8AAAGHEAAAAAAAAAAAAAAA\nAAAAAAEwCgYIKoZIzj0EAwMDaAAwZQIwKIfQmMAfyiqvYfzaecA9Du4imQ0h1df2\nfsA7GdgkdapDhJJDhwvf91ns2WoTkeqmAjEAvrYJNUW1eFKoGRdWjvlpJJaIDw6X\n43WOwKpyA43bd8fVdQ66Jxakz6Pd/k0bD0Wh\n-----END CERTIFICATE-----\n','\n',char(10)));
INSERT INTO certificates VALUES(14,'8cf9f6e420d5d0ce1bdf4ca282e5e4428006da377d85bb9ee3599b50b22a8109',2,'node2',replace('-----BEGIN CERTIFICATE-----\nMIIB9jCCAX2gAwIBAgIQXiW6rVt2UNDiaLruXPBF1zAKBggqhkjOPQQDAzAwMRww\nGgYDVQQKExNsaW51eGNvbnRhaW5lcnMub3JnMRAwDgYDVQQDDAdyb290QHZtMB4X\nDTI2MTEyODE2MjcwMloXDTM2MTEyNTE2MjcwMlowMDEcMBoGA1UEChMTbGludXhj\nb250YWluZXJzLm9yZzEQMA4GA1UEAwwHcm9vdEB2bTB2MBAGByqGSM49AgEGBSuB\nBAAiA2IABHqNSQELDxdvKjPrf5iZHsU/fFbveiKLzOClUwCSI/AjLjtEYy755hyW\nCLrENzxmBDArbO5xKgwXcesxSytNXegN3M4w/Wnc3W7/lujRAq28mHhOGi093gKH\nrin5hr9GbKNcMFowDgYDVR0PAQH/BAQDAgWgMBMGA1UdJQQMMAoGCCsGAQUFBwMB\nMAwGA1UdEwEB/wQCMAAwJQYDVR0RBB4wHIICdm2HBH8AAAGHEAAAAAAAAAAAAAAA\nAAAAAAEwCgYIKoZIzj0EAwMDZwAwZAIwA2mtcfG6YTnrv/VlCFsu2zTah6N+hlvT\nm7aUJPnUszITVCgymTtKEohbdp3zkO3BAjAUYcqyvwVLPGrGy3cKGz5lCTkFm1/M\nTGt0VMbzRQLPMgtU0JP8/zmZRJAAgxnsmik=\n-----END CERTIFICATE-----\n','\n',char(10)));
INSERT INTO certificates VALUES(15,'d082d127d67eb0515e0f32f6562207f8b10a278e4fc1b85d28961262b0eb6603',2,'node3',replace('-----BEGIN CERTIFICATE-----\nMIIB+DCCAX6gAwIBAgIRAO5F/AaPA8wJRfI2EK0rRCswCgYIKoZIzj0EAwMwMDEc\nMBoGA1UEChMTbGludXhjb250YWluZXJzLm9yZzEQMA4GA1UEAwwHcm9vdEB2bTAe\nFw0yNjExMjgxNjI3MDJaFw0zNjExMjUxNjI3MDJaMDAxHDAaBgNVBAoTE2xpbnV4\nY29udGFpbmVycy5vcmcxEDAOBgNVBAMMB3Jvb3RAdm0wdjAQBgcqhkjOPQIBBgUr\ngQQAIgNiAARnhgRsnhIW0TL8fVuQAUlflG/663cvBxf/h6vxeADftdi4tJD7KEZ5\nbuq9Q8Rf5kPpPj88glDwnXw0Z/bLZuhv6Vo4ZoLWnw0F7ugDxX2x3KAShRO1cEAA\ntl6/aepEuHejXDBaMA4GA1UdDwEB/wQEAwIFoDATBgNVHSUEDDAKBggrBgEFBQcD\nATAMBgNVHRMBAf8EAjAAMCUGA1UdEQQeMByCAnZthwR/AAABhxAAAAAAAAAAAAAA\nAAAAAAABMAoGCCqGSM49BAMDA2gAMGUCMEpac6j7COBM4FLZUVZjf72EHL4LQMZA\nwYBSdEv2HHlHleaRdnJw3dm3453lfENbOQIxAOBREy9BqVXajd55WDmUvTGMHLw6\nOQqi/+8k6of8nAe0VvYs9mEwPpFFCcrjQG8D/w==\n-----END CERTIFICATE-----\n','\n',char(10)));
CREATE TABLE config (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key VARCHAR(255) NOT NULL,
    value TEXT,
    UNIQUE (key)
);
INSERT INTO config VALUES(1,'cluster.https_address','10.77.1.11:8443');
INSERT INTO config VALUES(2,'core.https_address','10.77.1.11:8443');
CREATE TABLE patches (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name VARCHAR(255) NOT NULL,
    applied_at DATETIME NOT NULL,
    UNIQUE (name)
);
INSERT INTO patches VALUES(1,'storage_lvm_skipactivation','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(2,'clustering_drop_database_role','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(3,'network_clear_bridge_volatile_hwaddr','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(4,'move_backups_instances','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(5,'network_ovn_enable_nat','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(6,'network_ovn_remove_routes','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(7,'network_fan_enable_nat','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(8,'thinpool_typo_fix','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(9,'vm_rename_uuid_key','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(10,'db_nodes_autoinc','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(11,'network_acl_remove_defaults','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(12,'clustering_server_cert_trust','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(13,'warnings_remove_empty_node','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(14,'dnsmasq_entries_include_device_name','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(15,'storage_missing_snapshot_records','2026-11-28 16:27:01+00:00');
INSERT INTO patches VALUES(16,'pool_fix_default_permissions','2026-11-28 16:27:01+00:00');
CREATE TABLE raft_nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    address TEXT NOT NULL,
    role INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL default "",
    UNIQUE (address)
);
INSERT INTO raft_nodes VALUES(1,'10.77.1.11:8443',0,'node1');
INSERT INTO raft_nodes VALUES(2,'10.77.1.12:8443',0,'node2');
INSERT INTO raft_nodes VALUES(3,'10.77.1.13:8443',0,'node3');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('schema',1);
INSERT INTO sqlite_sequence VALUES('patches',16);
INSERT INTO sqlite_sequence VALUES('config',2);
INSERT INTO sqlite_sequence VALUES('raft_nodes',3);
INSERT INTO sqlite_sequence VALUES('certificates',15);
COMMIT;
