package kinds

import "clusterctl/schema"

type serverEntry struct {
	Config map[string]string `yaml:"config"`
}

// server describes the one object of server configuration: cluster-wide keys in Config (lxd 5.0.2,
// lxd/cluster/config/config.go) and the keys of each member in its part (lxd/node/config.go).
func server() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{Name: schema.KindServer, Title: "server configuration", Plural: "config",
			Scope: schema.ScopeCluster, Lifecycle: schema.Singleton, Home: schema.HomeCluster, AtJoin: schema.LossWarned,
			Path: "/1.0", Init: true, Keys: keys("server"), Builtin: []string{schema.ServerName},
			Tables: schema.Tables{Config: "config"}, Rank: 10},
		Form: schema.FormOf(func(e *serverEntry) schema.Object {
			return object(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}, "", nil, e.Config)
		}),
		Names: serverNames,
	}
}

// serverNames names the volumes in which members keep their images and backups, which must be there first: "Storage
// volume not found" (lxd 5.0.2, lxd/daemon_storage.go daemonStorageValidate; measured).
func serverNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	for _, member := range o.MemberNames() {
		for _, key := range []string{"storage.backups_volume", "storage.images_volume"} {
			if volume := o.Members[member].Config[key]; volume != "" {
				refs = append(refs, schema.Reference{Field: "members." + member + "." + key,
					Ref: schema.Ref{Kind: schema.KindVolume, Project: schema.DefaultProject, Name: volume}})
			}
		}
	}
	return refs
}
