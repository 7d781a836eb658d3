package rest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// member is an entry of /1.0/cluster/members.
type member struct {
	Name          string         `json:"server_name"`
	URL           string         `json:"url"`
	Description   string         `json:"description"`
	FailureDomain string         `json:"failure_domain"`
	Status        string         `json:"status"`
	Message       string         `json:"message"`
	Architecture  string         `json:"architecture"`
	Config        map[string]any `json:"config"`
	Groups        []string       `json:"groups"`
	Roles         []string       `json:"roles"`
}

func (m member) address() string { return strings.TrimPrefix(m.URL, "https://") }

// silent reports that the member is not to be asked anything. LXD from 5.21.4 and 6.4 on and Incus from 6.0.2 on do say
// Blocked; LXD 5.0 never does.
func (m member) silent() bool { return m.Status == "Offline" || m.Status == "Blocked" }

// blocked is why the member waits, if it does.
func (m member) blocked() string {
	if m.Status != "Blocked" {
		return ""
	}
	return cmp.Or(m.Message, m.Status)
}

func (m member) state() schema.State {
	if m.Status == "Evacuated" {
		return schema.StateEvacuated
	}
	return schema.StateCreated
}

// role is the nearest that can be said: REST names voters and stand-bys and nothing for the rest.
func (m member) role() schema.RaftRole {
	switch {
	case slices.Contains(m.Roles, "database"), slices.Contains(m.Roles, "database-voter"), m.leads():
		return schema.Voter
	case slices.Contains(m.Roles, "database-standby"):
		return schema.StandBy
	}
	return schema.Spare
}

func (m member) leads() bool { return slices.Contains(m.Roles, "database-leader") }

func (m member) object(kind schema.Kind) schema.Object {
	o := schema.Object{Ref: schema.Ref{Kind: kind.Name, Name: m.Name}, State: m.state()}
	for name, value := range map[string]string{"address": m.address(), "description": m.Description,
		"failure_domain": m.FailureDomain} {
		if _, ok := kind.Attr(name); ok && value != "" {
			o.Attrs = schema.With(o.Attrs, name, value)
		}
	}
	o.Config = texts(m.Config, func(string) bool { return true })
	// The database's own roles are facts: nobody can give them.
	given := slices.DeleteFunc(slices.Clone(m.Roles), schema.AutomaticRole)
	for name, names := range map[string][]string{"groups": m.Groups, "roles": given} {
		if slices.Contains(kind.Lists, name) && len(names) > 0 {
			o.Lists = schema.With(o.Lists, name, slices.Sorted(slices.Values(names)))
		}
	}
	return withRefs(kind, o)
}

// facts returns what is known beside the objects.
func (r reader) facts(ctx context.Context, standalone bool, objects []schema.Object) (schema.Facts, error) {
	f := schema.Facts{Flavour: r.server.Flavour(), Clustered: !standalone, Source: "rest"}
	if standalone {
		return f, nil
	}
	f.Certificate = r.server.Environment.Certificate
	f.Unseen = slices.Clone(unseen)
	instances, err := r.instances(ctx)
	if err != nil {
		return f, err
	}
	volumes := partsOf(objects, "storage_volume")
	f.Members = make(map[string]schema.MemberFacts, len(r.members))
	for _, m := range r.members {
		f.Members[m.Name] = schema.MemberFacts{Address: m.address(), State: m.state(), Role: m.role(),
			Online: m.Status != "Offline", Blocked: m.blocked(),
			Architecture: m.Architecture, Instances: instances[m.Name], Volumes: volumes[m.Name]}
		if m.leads() {
			f.Leader = m.Name
		}
		unknown := func(o schema.Object) bool { return o.Members[m.Name].State == schema.StateUnknown }
		if m.silent() || slices.ContainsFunc(objects, unknown) {
			f.Unseen = append(f.Unseen, schema.Sighting{What: schema.LookParts, Member: m.Name, Fault: schema.FaultUnreachable,
				Cause: "it does not answer",
				Text:  m.Name + " does not answer: its instances and its parts of pools and networks are not seen over REST"})
		}
	}
	return f, nil
}

// Leader asks a clustered daemon which member leads the database; the name is empty when it does not say.
func Leader(ctx context.Context, api drivers.API) (string, error) {
	members, err := list[member](ctx, api, clusterPath+"members", "")
	if i := slices.IndexFunc(members, member.leads); i >= 0 {
		return members[i].Name, err
	}
	return "", err
}

// partsOf counts what each member has of the objects of a kind.
func partsOf(objects []schema.Object, kind schema.KindName) map[string]int {
	count := map[string]int{}
	for _, o := range objects {
		for member := range o.Members {
			if o.Ref.Kind == kind {
				count[member]++
			}
		}
	}
	return count
}

// instances counts the instances of each member.
func (r reader) instances(ctx context.Context) (map[string]int, error) {
	type instance struct {
		Location string `json:"location"`
	}
	all, err := drivers.Get[drivers.List[instance]](ctx, r.api, "/1.0/instances", map[string]string{"recursion": "1",
		"all-projects": "true"})
	count := map[string]int{}
	for _, i := range all {
		count[i.Location]++
	}
	return count, err
}

// list returns the entries of a collection. An empty project leaves it out.
func list[T any](ctx context.Context, api drivers.API, path, project string) ([]T, error) {
	return listOn[T](ctx, api, path, project, "")
}

// listOn is list for what a member has of it; all, when it is empty.
func listOn[T any](ctx context.Context, api drivers.API, path, project, target string) ([]T, error) {
	query := map[string]string{"recursion": "1"}
	if project != "" {
		query["project"] = project
	}
	if target != "" {
		query["target"] = target
	}
	return drivers.Get[drivers.List[T]](ctx, api, path, query)
}

// texts returns the settings of a configuration that are not empty, for which keep is true. The server's own is the
// only one with values that are no texts: true stands for a secret that is set.
func texts(config map[string]any, keep func(key string) bool) map[string]string {
	var out map[string]string
	for key, value := range config {
		text, ok := value.(string)
		if !ok && value != nil {
			text = fmt.Sprint(value)
		}
		if text != "" && keep(key) {
			out = schema.With(out, key, text)
		}
	}
	return out
}

// project is an entry of /1.0/projects.
type project struct {
	Name   string            `json:"name"`
	Config map[string]string `json:"config"`
}

// owns reports whether the project has objects of its own of the kinds with that feature ("features.networks");
// otherwise it shows those of the default one. A missing setting means that it does not (lxd 5.0.2,
// lxd/project/project.go).
func (p project) owns(feature string) bool {
	return p.Name == schema.DefaultProject || feature == "" || p.Config[feature] == "true"
}
