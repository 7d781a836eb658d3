package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// scopes are the places in which collections are, see the word "in" of [layout.Collection].
func scopes() map[string]func(*call) int64 {
	return map[string]func(*call) int64{
		"": func(*call) int64 { return 0 },
		"cluster": func(c *call) int64 {
			c.inCluster(fail(http.StatusBadRequest, "This server is not clustered"))
			return 0
		},
		"members":  func(c *call) int64 { c.inCluster(errors.New("Server is not clustered")); return 0 },
		"project":  (*call).instanceProject,
		"networks": (*call).networkProject,
		"zones":    (*call).zoneProject,
		"zone": func(c *call) int64 {
			id := c.tx.number("SELECT id FROM networks_zones WHERE project_id=? AND name=?", c.zoneProject(),
				c.params["zone"])
			if id == 0 {
				c.tx.refuse(fail(http.StatusNotFound, "Network zone not found"))
			}
			return id
		},
		"images":         (*call).imageProject,
		"profiles":       (*call).profileProject,
		"peering":        func(c *call) int64 { return c.networkOf("peering", "ovn") },
		"forwards":       func(c *call) int64 { return c.networkOf("forwards", "bridge", "ovn") },
		"load balancers": func(c *call) int64 { return c.networkOf("load balancers", "ovn") },
		"load balancer pools": func(c *call) int64 {
			if !c.tx.feature(c.tx.project(c.project(), ""), "features.networks") {
				c.tx.refuse(fail(http.StatusBadRequest, "Project %q requires features.networks=true", c.project()))
			}
			return c.networkOf("load balancers", "ovn")
		},
		"volumes": func(c *call) int64 { c.tx.pool(c.params["pool"]); return c.volumeProject() },
		"buckets": (*call).bucketProject,
		"bucket":  (*call).bucket,
	}
}

// inCluster refuses what only the members of a cluster have.
func (c *call) inCluster(refusal error) {
	if !c.at.cluster.clustered {
		c.tx.refuse(refusal)
	}
}

// collectionRoutes serve those that every server has, or those that the server has beyond them.
func collectionRoutes(s layout.Server, later bool) []route {
	var out []route
	for _, k := range s.Collections {
		needs := k.Say("needs")
		if (needs != "") != later || later && !s.Has(needs) {
			continue
		}
		if scopes()[k.Say("in")] == nil {
			panic("a collection is in " + k.Say("in")) // our own data
		}
		out = append(out, kindOf(k).routes()...)
	}
	return out
}

func (k kind) missing(c *call) error {
	words := map[string]string{http.MethodDelete: k.Say("acting"), http.MethodPost: k.Say("acting"),
		http.MethodPut: k.Say("changing"), http.MethodPatch: k.Say("changing")}[c.Method]
	return c.unfound(cmp.Or(words, k.Say("missing")), http.StatusNotFound)
}

// unfound refuses a name in words of our own tables, in which %q is that name.
func (c *call) unfound(words string, status int) error {
	words = strings.ReplaceAll(words, "%q", strconv.Quote(c.params["name"]))
	if strings.HasPrefix(words, "!") {
		return refusal(words)
	}
	return fail(status, "%s", words)
}

// in notes where the call looks for the objects.
func (k kind) in(c *call) { c.scope = scopes()[k.Say("in")](c) }

func (k kind) read(c *call, name string) []stored {
	k.in(c)
	configs := k.configs(c, name)
	found := each(c.tx, func(id int64, row []string) stored {
		v := stored{id: id, name: row[0]}
		if k.Has("tag") {
			v.tagged = append([]string{}, strings.Fields(k.Say("tag"))...)
		}
		if len(row) > 2 {
			v.path = row[2]
		}
		c.tx.refuse(json.Unmarshal(dated(row[1]), &v.fields))
		if configs != nil {
			v.fields["config"], _ = json.Marshal(configs(id))
		}
		if owner := k.Say("devices"); owner != "" {
			v.fields["devices"], _ = json.Marshal(c.tx.devices(k.Say("table"), owner, id))
		}
		return v
	}, k.Read, k.asking(c, k.Read, 0, name)...)
	if k.shown != nil {
		found = k.shown(c, found)
	}
	return found
}

// configs gives the configurations of the objects, nil where they have none: those of a list are read at once.
func (k kind) configs(c *call, name string) func(id int64) map[string]string {
	table, owner := k.Say("table")+"_config", k.Say("owner")
	switch {
	case owner == "":
		return nil
	case name != "":
		return func(id int64) map[string]string { return c.tx.config(table, owner, id) }
	}
	all := map[string]map[string]string{}
	for _, row := range c.tx.rows("SELECT " + owner + ",key,value FROM " + table) {
		all[row[0]] = schema.With(all[row[0]], row[1], row[2])
	}
	return func(id int64) map[string]string { return overlay(nil, all[strconv.FormatInt(id, 10)]) }
}

// listed answers with what is listed beside the objects.
func (k kind) listed(c *call) (reply, error) {
	k.in(c)
	paths, views := []string{}, []any{}
	for _, row := range c.tx.rows(k.List, k.asking(c, k.List, 0, "")...) {
		paths, views = append(paths, row[1]), append(views, c.dress(k.Path, c.tx.int(row[0]), dated(row[2])))
	}
	if c.recursion() {
		return ok(views)
	}
	return ok(paths)
}

// asking are the values for a query, also those that few need.
func (k kind) asking(c *call, query string, id int64, name string) []any {
	named := c.namedAs(id, name)
	if strings.Contains(query, ":servers") {
		named = append(named, values([]any{"servers", c.serverConfigs()})...)
	}
	if strings.Contains(query, ":raft") || strings.Contains(query, ":roles") {
		roles, _ := json.Marshal(c.world.server.Roles) // plain data always marshals
		named = append(named, values([]any{"raft", c.raftText(), "roles", string(roles),
			"voter", c.world.server.Voter})...)
	}
	if strings.Contains(query, ":keys") {
		keys, _ := json.Marshal(strings.Fields(k.Say("phased"))) // plain data always marshals
		named = append(named, values([]any{"keys", string(keys)})...)
	}
	if strings.Contains(query, ":unlisted") {
		named = append(named, values([]any{"unlisted", c.unlisted(schema.KindProject)})...)
	}
	return named
}

// serverConfigs are the members' own configurations, as JSON by their names.
func (c *call) serverConfigs() string {
	configs := map[string]map[string]string{}
	for _, m := range c.at.cluster.members() {
		own, err := m.config(c.Context())
		c.tx.refuse(err)
		configs[m.ServerName] = own
	}
	text, _ := json.Marshal(configs) // plain data always marshals
	return string(text)
}

// unlisted are the keys of the body, as JSON, that are not in the server's own list of those of a kind.
func (c *call) unlisted(kind schema.KindName) string {
	var body struct{ Config map[string]string }
	_ = json.Unmarshal(c.body, &body) // it was decoded before
	keys := schema.Filter(sortedKeys(body.Config), func(key string) bool {
		return !listedFor(c.world.server, kind, "", key)
	})
	text, _ := json.Marshal(keys) // plain data always marshals
	return string(text)
}
