package kinds

import (
	"maps"
	"slices"
	"strconv"

	"clusterctl/schema"
)

// deviceTypes are the texts of the column type of profiles_devices, by number (lxd 5.0.2, lxd/db/cluster/devices.go).
func deviceTypes() []string {
	return []string{"none", "nic", "disk", "unix-char", "unix-block", "usb", "gpu", "infiniband", "proxy",
		"unix-hotplug", "tpm", "pci"}
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
	refs := named("config.placement.group", "placement_group", o, o.Config["placement.group"])
	for name, device := range o.Devices {
		if schema.DeviceGoes(device) {
			continue
		}
		field := "devices." + name + "."
		if pool := device["pool"]; device["type"] == "disk" && pool != "" {
			refs = append(refs, inNoProject(field+"pool", schema.KindStoragePool, pool))
			kind := device["source.type"] // other servers than LXD 5.0 attach the root disks of instances as well
			if volume := device["source"]; volume != "" && (kind == "" || kind == "custom") {
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
