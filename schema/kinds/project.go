package kinds

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

type projectEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ _'\"*,ne=.,ne=.."`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// project describes projects (lxd 5.0.2, lxd/api_project.go projectValidateConfig).
func project() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name:      schema.KindProject,
			Title:     "project",
			Plural:    "projects",
			Scope:     schema.ScopeCluster,
			Lifecycle: schema.Simple,
			Home:      schema.HomeCluster,
			AtJoin:    schema.LossRefused,
			Path:      "/1.0/projects",
			Attrs:     []schema.Attr{{Name: "description"}},
			Keys:      projectKeys(),
			Builtin:   []string{schema.DefaultProject},
			Tables: schema.Tables{
				Table:   "projects",
				Columns: map[string]string{"description": "description"},
				Owner:   "project_id",
				Config:  "projects_config",
			},
			Rank:    30,
			Help:    "A space of its own for instances and, as its features say, for profiles, images, volumes and networks.",
			Example: "name: web\ndescription: The shop\nconfig:\n  features.networks: \"false\"\n  limits.instances: \"20\"\n",
		},
		New: func() any { return &projectEntry{} },
		Object: func(entry any) schema.Object {
			e := entry.(*projectEntry)
			ref := schema.Ref{Kind: schema.KindProject, Name: e.Name}
			o := object(ref, e.State, map[string]string{"description": e.Description}, e.Config)
			o.Refs = projectRefs(o)
			return o
		},
		Refs:  projectRefs,
		Check: checkProject,
	}
}

// poolLimit begins the keys of Incus that limit a project's space in one pool. The pool must be there (incus 6.0.4,
// cmd/incusd/api_project.go projectValidateConfig).
const poolLimit = "limits.disk.pool."

func projectRefs(o schema.Object) []schema.Ref {
	var refs []schema.Ref
	for key := range o.Config {
		if pool, ok := strings.CutPrefix(key, poolLimit); ok {
			refs = append(refs, schema.Ref{Kind: schema.KindStoragePool, Name: pool})
		}
	}
	slices.SortFunc(refs, schema.Ref.Compare)
	return refs
}

// checkProject refuses restrictions that the profiles of the default project would get around (lxd 5.0.2,
// lxd/api_project.go projectValidateConfig).
func checkProject(o schema.Object, _ schema.Cluster) []schema.Problem {
	if !isTrue(o.Config["restricted"]) || o.Config["features.profiles"] == "" || isTrue(o.Config["features.profiles"]) {
		return nil
	}
	return []schema.Problem{{
		Severity: schema.SeverityError, Code: schema.CodeValue, Field: "config.restricted",
		Summary: "cannot restrict project " + o.Ref.Name,
		Detail:  "Projects without their own profiles cannot be restricted.",
		Hint:    "set features.profiles: \"true\", or remove restricted:",
	}}
}

func projectKeys() []schema.KeyRule {
	allow := oneOf("allow", "block")
	managed := oneOf("allow", "block", "managed")
	keys := []schema.KeyRule{
		// The server stores features.* rows that a new project does not name (lxd/api_project.go projectsPost).
		{Key: "features.images", Type: schema.Bool, Computed: true, Default: "true", Help: "The project has images of its own."},
		{Key: "features.profiles", Type: schema.Bool, Computed: true, Default: "true", Help: "The project has profiles of its own."},
		{Key: "features.storage.volumes", Type: schema.Bool, Computed: true, Default: "true", Help: "The project has custom volumes of its own."},
		{Key: "features.networks", Type: schema.Bool, Computed: true, Default: "false", Help: "The project has networks of its own."},
		{Key: "features.storage.buckets", Type: schema.Bool, Computed: true, Default: "true",
			Servers: since("5.5"), Help: "The project has storage buckets of its own."},
		{Key: "features.networks.zones", Type: schema.Bool, Computed: true,
			Servers: since("5.9"), Help: "The project has network zones of its own."},
		{Key: "backups.compression_algorithm", Help: "Compression of backups: gzip, zstd, none, ..."},
		{Key: "images.auto_update_cached", Type: schema.Bool, Help: "Whether cached images are kept up to date."},
		{Key: "images.auto_update_interval", Type: schema.Int, Help: "Hours between looks for newer images; 0 turns them off."},
		{Key: "images.compression_algorithm", Help: "Compression of new images."},
		{Key: "images.default_architecture", Help: "Architecture to take when there is a choice."},
		{Key: "images.remote_cache_expiry", Type: schema.Int, Help: "Days after which an unused cached image goes."},
		{Key: "limits.memory", Type: schema.Size, Help: "Upper bound for the sum of limits.memory of the instances."},
		{Key: "limits.disk", Type: schema.Size, Help: "Upper bound for the disk space of the project."},
		{Key: poolLimit + "*", Type: schema.Size, Servers: since("-"), Help: "Upper bound for the project's disk space in that pool."},
		{Key: "restricted.networks.integrations", Servers: since("-"), Help: "Network integrations that the project may use, comma separated."},
		{Key: "restricted", Type: schema.Bool, Default: "false", Help: "Turns the restrictions on."},
		{Key: "restricted.containers.interception", Check: oneOf("allow", "block", "full"), Help: "System call interception."},
		{Key: "restricted.containers.privilege", Check: oneOf("allow", "unprivileged", "isolated"), Help: "Privileged containers."},
		{Key: "restricted.devices.nic", Check: managed, Help: "Network devices."},
		{Key: "restricted.devices.disk", Check: managed, Help: "Disk devices."},
		{Key: "restricted.devices.disk.paths", Help: "Allowed source paths of disk devices, comma separated."},
		{Key: "restricted.cluster.groups", Help: "Cluster groups that instances may be aimed at, comma separated."},
		{Key: "restricted.idmap.uid", Help: "Allowed host uid ranges, comma separated."},
		{Key: "restricted.idmap.gid", Help: "Allowed host gid ranges, comma separated."},
		{Key: "restricted.networks.access", Help: "Networks that instances may use, comma separated."},
		{Key: "restricted.networks.uplinks", Help: "Uplinks that networks may use, comma separated."},
		{Key: "restricted.networks.subnets", Help: "Subnets of uplinks that the project may use, as UPLINK:SUBNET."},
		{Key: "restricted.networks.zones", Help: "Network zones that the project may use, comma separated."},
		{Key: "user.*", Help: "Free for notes."},
	}
	for _, thing := range []string{"instances", "containers", "virtual-machines", "processes", "cpu", "networks"} {
		keys = append(keys, schema.KeyRule{Key: "limits." + thing, Check: uint32Value, Help: "Upper bound for " + thing + "."})
	}
	for _, thing := range []string{
		"backups", "snapshots", "cluster.target", "containers.nesting", "containers.lowlevel", "virtual-machines.lowlevel",
		"devices.unix-char", "devices.unix-block", "devices.unix-hotplug", "devices.infiniband", "devices.gpu",
		"devices.usb", "devices.pci", "devices.proxy",
	} {
		keys = append(keys, schema.KeyRule{Key: "restricted." + thing, Check: allow, Help: "Whether " + thing + " is allowed: allow or block."})
	}
	return keys
}
