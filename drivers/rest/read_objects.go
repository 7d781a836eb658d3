package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// entry is an object as REST lists it.
type entry struct {
	Name      string                       `json:"name"`
	Config    map[string]string            `json:"config"`
	Devices   map[string]map[string]string `json:"devices"`
	Status    string                       `json:"status"`
	Locations []string                     `json:"locations"`
	Managed   *bool                        `json:"managed"`
	// holder is the member whose list had it, where several have one.
	holder string
	// fields are all fields, for the attributes of the kind.
	fields map[string]json.RawMessage
}

// UnmarshalJSON keeps the fields beside the known ones.
func (e *entry) UnmarshalJSON(text []byte) error {
	type plain entry
	if err := json.Unmarshal(text, (*plain)(e)); err != nil {
		return err
	}
	return json.Unmarshal(text, &e.fields)
}

// managed is false for the interfaces of a member that LXD lists among its networks.
func (e entry) managed() bool { return e.Managed == nil || *e.Managed }

// text returns a field that is a text, empty for any other.
func (e entry) text(field string) string {
	var text string
	_ = json.Unmarshal(e.fields[field], &text) // a field that is missing, or no text, is no attribute
	return text
}

// found returns what an entry says, and of which member it speaks.
func (r reader) found(c collection, e entry) schema.Found {
	f := schema.Found{Object: r.object(c, e)}
	location := e.text("location")
	switch {
	case len(c.holders) > 0:
		f.Member = cmp.Or(e.holder, c.holders[0])
	case c.kind.Tables.Member == "":
	case len(r.members) == 0:
		f.Member = r.name
	case slices.ContainsFunc(r.members, func(m member) bool { return m.Name == location }):
		f.Member = location
	}
	return f
}

// withImages gives aliases the fields of the images that they stand for.
func (r reader) withImages(ctx context.Context, c collection, aliases []entry) ([]entry, error) {
	images, err := list[entry](ctx, r.api, path.Dir(c.path()), c.project)
	if err != nil {
		return nil, err
	}
	for _, alias := range aliases {
		alias.fields["fingerprint"] = alias.fields["target"]
		for _, image := range images {
			if image.text("fingerprint") == alias.text("target") {
				alias.fields["public"], alias.fields["auto_update"] = image.fields["public"], image.fields["auto_update"]
			}
		}
	}
	return aliases, nil
}

// object returns the normal form. Read-only fields such as used_by are dropped, and so are empty values: the
// database has no rows for them.
func (r reader) object(c collection, e entry) schema.Object {
	o := schema.Object{Ref: schema.Ref{Kind: c.kind.Name, Project: c.project, Name: c.name(e)}, State: schema.StateCreated}
	switch c.kind.Lifecycle {
	case schema.Pending:
		o.State = stateOf(e.Status)
	case schema.Running:
		o.State = e.instanceState()
	}
	for _, attr := range c.kind.Attrs {
		if text := e.attr(attr); text != "" && text != "[]" {
			o.Attrs = schema.With(o.Attrs, attr.Name, text)
		}
	}
	for _, name := range c.kind.Lists {
		var names []string
		if json.Unmarshal(e.fields[name], &names) == nil && len(names) > 0 {
			slices.Sort(names)
			o.Lists = schema.With(o.Lists, name, names)
		}
	}
	local := schema.Part{State: o.State}
	for key, value := range e.Config {
		rule, _ := c.kind.Rule(o.Attrs[c.kind.Variant], key)
		switch {
		case value == "":
		case len(r.members) == 0 && rule.Where == schema.OnMember:
			// A clustered server leaves these out of its lists.
			local.Config = schema.With(local.Config, key, public(rule, value))
		default:
			o.Config = schema.With(o.Config, key, public(rule, value))
		}
	}
	if c.kind.Lifecycle == schema.Pending && len(r.members) == 0 {
		o.Members = map[string]schema.Part{r.name: local}
	}
	if c.kind.HasDevices {
		o.Devices = devices(e.Devices)
	}
	return o
}

// attr returns a field as the text that stands for it.
func (e entry) attr(attr schema.Attr) string {
	field := cmp.Or(attr.Shown, attr.Name)
	if attr.JSON {
		return schema.CanonicalJSON(e.fields[field])
	}
	return e.text(field)
}

// instanceState is unknown when the member that has the instance did not answer: LXD 5.0.2 lists it without its
// configuration then.
func (e entry) instanceState() schema.State {
	if e.Status == "Error" && e.Config == nil {
		return schema.StateUnknown
	}
	return schema.StateCreated
}

func devices(from map[string]map[string]string) map[string]map[string]string {
	var out map[string]map[string]string
	for name, device := range from {
		for key, value := range device {
			if value != "" {
				out = schema.With(out, name, schema.With(out[name], key, value))
			}
		}
	}
	return out
}

func withRefs(kind schema.Kind, o schema.Object) schema.Object {
	o.Refs = kind.Refs(o)
	return o
}

// public returns what may be shown of a value.
func public(rule schema.KeyRule, value string) string {
	if rule.Secret {
		return schema.SecretIsSet
	}
	return value
}

// stateOf reads a status, which is a state only of kinds that can be pending. Unavailable is said of a pool that is
// created and cannot be used at the moment (lxd 5.0.2, lxd/storage/backend_lxd.go LocalStatus).
func stateOf(status string) schema.State {
	switch status {
	case "", "Created", "Unavailable":
		return schema.StateCreated
	case "Pending", "Errored":
		return schema.State(strings.ToLower(status))
	}
	return schema.StateUnknown
}

// serverObject returns the cluster-wide configuration. The keys of single members are in schema.HostFacts.
func serverObject(kind schema.Kind, s drivers.Server) schema.Object {
	o := schema.Object{Ref: schema.Ref{Kind: kind.Name, Name: schema.ServerName}, State: schema.StateCreated}
	o.Config = texts(s.Config, func(key string) bool {
		rule, _ := kind.Rule("", key)
		return rule.Where != schema.OnMember
	})
	for key, value := range o.Config {
		rule, _ := kind.Rule("", key)
		if value == rule.Default { // Incus 7 shows keys that are not set, too
			delete(o.Config, key)
			continue
		}
		o.Config[key] = public(rule, value)
	}
	return withRefs(kind, o)
}
