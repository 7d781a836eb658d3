package kinds

import (
	"strings"

	"clusterctl/schema"
)

type zoneEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ "`
	Project     string            `yaml:"project"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// networkZone describes DNS zones. Their own records are objects by themselves, see [zoneRecord].
func networkZone() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: "network_zone", Title: "network zone", Lost: "its settings", Plural: "network_zones",
			Scope:   schema.ScopeProject,
			Feature: "features.networks", LaterFeature: "features.networks.zones", Lifecycle: schema.Simple,
			Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/network-zones",
			Attrs: []schema.Attr{{Name: "description"}}, Keys: keys("network_zone"),
			Tables: schema.Tables{Table: "networks_zones", Project: true,
				Columns: map[string]string{"description": "description"}, Owner: "network_zone_id",
				Config: "networks_zones_config"},
			Told: schema.ToldAlways, // lxd 5.0.2, measured
			Rank: 46,
		},
		Form: schema.FormOf(func(e *zoneEntry) schema.Object {
			ref := schema.Ref{Kind: "network_zone", Project: inProject(e.Project), Name: e.Name}
			return object(ref, e.State, map[string]string{"description": e.Description}, e.Config)
		}),
	}
}

type recordEntry struct {
	Zone        string            `yaml:"zone" validate:"required,excludesall=/ "`
	Name        string            `yaml:"name" validate:"required,excludesall=/ "`
	Project     string            `yaml:"project"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
	Entries     []recordValue     `yaml:"entries" validate:"dive"`
}

type recordValue struct {
	Type  string `yaml:"type" json:"type" validate:"required"`
	TTL   int    `yaml:"ttl" json:"ttl" validate:"omitempty,min=0"`
	Value string `yaml:"value" json:"value" validate:"required"`
}

// zoneRecord describes the records of a zone that are not those of instances. Each is an object by itself, as in LXD's
// API: a zone's records come and go one by one.
func zoneRecord() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: "network_zone_record", Title: "network zone record", Lost: "its entries", Plural: "network_zone_records",
			Scope: schema.ScopeProject, Feature: "features.networks", LaterFeature: "features.networks.zones",
			Parent: "network_zone", ParentKey: "zone", Lifecycle: schema.Simple, Home: schema.HomeCluster,
			AtJoin: schema.LossRefused, Path: "/1.0/network-zones/{}/records",
			Attrs: []schema.Attr{{Name: "description"}, {Name: "entries", JSON: true, Default: "[]"}},
			Keys:  keys("user"),
			Tables: schema.Tables{Table: "networks_zones_records",
				Parent:  schema.Link{From: "network_zone_id", Table: "networks_zones", Key: "id", Value: "name"},
				Columns: map[string]string{"description": "description", "entries": "entries"},
				Owner:   "network_zone_record_id", Config: "networks_zones_records_config"},
			Rank: 47,
		},
		Form: schema.FormOf(func(e *recordEntry) schema.Object {
			ref := schema.Ref{Kind: "network_zone_record", Project: inProject(e.Project), Name: childName(e.Zone, e.Name)}
			return object(ref, e.State, map[string]string{"description": e.Description, "entries": listText(e.Entries)},
				e.Config)
		}),
		Check: checkRecord,
	}
}

// checkRecord refuses a name that a record of another zone has: the database takes each name once, whatever its zone
// ("UNIQUE constraint failed: networks_zones_records.name", measured on lxd 5.0.2; its tables are the same in Incus
// 6.0).
func checkRecord(o schema.Object, want schema.Cluster, product schema.Product) []schema.Problem {
	_, name, _ := strings.Cut(o.Ref.Name, "/")
	for _, other := range want.OfKind(o.Ref.Kind) {
		if other.State == schema.StateAbsent || other.Ref.Compare(o.Ref) >= 0 {
			continue // the later one is told, once
		}
		if zone, taken, _ := strings.Cut(other.Ref.Name, "/"); taken == name {
			return []schema.Problem{schema.Wrong(schema.CodeDuplicate, "",
				"cannot make record "+name+" in "+o.Ref.Name[:len(o.Ref.Name)-len(name)-1]+": zone "+
					zone+" has one of that name", product.Title()+" takes the name of a record once, in whichever zone.",
				"use another name, or one zone")}
		}
	}
	return nil
}
