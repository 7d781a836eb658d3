package kinds

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// checkImage wants to know where an image comes from.
func checkImage(o schema.Object, _ schema.Cluster, product schema.Product) []schema.Problem {
	problem := func(field, summary, detail, hint string) []schema.Problem {
		return []schema.Problem{schema.Wrong(schema.CodeValue, field, summary, detail, hint)}
	}
	file, server := o.Attrs["file"], o.Attrs["server"]
	fingerprint := o.Attrs["fingerprint"]
	switch {
	case fingerprint != "" && (len(fingerprint) != 64 || !fingerprintForm.MatchString(fingerprint)):
		return problem("attrs.fingerprint", "cannot use "+fingerprint+" as the fingerprint of image "+o.Ref.Name,
			"A fingerprint is 64 hexadecimal digits in lower case.",
			product.Client()+" image list shows its beginning, "+product.Client()+" image info all of it")
	case file != "" && server != "":
		return problem("attrs.file", "cannot take image "+o.Ref.Name+" from a file and from a server",
			"It comes from one of the two.", "remove file:, or server: and source:")
	case file == "" && server == "" && fingerprint == "":
		return problem("", "cannot tell where image "+o.Ref.Name+" comes from", "Neither a file nor a server is given.",
			"add file: PATH, or server:, protocol: and source:")
	case server != "" && !strings.HasPrefix(server, "https://"):
		return problem("attrs.server", "cannot get image "+o.Ref.Name+" from "+server,
			product.Title()+" gets images over HTTPS only.", "write server: https://HOST")
	case server != "" && o.Attrs["source"] == "":
		return problem("attrs.server", "cannot tell which image of the server "+o.Ref.Name+" is",
			"The server has many.",
			"add source: ALIAS")
	}
	return nil
}

// completeInstance says what an instance is made of, in the words of LXD's API.
func completeInstance(said map[string]string) {
	image := said["image"]
	switch {
	case image == "" && said["empty"] == "true":
		said["source"] = schema.JSONText(map[string]string{"type": "none"})
	case image != "":
		said["source"] = imageSource(image)
	}
}

var fingerprintForm = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// imageSource reads image: an alias, a fingerprint or its beginning, or {server, protocol, alias}.
func imageSource(image string) string {
	source := map[string]string{"type": "image"}
	switch {
	case strings.HasPrefix(image, "{"):
		source["mode"], source["protocol"] = "pull", "simplestreams"
		for _, name := range schema.JSONNames(image) {
			if value := schema.JSONField(image, name); value != "" {
				source[name] = value
			}
		}
	case fingerprintForm.MatchString(image):
		source["fingerprint"] = image
	default:
		source["alias"] = image
	}
	return schema.JSONText(source)
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
	if schema.IsTrue(o.Attrs["running"]) {
		o.Config = schema.With(o.Config, "volatile.last_state.power", "RUNNING")
	}
	for attr, key := range map[string]string{"image": "volatile.base_image", "origin": "volatile.evacuate.origin"} {
		if o.Attrs[attr] != "" {
			o.Config = schema.With(o.Config, key, o.Attrs[attr])
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
