package diff

import (
	"maps"
	"strings"

	"clusterctl/schema"
)

// Restored returns the live side of a plan that is made from a dump with the texts that a dump spoils. LXD 5.0.2
// (lxd sql .dump) writes the line feeds of a text as \n, and so a \n that was in it before reads as a line feed. Where
// that is all that differs, nothing does.
func Restored(want, live schema.Cluster) schema.Cluster {
	if live.Facts.Source != schema.SourceDump {
		return live
	}
	objects := live.Objects()
	for i, o := range objects {
		wanted, declared := want.Get(o.Ref)
		if !declared {
			continue
		}
		o = o.Clone()
		o.Attrs, o.Config = unspoilt(wanted.Attrs, o.Attrs), unspoilt(wanted.Config, o.Config)
		for name, device := range o.Devices {
			o.Devices[name] = unspoilt(wanted.Devices[name], device)
		}
		for member, part := range o.Members {
			part.Config = unspoilt(wanted.Members[member].Config, part.Config)
			o.Members[member] = part
		}
		objects[i] = o
	}
	return schema.NewCluster(live.Facts, objects...)
}

func unspoilt(want, live map[string]string) map[string]string {
	out := maps.Clone(live)
	for key, value := range live {
		if w := want[key]; w != value && strings.Contains(w, "\n") && strings.ReplaceAll(w, `\n`, "\n") == value {
			out[key] = w
		}
	}
	return out
}
