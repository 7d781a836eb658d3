package kinds

import (
	"maps"
	"slices"
	"strconv"

	"clusterctl/schema"
)

type profileEntry struct {
	Name        string                       `yaml:"name" validate:"required,excludesall=/,ne=.,ne=.."`
	Project     string                       `yaml:"project"`
	Description string                       `yaml:"description"`
	State       string                       `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string            `yaml:"config"`
	Devices     map[string]map[string]string `yaml:"devices"`
}

// profile describes profiles. LXD's own preseed puts every profile into the default project; the key project
// is spelled as Incus does.
func profile() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindProfile, Title: "profile", Lost: "its configuration and devices", Plural: "profiles",
			Scope:   schema.ScopeProject,
			Feature: "features.profiles", Lifecycle: schema.Simple, Home: schema.HomeCluster,
			AtJoin: schema.LossRefused, Path: "/1.0/profiles", Listed: true, Init: true,
			Attrs: []schema.Attr{{Name: "description"}},
			Keys:  keys("instance"), HasDevices: true, DeviceKeys: keys("device"), Combinations: combinations,
			Builtin: []string{"default"},
			Tables: schema.Tables{Table: "profiles", Project: true,
				Columns: map[string]string{"description": "description"},
				Enums:   map[string][]string{"devices.type": deviceTypes()}, Owner: "profile_id", Config: "profiles_config",
				Devices: "profiles_devices", DevicesConfig: "profiles_devices_config", DeviceOwner: "profile_device_id"},
			Rank: 60,
		},
		Form: schema.FormOf(profileObject), Names: profileNames, Check: checkProfile,
	}
}

// deviceTypes are the texts of the column type of profiles_devices, by number (lxd 5.0.2, lxd/db/cluster/devices.go).
func deviceTypes() []string {
	return []string{"none", "nic", "disk", "unix-char", "unix-block", "usb", "gpu", "infiniband", "proxy",
		"unix-hotplug", "tpm", "pci"}
}

func profileObject(e *profileEntry) schema.Object {
	ref := schema.Ref{Kind: schema.KindProfile, Project: inProject(e.Project), Name: e.Name}
	o := object(ref, e.State, map[string]string{"description": e.Description}, e.Config)
	o.Devices = devices(e.Devices)
	return o
}

// devices returns the devices of an entry; state: present is what they are without saying so.
func devices(given map[string]map[string]string) map[string]map[string]string {
	out := make(map[string]map[string]string, len(given))
	for name, device := range given {
		out[name] = maps.Clone(device)
		if device[schema.DeviceState] == string(schema.StatePresent) {
			delete(out[name], schema.DeviceState)
		}
	}
	return out
}

// profileNames names the placement group, and the pools, volumes, networks and ACLs of the devices. A parent is no
// reference: it may be an interface of the member.
func profileNames(o schema.Object) []schema.Reference {
	refs := named("config.placement.group", kindPlacement, o, o.Config["placement.group"])
	for name, device := range o.Devices {
		if schema.DeviceGoes(device) {
			continue
		}
		field := "devices." + name + "."
		if pool := device["pool"]; device["type"] == "disk" && pool != "" {
			refs = append(refs, inNoProject(field+"pool", schema.KindStoragePool, pool))
			if volume := device["source"]; volume != "" {
				refs = append(refs, inOwnProject(field+"source", schema.KindVolume, o, childName(pool, volume)))
			}
		}
		if network := device["network"]; device["type"] == "nic" && network != "" {
			refs = append(refs, inOwnProject(field+"network", schema.KindNetwork, o, network))
		}
		refs = append(refs, named(field+"security.acls", "network_acl", o, device["security.acls"])...)
	}
	return refs
}

func checkProfile(o schema.Object, _ schema.Cluster, product schema.Product) []schema.Problem {
	var out []schema.Problem
	for name, device := range o.Devices {
		switch kind, state := device["type"], device[schema.DeviceState]; {
		case schema.DeviceGoes(device):
		case state != "":
			out = append(out, schema.Wrong(schema.CodeDevice, "devices."+name+"."+schema.DeviceState,
				"cannot use device "+name+": its state is "+strconv.Quote(state),
				"A device is present, or state: absent takes it away.", schema.DidYouMean(state, []string{"absent", "present"})))
		case kind == "":
			out = append(out, schema.Wrong(schema.CodeDevice, "devices."+name, "cannot use device "+name+": it has no type",
				product.Title()+" needs to know what each device is.", "add type: nic, type: disk or another device type"))
		case !slices.Contains(deviceTypes(), kind):
			out = append(out, schema.Wrong(schema.CodeDevice, "devices."+name+".type",
				"cannot use device "+name+": "+product.Title()+" has no device type "+kind, "Unsupported device type.",
				schema.DidYouMean(kind, deviceTypes())))
		}
	}
	return out
}
