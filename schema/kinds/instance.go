package kinds

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

type instanceEntry struct {
	Name        string                       `yaml:"name" validate:"required,excludesall=/ "`
	Project     string                       `yaml:"project"`
	Image       schema.TextOrMap             `yaml:"image"`
	Rebuild     string                       `yaml:"rebuild" validate:"omitempty,oneof=true false"`
	Empty       string                       `yaml:"empty" validate:"omitempty,oneof=true false"`
	Type        string                       `yaml:"type" validate:"omitempty,oneof=container virtual-machine"`
	Profiles    []string                     `yaml:"profiles" validate:"dive,required"`
	Config      map[string]string            `yaml:"config"`
	Devices     map[string]map[string]string `yaml:"devices"`
	Description string                       `yaml:"description"`
	Ephemeral   string                       `yaml:"ephemeral" validate:"omitempty,oneof=true false"`
	Target      string                       `yaml:"target"`
	Running     string                       `yaml:"running" validate:"omitempty,oneof=true false"`
	State       string                       `yaml:"state" validate:"omitempty,oneof=present absent"`
}

// instance describes containers and virtual machines. Image and type count when one is created; another image later is
// no difference, since nobody wants an instance to be thrown away for it, unless rebuild says so (the API extension
// instances_rebuild; lxd 5.15, shared/version/api.go).
func instance() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindInstance, Title: "instance", Lost: "its disks and snapshots", Plural: "instances",
			Scope:     schema.ScopeProject,
			Lifecycle: schema.Running, Home: schema.HomePool, Data: true, AtJoin: schema.LossRefused,
			Path: "/1.0/instances",
			Attrs: []schema.Attr{
				{Name: "image", Once: true, Unsent: true},
				{Name: "rebuild", Once: true, Unsent: true, Quiet: true,
					Values: map[string]schema.Versions{"true": {schema.LXD: {{From: "5.15"}}}}},
				{Name: "empty", Once: true, Unsent: true},
				{Name: "source", Once: true, JSON: true, Quiet: true, Derived: true},
				{Name: "type", Once: true},
				{Name: "profiles", JSON: true},
				{Name: "description"},
				{Name: "ephemeral", JSON: true, Default: "false"},
				{Name: "target", Unsent: true},
				{Name: "running", Unsent: true, Default: "false"},
				{Name: "origin", Once: true, Unsent: true, Quiet: true, Derived: true},
			},
			Keys: keys("instance"), HasDevices: true, DeviceKeys: keys("device"), Combinations: combinations,
			Tables: schema.Tables{
				Table: "instances", Project: true, Member: "node_id",
				Columns: map[string]string{"description": "description", "type": "type", "ephemeral": "ephemeral"},
				Enums: map[string][]string{"type": {"container", "virtual-machine"}, "ephemeral": {"false", "true"},
					"devices.type": deviceTypes()},
				Owner: "instance_id", Config: "instances_config", Devices: "instances_devices",
				DevicesConfig: "instances_devices_config", DeviceOwner: "instance_device_id",
				Joins: map[string]schema.Join{"profiles": {Table: "instances_profiles", Owner: "instance_id",
					Item: "profile_id", Of: "profiles", Order: "apply_order"}},
			},
			Rank: 80,
		},
		Form: schema.FormOf(instanceObject), Names: instanceNames, Finish: finishInstance, Stored: storedInstance,
		Check: checkInstance,
	}
}

func instanceObject(e *instanceEntry) schema.Object {
	image, source := imageSource(e.Image)
	if e.Empty == "true" && image == "" {
		source = schema.JSONText(map[string]string{"type": "none"})
	}
	attrs := map[string]string{
		"image": image, "rebuild": e.Rebuild, "empty": e.Empty, "source": source, "type": e.Type,
		"profiles": listText(e.Profiles), "description": e.Description,
		"ephemeral": e.Ephemeral, "target": e.Target, "running": e.Running,
	}
	o := object(schema.Ref{Kind: schema.KindInstance, Project: inProject(e.Project), Name: e.Name}, e.State, attrs,
		e.Config)
	if e.Devices != nil {
		o.Devices = devices(e.Devices)
	}
	return o
}

var fingerprintForm = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// imageSource reads image: an alias, a fingerprint or its beginning, or {server, protocol, alias}.
func imageSource(e schema.TextOrMap) (image, source string) {
	switch {
	case len(e.Map) > 0:
		return schema.JSONText(e.Map), remoteSource(e.Map)
	case e.Text == "":
		return "", ""
	case fingerprintForm.MatchString(e.Text):
		return e.Text, schema.JSONText(map[string]string{"type": "image", "fingerprint": e.Text})
	}
	return e.Text, schema.JSONText(map[string]string{"type": "image", "alias": e.Text})
}

func instanceNames(o schema.Object) []schema.Reference {
	refs := profileNames(o) // what the devices name
	profiles := schema.JSONTexts(o.Attrs["profiles"])
	if o.Attrs["profiles"] == "" {
		profiles = []string{"default"} // what LXD takes when nothing is said
	}
	for _, name := range profiles {
		refs = append(refs, inOwnProject("attrs.profiles", schema.KindProfile, o, name))
	}
	if image := o.Attrs["image"]; image != "" && !fingerprintForm.MatchString(image) && !strings.HasPrefix(image, "{") {
		refs = append(refs, inOwnProject("attrs.image", schema.KindImage, o, image))
	}
	target := o.Attrs["target"]
	if group, ok := strings.CutPrefix(target, "@"); ok {
		refs = append(refs, inNoProject("attrs.target", schema.KindGroup, group))
	} else if target != "" {
		refs = append(refs, inNoProject("attrs.target", schema.KindMember, target))
	}
	return refs
}

// finishInstance takes out of the configuration what LXD keeps there of its own (lxd 5.0.2,
// lxd/instance/drivers/driver_lxc.go): the image, whether the instance was running when it was last seen to change,
// and the member that it was moved away from when that was evacuated.
func finishInstance(o schema.Object) schema.Object {
	o = o.Clone()
	attrs := map[string]string{"running": "false", "profiles": "[]"}
	maps.Copy(attrs, o.Attrs)
	if o.Config["volatile.last_state.power"] == "RUNNING" {
		attrs["running"] = "true"
	}
	if image := o.Config["volatile.base_image"]; image != "" {
		attrs["image"] = image
	} else if o.State != schema.StateUnknown {
		attrs["empty"] = "true"
	}
	if origin := o.Config["volatile.evacuate.origin"]; origin != "" {
		attrs["origin"] = origin
	}
	o.Attrs = attrs
	maps.DeleteFunc(o.Config, func(key, _ string) bool {
		return strings.HasPrefix(key, "volatile.") || strings.HasPrefix(key, "image.")
	})
	return o
}

// storedInstance is the opposite of finishInstance, as far as that tells.
func storedInstance(o schema.Object) schema.Object {
	o = o.Clone()
	if o.Config == nil {
		o.Config = map[string]string{}
	}
	if schema.IsTrue(o.Attrs["running"]) {
		o.Config["volatile.last_state.power"] = "RUNNING"
	}
	for attr, key := range map[string]string{"image": "volatile.base_image", "origin": "volatile.evacuate.origin"} {
		if o.Attrs[attr] != "" {
			o.Config[key] = o.Attrs[attr]
		}
	}
	return o
}

func checkInstance(o schema.Object, want schema.Cluster, product schema.Product) []schema.Problem {
	out := append(checkProfile(o, want, product), checkRemote(o)...)
	switch empty := o.Attrs["empty"] == "true"; {
	case o.Attrs["rebuild"] == "true" && strings.HasPrefix(o.Attrs["image"], "{") &&
		schema.JSONField(o.Attrs["image"], "fingerprint") == "":
		out = append(out, schema.Wrong(schema.CodeValue, "attrs.rebuild", "cannot tell when to rebuild instance "+o.Ref.Name,
			"What is behind an alias of another server is not known here.",
			"bring the image in under images: and name its alias, or add its fingerprint to image:"))
	case empty && o.Attrs["image"] != "":
		out = append(out, schema.Wrong(schema.CodeValue, "attrs.empty",
			"cannot make instance "+o.Ref.Name+" empty and from an image", "It is one of the two.", "remove empty:, or image:"))
	case o.Attrs["source"] == "":
		out = append(out, schema.Wrong(schema.CodeRequired, "",
			"cannot use instance "+o.Ref.Name+" without image", "It is made from one if it is not there.",
			"add image: ALIAS, a fingerprint, or {server: URL, protocol: simplestreams, alias: NAME}; or empty: true"))
	}
	return out
}

// checkRemote wants the long form of image to say which image of which server it is.
func checkRemote(o schema.Object) []schema.Problem {
	image := o.Attrs["image"]
	if !strings.HasPrefix(image, "{") {
		return nil
	}
	problem := func(summary, hint string) []schema.Problem {
		return []schema.Problem{{Severity: schema.SeverityError, Code: schema.CodeValue, Field: "attrs.image",
			Summary: summary, Detail: "The long form of image: names an image on another server.", Hint: hint}}
	}
	known := []string{"server", "protocol", "alias", "fingerprint"}
	for _, name := range schema.JSONNames(image) {
		if !slices.Contains(known, name) {
			return problem("cannot use the key "+name+" in image: of instance "+o.Ref.Name, schema.DidYouMean(name, known))
		}
	}
	protocols := []string{"", "simplestreams", "lxd", "incus", "oci"}
	switch server := schema.JSONField(image, "server"); {
	case !slices.Contains(protocols, schema.JSONField(image, "protocol")):
		return problem("cannot get the image of instance "+o.Ref.Name+" by "+schema.JSONField(image, "protocol"),
			schema.DidYouMean(schema.JSONField(image, "protocol"), protocols[1:]))
	case !strings.HasPrefix(server, "https://"):
		return problem("cannot get the image of instance "+o.Ref.Name+" from "+strconv.Quote(server),
			"write server: https://HOST")
	case schema.JSONField(image, "alias") == "" && schema.JSONField(image, "fingerprint") == "":
		return problem("cannot tell which image instance "+o.Ref.Name+" is made from", "add alias: NAME")
	}
	return nil
}
