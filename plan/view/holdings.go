package view

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// holdings returns in words what lives on a member and nowhere else, in order: instances, volumes and other objects
// that are placed on it, and images of which it has the last copy.
func holdings(live schema.Cluster, reg schema.Registry, member string) []string {
	return append(placedOn(live, reg, member, func(schema.Object) bool { return true }), lastCopies(live, member)...)
}

// OnMembers reports a kind whose objects are one member's own and are lost with it. Pools and networks are defined on
// all.
func OnMembers(kind schema.Kind) bool {
	return kind.Home != schema.HomeCluster && kind.Lifecycle != schema.Pending && kind.Lifecycle != schema.Imported
}

// placedOn returns the objects that are placed on a member and that count, in order.
func placedOn(live schema.Cluster, reg schema.Registry, member string, counts func(schema.Object) bool) []string {
	var out []string
	for _, kind := range reg.All() {
		if !OnMembers(kind) {
			continue
		}
		for o := range live.AllOfKind(kind.Name) {
			if _, here := o.Members[member]; here && counts(o) {
				out = append(out, o.Ref.String())
			}
		}
	}
	return out
}

// lastCopies returns in words the images of which a member has the last copy.
func lastCopies(live schema.Cluster, member string) []string {
	var images []string
	for fingerprint, copies := range live.Facts.Images {
		if slices.Equal(copies, []string{member}) {
			images = append(images, "the last copy of image "+fingerprint[:min(12, len(fingerprint))])
		}
	}
	slices.Sort(images)
	return images
}

// maxListed is how many things a sentence lists.
const maxListed = 20

// Sentence joins words; of many it names the first.
func Sentence(words []string) string {
	if len(words) > maxListed {
		words = append(slices.Clone(words[:maxListed]), "and more")
	}
	return strings.Join(words, ", ")
}

// Losses says what goes with a member that is removed by force.
func (v *View) Losses(name string) string {
	m := v.Live.Facts.Members[name]
	held := holdings(v.Live, v.Reg, name)
	buckets := v.buckets(name, Departures{})
	if m.Instances == 0 && m.Volumes == 0 && len(held) == 0 {
		return "the server must be wiped before it can come back"
	}
	text := "what is on it is lost for " + v.Product().Title()
	if m.Instances+m.Volumes+buckets > 0 {
		text = Usage(Remains{Instances: m.Instances, Volumes: m.Volumes, Buckets: buckets}) + " on it: lost for " +
			v.Product().Title()
	}
	if len(held) > 0 {
		text += " (" + Sentence(held) + ")"
	}
	return text + "; the server must be wiped before it can come back"
}

// EvacuatesFirst reports whether a member that leaves is evacuated before.
func (v *View) EvacuatesFirst(name string, lost bool) bool {
	m := v.Live.Facts.Members[name]
	return v.Evacuate && !lost && m.Instances > 0 && m.State != schema.StateEvacuated
}

// PolicyKey is how an instance's own configuration says what an evacuation does with it.
const PolicyKey = "cluster.evacuate"

// Policy is what an instance's own configuration says of an evacuation, but for what an earlier run said meanwhile.
func Policy(o schema.Object) string {
	was, meanwhile := o.Config[plan.PolicyMark]
	switch {
	case !meanwhile:
		return o.Config[PolicyKey]
	case was == plan.PolicyUnset:
		return ""
	}
	return was
}

// Unmovable are the instances on a member over which its daemon ends when it is evacuated: LXD before 6 asks the pool
// of each disk whether it is remote, also where a disk has none because it is a folder of the host (a nil pointer in
// lxd/device/disk.go CanMigrate; measured on 5.0.2 and 5.21.7, by the order of devices). One that says what is to be
// done with it is not asked.
func Unmovable(live schema.Cluster, member string) []schema.Object {
	if runs := live.Facts.Flavour; runs.Product != schema.LXD || runs.AtLeast("6") {
		return nil
	}
	var out []schema.Object
	for _, o := range live.OfKind(schema.KindInstance) {
		layers := []schema.Object{o}
		for _, name := range slices.Backward(schema.JSONTexts(o.Attrs["profiles"])) {
			profile, _ := live.Get(Meant(live, schema.Ref{Kind: schema.KindProfile, Project: o.Ref.Project, Name: name}))
			layers = append(layers, profile)
		}
		devices, policy := map[string]map[string]string{}, ""
		for _, layer := range slices.Backward(layers) {
			maps.Copy(devices, layer.Devices)
			policy = cmp.Or(Policy(layer), policy)
		}
		if _, here := o.Members[member]; !here || policy != "" && policy != "auto" {
			continue
		}
		for _, d := range devices {
			if d["type"] == "disk" && d["pool"] == "" && d["path"] != "/" {
				out = append(out, o)
				break
			}
		}
	}
	return out
}

// Usage counts in words: "2 instances and 1 custom volume".
func Usage(left Remains) string {
	var parts []string
	for _, p := range []struct {
		n    int
		noun string
	}{{left.Instances, "instance"}, {left.Volumes, "custom volume"}, {left.Buckets, "storage bucket"}} {
		if p.n > 0 {
			parts = append(parts, schema.Count(p.n, p.noun))
		}
	}
	if left.Images == 1 {
		parts = append(parts, "the last copy of 1 image")
	} else if left.Images > 1 {
		parts = append(parts, fmt.Sprintf("%d images of which it has the last copy", left.Images))
	}
	if last := len(parts) - 1; last > 1 {
		parts = []string{strings.Join(parts[:last], ", "), parts[last]}
	}
	return strings.Join(parts, " and ")
}

// Remains is what a member that leaves still has when it is asked to go. LXD refuses to let go of it, but for buckets:
// those it deletes without a word.
type Remains struct {
	Instances, Volumes, Buckets, Images int
	// Words names them.
	Words []string
}

// buckets counts what a member has that holds data and is no instance, volume or image, and is not taken off it before.
func (v *View) buckets(name string, d Departures) int {
	return len(placedOn(v.Live, v.Reg, name, func(o schema.Object) bool {
		kind := v.Kind(o.Ref.Kind)
		data := kind.Data && kind.Lifecycle == schema.Placed && o.Ref.Kind != schema.KindVolume
		return data && !d.Cleared[Place{o.Ref, name}]
	}))
}

// Remains leaves out what the plan takes off the member before, and what its evacuation moves.
func (v *View) Remains(name string, d Departures) Remains {
	m := v.Live.Facts.Members[name]
	copies := lastCopies(v.Live, name)
	left := Remains{Instances: m.Instances, Volumes: m.Volumes, Images: len(copies)}
	evacuated := v.EvacuatesFirst(name, false)
	for p := range d.Cleared {
		switch kind := v.Kind(p.Ref.Kind); {
		case p.Member != name:
		case kind.Lifecycle == schema.Running:
			left.Instances--
		case p.Ref.Kind == schema.KindVolume:
			left.Volumes--
		}
	}
	if evacuated {
		left.Instances = 0
	}
	left.Buckets = v.buckets(name, d)
	left.Words = append(placedOn(v.Live, v.Reg, name, func(o schema.Object) bool {
		kind := v.Kind(o.Ref.Kind)
		moves := evacuated && kind.Lifecycle == schema.Running
		return !d.Cleared[Place{o.Ref, name}] && !moves
	}), copies...)
	return left
}

// UsedBy says that these use it.
func UsedBy(users []string) string {
	if len(users) == 1 {
		return users[0] + " uses it"
	}
	return Sentence(users) + " use it"
}
