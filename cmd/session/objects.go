package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Object reads one object of the cluster, by what somebody calls it.
func (s *Session) Object(ctx context.Context, where Where, what string) (schema.Object, error) {
	want, live, err := s.Look(ctx, where)
	if err != nil {
		return schema.Object{}, err
	}
	o, found := live.Meant(s.Registry, what)
	if !found {
		ref, _ := schema.ParseRef(s.Registry, what)
		return o, Fail(ExitUsage, nearName(live, ref), fmt.Errorf("the cluster has no %s", ref))
	}
	desired, _ := want.Want.Get(o.Ref)
	return o.Hiding(desired), nil
}

// nearName says which object was probably meant.
func nearName(live schema.Cluster, ref schema.Ref) string {
	names := schema.Map(live.OfKind(ref.Kind), func(o schema.Object) string { return o.Ref.String() })
	if len(names) == 0 {
		return fmt.Sprintf("It has nothing of the kind %s.", ref.Kind)
	}
	if near := schema.DidYouMean(ref.String(), names); near != "" {
		return near
	}
	return "It has " + strings.Join(names, ", ") + "."
}

// Instance is a container or a virtual machine.
type Instance struct {
	Project string `json:"project"`
	Name    string `json:"name"`
	// Member is where it is.
	Member string `json:"member"`
	Type   string `json:"type"`
	// Running is what its member last noted in the database.
	Running  bool     `json:"running"`
	Profiles []string `json:"profiles"`
}

// Instances reads the instances of a project, or of all, on a member, or on all.
func (s *Session) Instances(ctx context.Context, where Where, project, member string) ([]Instance, error) {
	_, live, err := s.Look(ctx, where)
	if err != nil {
		return nil, err
	}
	if ref := (schema.Ref{Kind: schema.KindProject, Name: project}); project != "" {
		if _, ok := live.Get(ref); !ok {
			return nil, Fail(ExitUsage, nearName(live, ref), fmt.Errorf("the cluster has no project %s", project))
		}
	}
	if _, ok := live.Facts.Members[member]; member != "" && !ok {
		return nil, Fail(ExitUsage, "It has "+strings.Join(live.Facts.MemberOrder(), ", ")+".",
			fmt.Errorf("the cluster has no member %s", member))
	}
	return slices.DeleteFunc(instancesOf(live), func(i Instance) bool {
		return project != "" && i.Project != project || member != "" && i.Member != member
	}), nil
}

// instancesOf returns the instances by project and name.
func instancesOf(live schema.Cluster) []Instance {
	out := []Instance{}
	for _, o := range live.OfKind(schema.KindInstance) {
		out = append(out, Instance{Project: cmp.Or(o.Ref.Project, schema.DefaultProject), Name: o.Ref.Name,
			Member: strings.Join(o.MemberNames(), ","), Type: o.Attrs["type"], Running: o.Attrs["running"] == "true",
			Profiles: schema.JSONTexts(o.Attrs["profiles"])})
	}
	return out
}

// WhatIf says what would happen if members went down: those of these names, and of failure domains written domain:NAME.
func (s *Session) WhatIf(ctx context.Context, where Where, down []string) (care.Loss, error) {
	live, err := on(ctx, s, where, func(ctx context.Context, at opened) (schema.Cluster, error) {
		live, err := s.Read(ctx, at.backend)
		if err == nil {
			live = asInStatus(live, s.probe(ctx, at.backend, addressesOf(live)))
		}
		return live, err
	})
	if err != nil {
		return care.Loss{}, err
	}
	names, err := goingDown(live, down)
	if err != nil {
		return care.Loss{}, err
	}
	loss, known := care.WhatIf(live, s.Registry, names)
	if !known {
		hint := "Look through a member that is reached over SSH or its socket."
		if s.Dump != "" {
			hint = "They are in each member's own database; append it to the dump: " + live.Facts.Flavour.Product.Admin() +
				" sql local .dump >> dump.sql"
		}
		return loss, Fail(ExitError, hint, errors.New("the roles in the database were not seen, so nothing can be said"))
	}
	return loss, nil
}

// goingDown returns the members behind the words of --down.
func goingDown(live schema.Cluster, words []string) ([]string, error) {
	var out, domains []string
	members := live.Facts.MemberOrder()
	for _, name := range members {
		domains = append(domains, "domain:"+view.FailureDomain(live, name))
	}
	known := slices.Concat(slices.Compact(slices.Sorted(slices.Values(domains))), members)
	for _, word := range words {
		found := false
		for i, name := range members {
			if word == name || word == domains[i] {
				out, found = append(out, name), true
			}
		}
		if !found {
			return nil, Fail(ExitUsage, schema.DidYouMean(word, known),
				fmt.Errorf("the cluster has no member or failure domain %q", word))
		}
	}
	return out, nil
}

// checkNames refuses names of a command line that can mean nothing, before anything is read.
func (s *Session) checkNames(o plan.Options) error {
	var kinds, plurals []string
	for _, kind := range s.Registry.All() {
		kinds, plurals = append(kinds, string(kind.Name)), append(plurals, kind.Plural)
	}
	for _, name := range slices.Concat(o.Targets, o.Excludes, o.AllowDestroy) {
		word, _, _ := strings.Cut(name, "/")
		if _, ok := schema.ParseRef(s.Registry, name); !ok && word != leftovers {
			hint := strings.TrimSpace(schema.DidYouMean(word, kinds) + " Write KIND/NAME, such as storage_pool/old.")
			return Fail(ExitUsage, hint, fmt.Errorf("nothing can be called %q", name))
		}
	}
	for _, name := range o.Prune {
		if !slices.Contains(kinds, name) && !slices.Contains(plurals, name) {
			return Fail(ExitUsage, schema.DidYouMean(name, plurals),
				fmt.Errorf("cannot prune %q: there is no such kind of thing", name))
		}
	}
	return nil
}

// leftovers/MEMBER is what a crash has left on a member, which is no object.
const leftovers = "leftovers"

// RefusedCode is the exit code of a plan that is refused: that of wrong usage when the command line names what is not
// there, that of a cluster out of reach when a server shows a certificate that nobody vouches for.
func RefusedCode(p *plan.Plan) ExitCode {
	unreachable := false
	for _, d := range p.Diagnostics {
		if d.Code == plan.CodeUnknownTarget {
			return ExitUsage
		}
		unreachable = unreachable || d.Code == plan.CodeCertificate && d.Severity == schema.SeverityRefusal
	}
	if unreachable {
		return ExitUnreachable
	}
	return ExitConsent
}

// Metadata is the list of the keys that the servers that are to be found there list as their own, with which server
// that is: what [schema.ReadMetadata] reads.
func (s *Session) Metadata(ctx context.Context, where Where) (map[string]json.RawMessage, error) {
	return on(ctx, s, where, func(ctx context.Context, at opened) (map[string]json.RawMessage, error) {
		live, err := s.Read(ctx, at.backend)
		if err != nil {
			return nil, err
		}
		return listedKeys(ctx, at.backend, at.want.Bootstrap, live.Facts.Flavour)
	})
}

// listedKeys asks a member of the cluster, or the one that bootstraps. Servers older than LXD 5.18 list nothing.
func listedKeys(ctx context.Context, backend drivers.Backend, bootstrap string, server schema.Flavour) (
	document map[string]json.RawMessage, err error,
) {
	var list drivers.Reply
	for _, member := range []string{"", bootstrap} {
		api, apiErr := backend.API(ctx, member)
		if err = apiErr; err != nil {
			continue
		}
		if list, err = api.Do(ctx, drivers.Call{Method: http.MethodGet,
			Path: "/1.0/metadata/configuration"}); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(list.Metadata, &document); err != nil || document == nil {
		return nil, errors.Join(errors.New("the server lists no keys"), err)
	}
	document["server"], err = json.Marshal(string(server.Product) + "-" + server.Version)
	return document, err
}

// toldBy is the registry with what the servers list themselves, where they are newer than our tables. Those that list
// nothing are judged by the tables alone.
func toldBy(ctx context.Context, backend drivers.Backend, bootstrap string, reg schema.Registry) schema.Registry {
	if reg.Assumed() || reg.Flavour().Known() {
		return reg // the tables have what such servers list
	}
	document, err := listedKeys(ctx, backend, bootstrap, reg.Flavour())
	if err != nil {
		return reg
	}
	text, err := json.Marshal(document)
	list, wrong := schema.ReadMetadata(text)
	if err != nil || wrong != nil {
		return reg
	}
	return reg.Told(list)
}
