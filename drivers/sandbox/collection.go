package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// stored is an object of a [layout.Collection]: a row, and the fields that the API shows of it.
type stored struct {
	id   int64
	name string
	// path is where it is, if that is not its name below the collection.
	path string
	// whole: a configuration that is given replaces the one that is there.
	whole bool
	// tagged are the fields of which the ETag is, nil for all of its own.
	tagged []string
	fields map[string]json.RawMessage
}

// tag is what its ETag is computed from: without what is not the object's own; nil for kinds without one.
func (v stored) tag() any {
	own := maps.Clone(v.fields)
	maps.DeleteFunc(own, func(field string, _ json.RawMessage) bool {
		return field == "used_by" || v.tagged != nil && !slices.Contains(v.tagged, field)
	})
	if len(own) == 0 {
		return nil
	}
	return own
}

// MarshalJSON implements json.Marshaler.
func (v stored) MarshalJSON() ([]byte, error) { return json.Marshal(v.fields) }

// UnmarshalJSON implements json.Unmarshaler. The keys of a configuration that is there already stay beside the given
// ones; other fields are replaced.
func (v *stored) UnmarshalJSON(raw []byte) error {
	var head struct {
		Name    string
		Address string `json:"listen_address"`
		Config  map[string]string
		Devices map[string]map[string]string
	}
	given := map[string]json.RawMessage{}
	config, devices := v.config(), v.devices()
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &given); err != nil {
		return err
	}
	v.fields = overlay(v.fields, given)
	if head.Config != nil && !v.whole {
		v.fields["config"], _ = json.Marshal(overlay(config, head.Config)) // plain data always marshals
	}
	if head.Devices != nil {
		v.fields["devices"], _ = json.Marshal(overlay(devices, head.Devices))
	}
	v.name = head.Name + head.Address
	return nil
}

// into reads its fields.
func (v stored) into(body any) error {
	raw, err := v.MarshalJSON()
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, body)
}

// with returns it with another field.
func (v stored) with(field string, value any) stored {
	raw, _ := json.Marshal(value) // plain data always marshals
	v.fields = overlay(v.fields, map[string]json.RawMessage{field: raw})
	return v
}

func (v stored) text(field string) (text string) {
	_ = json.Unmarshal(v.fields[field], &text) // what is not there is none
	return text
}

func (v stored) config() map[string]string {
	var config map[string]string
	_ = json.Unmarshal(v.fields["config"], &config) // what is not there is none
	return config
}

func (v stored) devices() (devices map[string]map[string]string) {
	_ = json.Unmarshal(v.fields["devices"], &devices) // what is not there is none
	return devices
}

func (v stored) permissions() (permissions []grant) {
	_ = json.Unmarshal(v.fields["permissions"], &permissions) // what is not there is none
	return permissions
}

// collected serves a kind of objects that are rows of the database.
type collected struct{ layout.Collection }

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

// checks are what else is against what an object is to be, beyond what its queries say.
func checks() map[string]func(c *call, before, body stored) error {
	return map[string]func(*call, stored, stored) error{"/1.0/projects": (*call).roomFor,
		"/1.0/profiles": (*call).checkProfile, customPath: (*call).checkVolumeChange}
}

// beyondRows is what handlers do of the calls of kinds that are more than rows.
func beyondRows() map[string]func(*kind) {
	return map[string]func(*kind){
		"/1.0/cluster/members": func(k *kind) {
			rows := k.read
			k.read = func(c *call, name string) []stored { return c.withStatus(rows(c, name)) }
			k.table, k.remove = "", (*call).removeMember
		},
		"/1.0/instances": func(k *kind) {
			rows, refused := k.read, k.remove
			k.read = func(c *call, name string) []stored { return c.expanded(rows(c, name)) }
			k.full = (*call).fullInstances
			k.remove = func(c *call, v stored) error { c.tx.dropRoot(v); return refused(c, v) }
		},
		"/1.0/certificates": func(k *kind) {
			refused := k.remove
			k.remove = func(c *call, v stored) error { c.tx.do("distrust", "id", v.id); return refused(c, v) }
			k.change = (*call).changeCertificate
		},
		"/1.0/storage-pools": func(k *kind) {
			k.create, k.change, k.remove = (*call).createPool, (*call).changePool, poolKind.remove
		},
		"/1.0/networks": func(k *kind) {
			k.create, k.change, k.remove = (*call).createNetwork, (*call).changeNetwork, networkKind.remove
		},
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
		without := strings.Fields(k.Say("without"))
		all := slices.DeleteFunc(collected{k}.kind().routes(), func(r route) bool {
			return slices.Contains(without, r.method) || r.pattern != k.Path && slices.Contains(without, "ONE")
		})
		out = append(out, all...)
	}
	return out
}

func (k collected) kind() kind {
	out := kind{path: k.Path, table: k.Say("table"), read: k.read, missing: k.missing, blank: k.blank,
		create: k.create, change: k.change,
		remove:  func(c *call, v stored) error { return k.refused(c, c.Method, v.id) },
		several: func(c *call) error { return c.unfound(k.Say("several"), http.StatusConflict) }, ends: k.Say("ends")}
	if k.List != "" {
		out.listed = k.listed
	}
	if k.Say("on") == "target" {
		out.where = atTarget
	}
	out.phased = k.Has("phased")
	if own := beyondRows()[k.Path]; own != nil {
		own(&out)
	}
	return out
}

// at is the kind of a collection.
func at(path string) func(*call) kind {
	return func(c *call) kind { return c.kindAt(path) }
}

func (c *call) kindAt(path string) kind {
	return collected{c.world.server.Collection(path)}.kind()
}

func (k collected) missing(c *call) error {
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
func (k collected) in(c *call) { c.scope = scopes()[k.Say("in")](c) }

func (k collected) read(c *call, name string) []stored {
	k.in(c)
	return each(c.tx, func(id int64, row []string) stored {
		v := stored{id: id, name: row[0]}
		if k.Has("tag") {
			v.tagged = append([]string{}, strings.Fields(k.Say("tag"))...)
		}
		if len(row) > 2 {
			v.path = row[2]
		}
		c.tx.refuse(json.Unmarshal(dated(row[1]), &v.fields))
		if owner := k.Say("owner"); owner != "" {
			v.fields["config"], _ = json.Marshal(c.tx.config(k.Say("table")+"_config", owner, id))
		}
		if owner := k.Say("devices"); owner != "" {
			v.fields["devices"], _ = json.Marshal(c.tx.devices(k.Say("table"), owner, id))
		}
		return v
	}, k.Read, c.asking(k.Read, 0, name)...)
}

// listed answers with what is listed beside the objects.
func (k collected) listed(c *call) (reply, error) {
	k.in(c)
	paths, views := []string{}, []any{}
	for _, row := range c.tx.rows(k.List, c.asking(k.List, 0, "")...) {
		paths, views = append(paths, row[1]), append(views, c.dress(k.Path, c.tx.int(row[0]), dated(row[2])))
	}
	if c.recursion() {
		return ok(views)
	}
	return ok(paths)
}

// asking are the values for a query, also those that few need.
func (c *call) asking(query string, id int64, name string) []any {
	named := c.namedAs(id, name)
	if strings.Contains(query, ":servers") {
		named = append(named, values([]any{"servers", c.serverConfigs()})...)
	}
	if strings.Contains(query, ":raft") || strings.Contains(query, ":roles") {
		roles, _ := json.Marshal(c.world.server.Roles) // plain data always marshals
		named = append(named, values([]any{"raft", c.raftText(), "roles", string(roles), "voter", c.world.server.Voter})...)
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
		configs[m.name] = own
	}
	text, _ := json.Marshal(configs) // plain data always marshals
	return string(text)
}

func (k collected) blank(before stored) stored {
	out := stored{fields: map[string]json.RawMessage{}, whole: k.Say("config") == "whole"}
	for _, field := range strings.Fields(k.Say("keeps")) {
		out.fields[field] = before.fields[field]
	}
	return out
}

// refused is what the database has against a call.
func (k collected) refused(c *call, when string, id int64) error {
	for _, query := range k.Refusals(when) {
		if text, _ := c.tx.text(query, c.asking(query, id, c.params["name"])...); text != "" {
			return refusal(text)
		}
	}
	return c.tx.err
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

func (k collected) create(c *call, body stored) error {
	k.in(c)
	c.complete(body)
	return k.store(c, stored{}, body)
}

func (k collected) change(c *call, before, body stored) error {
	k.in(c)
	body.fields["name"], _ = json.Marshal(before.name)
	body.fields["listen_address"] = body.fields["name"]
	c.complete(body)
	err := k.store(c, before, body)
	if p, ok := errors.AsType[*problem](err); ok && p.keep && k.Half != "" {
		c.tx.exec(k.Half, c.named(before.id)...)
	}
	return err
}

// store makes an object, or changes it, unless something is against that.
func (k collected) store(c *call, before, body stored) error {
	if err := k.refused(c, c.Method, before.id); err != nil {
		return err
	}
	if check := checks()[k.Path]; check != nil {
		if err := check(c, before, body); err != nil {
			return err
		}
	}
	reach := k.Say("reach")
	if reach == "used" && string(before.fields["used_by"]) == "[]" || before.id == 0 {
		reach = ""
	}
	err := k.refused(c, "CHECKED", before.id)
	if err == nil && reach != "" {
		err = c.reachPeers(c.URL.Path + "?project=" + c.project())
	}
	if err != nil {
		return err
	}
	id, columns := before.id, strings.Join(k.Columns, ",")
	if id == 0 {
		id = c.tx.exec("INSERT INTO "+k.Say("table")+" ("+columns+") "+k.Row, c.named(0)...)
	} else if columns != "" {
		c.tx.exec("UPDATE "+k.Say("table")+" SET ("+columns+")=("+k.Row+") WHERE id=:id", c.named(id)...)
	}
	return k.finish(c, id, body)
}

// complete lets queries see what an object is to be.
func (c *call) complete(body stored) {
	c.sent = c.body
	if _, named := body.fields["name"]; !named {
		body.fields["name"] = json.RawMessage(`""`)
	}
	c.body, _ = body.MarshalJSON() // plain data always marshals
}

// finish stores what is not in the row itself.
func (k collected) finish(c *call, id int64, body stored) error {
	if owner := k.Say("owner"); owner != "" {
		c.tx.putConfig(k.Say("table")+"_config", owner, id, body.config())
	}
	if owner := k.Say("devices"); owner != "" {
		c.tx.putDevices(k.Say("table"), owner, id, body.devices())
	}
	if k.Then != "" {
		c.tx.exec(k.Then, c.asking(k.Then, id, c.params["name"])...)
	}
	if k.Path == "/1.0/auth/groups" {
		if err := c.tx.grant(id, body.permissions()); err != nil {
			return err
		}
	}
	return k.refused(c, "AFTER", id)
}
