package layout

// clusterTables returns the tables of the cluster's database, parents before children
// (lxd 5.0.2, "lxd sql global .schema").
func clusterTables() []table {
	all := []table{
		schemaTable(),
		{name: "config", columns: []column{text("key"), text("value").null()}, unique: []string{"key"}},
	}
	for _, group := range [][]table{memberTables(), projectTables(), poolTables(), networkTables(), networkPartTables(),
		imageTables(), instanceTables(), instanceSnapshotTables(), volumeTables(), otherTables()} {
		all = append(all, group...)
	}
	return all
}

func schemaTable() table {
	return table{name: "schema", columns: []column{number("version"), date("updated_at")}, unique: []string{"version"}}
}

func memberTables() []table {
	domain := of("failure_domain_id", "nodes_failure_domains").null().or("NULL")
	domain.onDelete = "SET NULL"
	architecture := flag("arch")
	architecture.check = "arch > 0"
	return []table{
		{name: "nodes_failure_domains", columns: []column{text("name")}, unique: []string{"name"}},
		{name: "nodes", columns: []column{
			text("name"), text("description"), text("address"), number("schema"), number("api_extensions"),
			date("heartbeat").null().or("CURRENT_TIMESTAMP"), flag("state"), architecture, domain,
		}, unique: []string{"name", "address"}},
		configOf("nodes_config", of("node_id", "nodes")),
		{name: "nodes_roles", columns: []column{of("node_id", "nodes"), number("role")},
			unique: []string{"node_id, role"}, bare: true},
		{name: "cluster_groups", columns: []column{text("name"), text("description")}, unique: []string{"name"}},
		{name: "nodes_cluster_groups", columns: []column{of("node_id", "nodes"), of("group_id", "cluster_groups")},
			unique: []string{"node_id, group_id"}, bare: true},
	}
}

func projectTables() []table {
	return []table{
		{name: "projects", columns: []column{text("name"), text("description")}, unique: []string{"name"}},
		configOf("projects_config", of("project_id", "projects")),
		{name: "profiles", columns: []column{text("name"), text("description"), of("project_id", "projects")},
			unique: []string{"project_id, name"}, index: []string{"project_id"}},
		configOf("profiles_config", of("profile_id", "profiles")),
		devicesOf("profiles_devices", of("profile_id", "profiles")),
		configOf("profiles_devices_config", of("profile_device_id", "profiles_devices")),
		{name: "certificates", columns: []column{
			text("fingerprint"), number("type"), text("name"), text("certificate"), flag("restricted"),
		}, unique: []string{"fingerprint"}},
		{name: "certificates_projects", columns: []column{of("certificate_id", "certificates"), of("project_id", "projects")},
			unique: []string{"certificate_id, project_id"}, bare: true},
	}
}

func poolTables() []table {
	pool := of("storage_pool_id", "storage_pools")
	return []table{
		{name: "storage_pools", columns: []column{text("name"), text("driver"), text("description"), flag("state")},
			unique: []string{"name"}},
		memberConfigOf("storage_pools_config", pool, "storage_pools_unique_storage_pool_id_node_id_key"),
		{name: "storage_pools_nodes", columns: []column{pool, of("node_id", "nodes"), flag("state")},
			unique: []string{"storage_pool_id, node_id"}},
	}
}

func networkTables() []table {
	network := of("network_id", "networks")
	return []table{
		{name: "networks", columns: []column{
			of("project_id", "projects"), text("name"), text("description"), flag("state"), flag("type"),
		}, unique: []string{"project_id, name"}},
		memberConfigOf("networks_config", network, "networks_unique_network_id_node_id_key"),
		{name: "networks_nodes", columns: []column{network, of("node_id", "nodes"), flag("state")},
			unique: []string{"network_id, node_id"}},
	}
}

// networkPartTables are the objects beside networks: access lists, zones, forwards and peers.
func networkPartTables() []table {
	project, network := of("project_id", "projects"), of("network_id", "networks")
	return []table{
		{name: "networks_acls", columns: []column{project, text("name"), text("description"), text("ingress"), text("egress")},
			unique: []string{"project_id, name"}},
		configOf("networks_acls_config", of("network_acl_id", "networks_acls")),
		{name: "networks_forwards", columns: []column{
			network, of("node_id", "nodes").null(), text("listen_address"), text("description"), text("ports"),
		}, unique: []string{"network_id, node_id, listen_address"}},
		longConfigOf("networks_forwards_config", of("network_forward_id", "networks_forwards")),
		{name: "networks_peers", columns: []column{
			network, text("name"), text("description"), text("target_network_project").null(),
			text("target_network_name").null(), number("target_network_id").null(),
		}, unique: []string{"network_id, name", "network_id, target_network_project, target_network_name",
			"network_id, target_network_id"}},
		longConfigOf("networks_peers_config", of("network_peer_id", "networks_peers")),
		{name: "networks_zones", columns: []column{project, text("name"), text("description")}, unique: []string{"name"}},
		longConfigOf("networks_zones_config", of("network_zone_id", "networks_zones")),
		{name: "networks_zones_records", columns: []column{
			of("network_zone_id", "networks_zones"), text("name"), text("description"), text("entries"),
		}, unique: []string{"name"}},
		longConfigOf("networks_zones_records_config", of("network_zone_record_id", "networks_zones_records")),
	}
}

// longConfigOf is configOf as the younger network tables have it, with the key's length in its type.
func longConfigOf(name string, owner column) table {
	t := configOf(name, owner)
	t.columns = []column{owner, varchar("key"), text("value").null()}
	return t
}
