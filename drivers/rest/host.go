package rest

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// HostFacts returns what the daemon behind api is and, when it is a standalone server, what a join would orphan. A
// daemon that does not answer, or does not trust us, is a Fault of the result. Socket is left to the caller, who
// knows the connection.
func HostFacts(ctx context.Context, api drivers.API, member string, reg schema.Registry) schema.HostFacts {
	s, err := getServer(ctx, api)
	f := schema.HostFacts{Flavour: s.flavour(), Extensions: len(s.Extensions)}
	if err != nil {
		return fault(f, member, err)
	}
	f.Clustered, f.Name = s.Environment.Clustered, s.Environment.Name
	f.Certificate, f.ClusterFingerprint = s.Environment.Certificate, strings.ToLower(s.Environment.Fingerprint)
	if kind, ok := reg.Kind(schema.KindServer); ok {
		f.Config = texts(s.Config, func(key string) bool {
			rule, _ := kind.Rule("", key)
			return rule.Where == schema.OnMember
		})
	}
	if f.Clustered {
		return f
	}
	if f.Holds, err = holds(ctx, api); err != nil {
		return fault(f, member, err)
	}
	return f
}

// fault notes why a daemon is of no use. The member is named by those who show it.
func fault(f schema.HostFacts, member string, err error) schema.HostFacts {
	kind := drivers.KindOf(err)
	if kind == 0 {
		kind = drivers.Internal
	}
	var known *drivers.Error
	if errors.As(err, &known) && known.Member == member {
		plain := *known
		plain.Member = ""
		err = &plain
	}
	f.Fault, f.FaultKind = err.Error(), kind
	return f
}

// holds lists what a standalone server has. LXD 5.0.2 takes none of it along into a cluster, and does not say so.
func holds(ctx context.Context, api drivers.API) ([]string, error) {
	projects, err := list[project](ctx, api, "/1.0/projects", "")
	if err != nil {
		return nil, err
	}
	pools, err := list[entry](ctx, api, "/1.0/storage-pools", "")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, pool := range pools {
		out = append(out, "storage_pool/"+pool.Name)
	}
	for _, p := range projects {
		if p.Name != schema.DefaultProject {
			out = append(out, "project/"+p.Name)
		}
		found, err := holdsIn(ctx, api, p, pools)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return out, nil
}

// holdsIn lists what is the project's own.
func holdsIn(ctx context.Context, api drivers.API, p project, pools []entry) ([]string, error) {
	type thing struct {
		feature, path, text string
	}
	things := []thing{
		{"", "/1.0/instances", "instance/"},
		{"features.images", "/1.0/images", "image/"},
		{"features.networks", "/1.0/networks", "network/"},
	}
	for _, pool := range pools {
		things = append(things, thing{"features.storage.volumes", "/1.0/storage-pools/" + url.PathEscape(pool.Name) + "/volumes/custom",
			"storage_volume/" + pool.Name + "/"})
	}
	var out []string
	for _, t := range things {
		if !p.owns(t.feature) {
			continue
		}
		items, err := list[entry](ctx, api, t.path, p.Name)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			if i.managed() {
				out = append(out, t.text+inProject(p.Name, i.label()))
			}
		}
	}
	return out, nil
}

// label is the name, or the short fingerprint of an image.
func (e entry) label() string {
	if fingerprint := e.text("fingerprint"); e.Name == "" && len(fingerprint) >= 12 {
		return fingerprint[:12]
	}
	return e.Name
}

func inProject(project, name string) string {
	if project == schema.DefaultProject {
		return name
	}
	return project + "/" + name
}
