package drivertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// TestEveryKindIsComplete goes over the registry: what a kind needs beside its own file must not be forgotten.
func TestEveryKindIsComplete(t *testing.T) {
	t.Parallel()
	planned, fixtures := plannedChanges(t), fixtureKinds(t)
	here := schema.JudgedLXD
	for _, kind := range kinds.All() {
		t.Run(string(kind.Name), func(t *testing.T) {
			t.Parallel()
			for _, missing := range slices.Concat(unanswered(kind), unexplained(kind)) {
				t.Error(missing)
			}
			if !kind.Servers.In(here) {
				return // neither the sandbox nor the fixture is of a version that has it
			}
			for _, missing := range unserved(kind) {
				t.Error(missing)
			}
			for _, action := range actionsOf(kind) {
				if !planned[action+" "+string(kind.Name)] {
					t.Errorf("no scenario in testdata plans to %s one", action)
				}
			}
			if !fixtures[string(kind.Name)] {
				t.Error("the fixture of drivers/rows has none: add rows to its cluster.sql")
			}
		})
	}
}

// unanswered are the questions to the registry that a kind leaves open.
func unanswered(kind schema.Kind) []string {
	var out []string
	require := func(ok bool, what string) {
		if !ok {
			out = append(out, what)
		}
	}
	require(kind.Home != "", "where it lives is not said: Home")
	require(kind.AtJoin != "", "what a join does to it is not said: AtJoin")
	parent, _ := kinds.Registry().Kind(kind.Parent)
	inPool := kind.Parent == schema.KindStoragePool || parent.Home == schema.HomePool || kind.Lifecycle == schema.Running
	require(inPool == (kind.Home == schema.HomePool), "it lives "+string(kind.Home))
	onMembers := kind.Tables.Member != "" || kind.Tables.Parts != "" || kind.Data
	require(!onMembers || kind.Home != schema.HomeCluster, "it lives "+string(kind.Home)+", but has data or members' own")
	require(kind.Path != "" && kind.Rank != 0, "Path or Rank is missing")
	declared := kind.Lifecycle != schema.ReadOnly
	require((kind.New != nil) == declared && (kind.Object != nil) == declared,
		"New and Object are for what a preseed can have")
	require(kind.Tables.Table != "" || kind.Lifecycle == schema.Singleton,
		"where the database keeps it is not said: Tables")
	for attr, texts := range kind.Tables.Enums {
		require(len(texts) > 0 && !slices.Contains(texts, ""), "the enum of "+attr+" has an empty text")
	}
	require((len(kind.MemberKeys("")) > 0) == (kind.Lifecycle == schema.Pending || kind.Lifecycle == schema.Singleton),
		"only kinds with parts on each member have keys of each member")
	return out
}

// unexplained is what explain and editors could not show.
func unexplained(kind schema.Kind) []string {
	var out []string
	if kind.Lifecycle != schema.Singleton {
		for _, field := range kind.EntryFields() {
			if field.Help == "" {
				out = append(out, "the key "+field.Path+" has no help")
			}
		}
	}
	for _, rule := range kind.Rules() {
		if rule.Key == "" || rule.Help == "" {
			out = append(out, "the configuration key "+rule.Key+" has no help")
		}
		if rule.Type != schema.Text && rule.Type != schema.Size && rule.Check != nil { // a size may also be a share
			out = append(out, "the configuration key "+rule.Key+" has both a type and a check")
		}
	}
	if kind.New != nil && exampleObjects(kind) != 1 {
		out = append(out, "its example must be one entry that is right")
	}
	return out
}

// exampleObjects counts the objects in a kind's example, read as it would stand in a preseed; -1 when it is wrong.
func exampleObjects(kind schema.Kind) int {
	first := "- "
	if kind.Lifecycle == schema.Singleton {
		first = "  "
	}
	text := kind.Plural + ":\n" + first + strings.ReplaceAll(strings.TrimSpace(kind.Example), "\n", "\n  ") + "\n"
	input := []preseed.Input{{Name: string(kind.Name), Data: []byte(text)}}
	namesFile := false
	entries := preseed.Read(kinds.Registry(), input, func(string, string, bool) preseed.File {
		namesFile = true
		return preseed.File{}
	})
	p, found := entries.Judge(kinds.Registry())
	switch {
	case namesFile:
		return 1
	case found.Has(schema.SeverityError):
		return -1
	}
	return len(p.Want.OfKind(kind.Name))
}

// unserved are the calls for a kind that the sandbox has no route for.
func unserved(kind schema.Kind) []string {
	routes := sandbox.Routes()
	var out []string
	require := func(path string, methods ...string) {
		serves := func(r sandbox.Route) bool { return slices.Contains(methods, r.Method) && leads(r.Path, path) }
		if !slices.ContainsFunc(routes, serves) {
			out = append(out, "the sandbox serves no "+strings.Join(methods, " or ")+" "+path)
		}
	}
	require(kind.Path, "GET")
	one := kind.Path + "/{}"
	switch {
	case kind.Lifecycle == schema.Singleton:
		require(kind.Path, "PUT", "PATCH")
	case kind.Lifecycle == schema.Membership:
		require(one, "PUT", "PATCH")
		require(one, "DELETE")
	case kind.Lifecycle.Removable():
		require(kind.Path, "POST")
		require(one, "GET")
		require(one, "PUT", "PATCH")
		require(one, "DELETE")
	}
	return out
}

// leads reports whether the path of a route, with {} for any name, is that path.
func leads(route, path string) bool {
	return slices.EqualFunc(strings.Split(route, "/"), strings.Split(path, "/"), func(r, p string) bool {
		return r == p || r == "{}"
	})
}

// actionsOf are what scenarios have to plan for a kind.
func actionsOf(kind schema.Kind) []string {
	switch kind.Lifecycle {
	case schema.ReadOnly:
		return nil
	case schema.Singleton:
		return []string{"update"}
	}
	return []string{"create", "update", "delete"}
}

// plannedChanges are the changes in the plans of all scenarios: "create network".
func plannedChanges(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	change := regexp.MustCompile(`(?m)^((?:create|update|delete) \w+)/`)
	for _, file := range scenarios(t) {
		for _, found := range change.FindAllStringSubmatch(read(t, file), -1) {
			out[found[1]] = true
		}
	}
	return out
}

// fixtureKinds are the kinds of the objects that drivers/rows is tested with.
func fixtureKinds(t *testing.T) map[string]bool {
	t.Helper()
	var cluster struct{ Objects []struct{ Ref string } }
	if err := json.Unmarshal([]byte(read(t, filepath.Join("..", "rows", "testdata", "cluster.json"))),
		&cluster); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, o := range cluster.Objects {
		kind, _, _ := strings.Cut(o.Ref, "/")
		out[kind] = true
	}
	return out
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
