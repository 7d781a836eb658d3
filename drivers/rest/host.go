package rest

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// HostFacts returns what the daemon behind api is and, when it is a standalone server, what a join would orphan. A
// daemon that does not answer, or does not trust us, is a Fault of the result. Socket is left to the caller, who
// knows the connection.
func HostFacts(ctx context.Context, api drivers.API, member string, reg schema.Registry) schema.HostFacts {
	s, err := drivers.TrustingServer(ctx, api)
	f := schema.HostFacts{Flavour: s.Flavour(), Extensions: len(s.Extensions)}
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
	r := reader{api: api, server: s, name: f.Name}
	if err = r.holdings(ctx, reg.For(f.Flavour), &f); err != nil {
		return fault(f, member, err)
	}
	return f
}

// fault notes why a daemon is of no use. The member is named by those who show it.
func fault(f schema.HostFacts, member string, err error) schema.HostFacts {
	if known, ok := errors.AsType[*drivers.Error](err); ok && known.Member == member {
		plain := *known
		plain.Member = ""
		err = &plain
	}
	f.Fault, f.FaultKind, f.Untrusted = err.Error(), drivers.FaultOf(err), errors.Is(err, drivers.ErrUntrusted)
	f.Restricted = errors.Is(err, drivers.ErrRestricted)
	return f
}

// holdings adds what a standalone server has that it loses when it joins a cluster, as its kinds say: the names of
// work and data, and the settings. LXD 5.0.2 takes neither along, and does not say so. It adds what it trusts, too.
func (r *reader) holdings(ctx context.Context, reg schema.Registry, f *schema.HostFacts) (err error) {
	objects, _, err := r.everything(ctx, reg)
	if err != nil {
		return err
	}
	sources := map[string]string{}
	for _, o := range objects {
		kind, _ := reg.Kind(o.Ref.Kind)
		for _, config := range []map[string]string{o.Config, o.Members[f.Name].Config} {
			if source := config["source"]; o.Ref.Kind == schema.KindStoragePool && !schema.OwnSource(o.Ref.Name, source) {
				sources[o.Ref.Name] = source
			}
		}
		switch {
		case kind.Lifecycle == schema.Imported, kind.Internal != nil && kind.Internal(o), untouched(kind, o):
		case kind.AtJoin == schema.LossRefused:
			f.Holds = append(f.Holds, o.Ref.String())
		case kind.AtJoin == schema.LossWarned:
			f.Settings = append(f.Settings, o)
		}
	}
	images, err := r.unnamed(ctx, reg)
	if len(sources) > 0 {
		f.Sources = sources
	}
	f.Holds = append(f.Holds, images...)
	slices.Sort(f.Holds)
	if err != nil {
		return err
	}
	trusted, err := list[entry](ctx, r.api, "/1.0/certificates", "")
	for _, e := range trusted {
		if e.text("type") == "server" {
			f.Trusts = append(f.Trusts, e.text("fingerprint"))
		}
	}
	return err
}

// untouched reports what every server has, as it was made: without devices, and without keys but those that say which
// kinds of objects are the default project's own.
func untouched(kind schema.Kind, o schema.Object) bool {
	for key := range o.Config {
		if !strings.HasPrefix(key, "features.") {
			return false
		}
	}
	return slices.Contains(kind.Builtin, o.Ref.Name) && len(o.Devices) == 0
}

// unnamed returns what is imported and need not have a name, such as images without an alias, by short fingerprint.
func (r reader) unnamed(ctx context.Context, reg schema.Registry) (out []string, err error) {
	for _, kind := range reg.LostAtJoin() {
		if kind.Lifecycle != schema.Imported {
			continue
		}
		for _, c := range r.collections(kind) {
			found, err := list[entry](ctx, r.api, path.Dir(c.path()), c.project)
			if err != nil {
				return nil, err
			}
			for _, e := range found {
				short := fmt.Sprintf("%.12s", e.text("fingerprint"))
				out = append(out, schema.Ref{Kind: kind.Name, Project: c.project, Name: short}.String())
			}
		}
	}
	return out, nil
}
