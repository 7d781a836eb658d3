package layout

func imageTables() []table {
	image, project := of("image_id", "images"), of("project_id", "projects")
	return []table{
		{name: "images", columns: []column{
			text("fingerprint"), text("filename"), number("size"), flag("public"), number("architecture"),
			date("creation_date").null(), date("expiry_date").null(), date("upload_date"), flag("cached"),
			date("last_use_date").null(), flag("auto_update"), project, flag("type"),
		}, unique: []string{"project_id, fingerprint"}, index: []string{"project_id"}},
		{name: "images_aliases", columns: []column{text("name"), image, text("description"), project},
			unique: []string{"project_id, name"}, index: []string{"project_id"}},
		{name: "images_nodes", columns: []column{image, of("node_id", "nodes")}, unique: []string{"image_id, node_id"}},
		{name: "images_profiles", columns: []column{image, of("profile_id", "profiles")},
			unique: []string{"image_id, profile_id"}, bare: true},
		{name: "images_properties", columns: []column{image, number("type"), text("key"), text("value").null()}},
		{name: "images_source", columns: []column{image, text("server"), number("protocol"), text("certificate"), text("alias")}},
	}
}

func instanceTables() []table {
	instance := of("instance_id", "instances")
	return []table{
		{name: "instances", columns: []column{
			of("node_id", "nodes"), text("name"), number("architecture"), number("type"), flag("ephemeral"),
			date("creation_date").or("0"), flag("stateful"), date("last_use_date").null(), text("description"),
			of("project_id", "projects"), date("expiry_date").null(),
		}, unique: []string{"project_id, name"},
			index: []string{"node_id", "project_id", "project_id, name", "project_id, node_id", "project_id, node_id, name"}},
		configOf("instances_config", instance),
		devicesOf("instances_devices", instance),
		configOf("instances_devices_config", of("instance_device_id", "instances_devices")),
		{name: "instances_profiles", columns: []column{instance, of("profile_id", "profiles"), flag("apply_order")},
			unique: []string{"instance_id, profile_id"}},
		{name: "instances_backups", columns: []column{
			instance, varchar("name"), date("creation_date").null(), date("expiry_date").null(), flag("container_only"),
			flag("optimized_storage"),
		}, unique: []string{"instance_id, name"}},
	}
}

func instanceSnapshotTables() []table {
	snapshot := of("instance_snapshot_id", "instances_snapshots")
	return []table{
		{name: "instances_snapshots", columns: []column{
			of("instance_id", "instances"), text("name"), date("creation_date").or("0"), flag("stateful"),
			text("description"), date("expiry_date").null(),
		}, unique: []string{"instance_id, name"}},
		configOf("instances_snapshots_config", snapshot),
		devicesOf("instances_snapshots_devices", snapshot),
		configOf("instances_snapshots_devices_config", of("instance_snapshot_device_id", "instances_snapshots_devices")),
	}
}

// volumeTables has volumes and their snapshots, which share one sequence of numbers: see sharedNumbers.
func volumeTables() []table {
	volume := of("storage_volume_id", "storage_volumes")
	return []table{
		{name: "storage_volumes", columns: []column{
			text("name"), of("storage_pool_id", "storage_pools"), of("node_id", "nodes").null(), number("type"),
			text("description"), of("project_id", "projects"), flag("content_type"),
		}, unique: []string{"storage_pool_id, node_id, project_id, name, type"}},
		configOf("storage_volumes_config", volume),
		{name: "storage_volumes_backups", columns: []column{
			volume, varchar("name"), date("creation_date").null(), date("expiry_date").null(), flag("volume_only"),
			flag("optimized_storage"),
		}, unique: []string{"storage_volume_id, name"}},
		{name: "storage_volumes_snapshots", columns: []column{
			number("id"), volume, text("name"), text("description"), date("expiry_date").null(),
		}, unique: []string{"id", "storage_volume_id, name"}, bare: true},
		configOf("storage_volumes_snapshots_config", of("storage_volume_snapshot_id", "storage_volumes_snapshots")),
	}
}

func otherTables() []table {
	return []table{
		{name: "operations", columns: []column{
			text("uuid"), textOf("node_id", "nodes"), flag("type"), of("project_id", "projects").null(),
		}, unique: []string{"uuid"}},
		{name: "warnings", columns: []column{
			of("node_id", "nodes").null(), of("project_id", "projects").null(), number("entity_type_code").null(),
			number("entity_id").null(), text("uuid"), number("type_code"), number("status"), date("first_seen_date"),
			date("last_seen_date"), date("updated_date").null(), text("last_message"), number("count"),
		}, unique: []string{"uuid"}, oneOf: [2]string{
			"warnings_unique_node_id_project_id_entity_type_code_entity_id_type_code",
			"ifnull(node_id, -1), ifnull(project_id, -1), entity_type_code, entity_id, type_code",
		}},
	}
}

// textOf is of with a column of text, as the table operations has it.
func textOf(name, parent string) column {
	c := of(name, parent)
	c.kind = "TEXT"
	return c
}

// sharedNumbers returns the view over volumes and snapshots, whose names are VOLUME/SNAPSHOT in it, and the triggers
// that keep a number from being used by both.
func sharedNumbers() []string {
	return []string{
		`CREATE VIEW storage_volumes_all (id, name, storage_pool_id, node_id, type, description, project_id, content_type) AS
  SELECT id, name, storage_pool_id, node_id, type, description, project_id, content_type FROM storage_volumes
  UNION
  SELECT s.id, v.name || '/' || s.name, v.storage_pool_id, v.node_id, v.type, s.description, v.project_id, v.content_type
  FROM storage_volumes_snapshots AS s JOIN storage_volumes AS v ON v.id = s.storage_volume_id`,
		takenBy("storage_volumes", "storage_volumes_snapshots"),
		takenBy("storage_volumes_snapshots", "storage_volumes"),
	}
}

// takenBy returns a trigger that refuses a row whose id the other table has; the text is LXD's.
func takenBy(name, other string) string {
	return "CREATE TRIGGER " + name + "_check_id BEFORE INSERT ON " + name +
		" WHEN EXISTS (SELECT 1 FROM " + other + " WHERE id = NEW.id) BEGIN SELECT RAISE(FAIL, 'invalid ID'); END"
}
