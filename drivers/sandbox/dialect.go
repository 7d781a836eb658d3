package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// Handlers speak as LXD 5.0.2 does. What the server that is played says, shows and does otherwise is data of package
// layout, and is put in here, at the border.

// name is how the tables of differences spell a call, such as "POST /1.0/profiles" or, with a target,
// "POST /1.0/networks?target".
func (c *call) name() string {
	name := c.Method + " " + strings.TrimSuffix(c.URL.Path, "/")
	if c.query("target") != "" {
		return name + "?target"
	}
	return name
}

// spoken is of what call a refusal speaks.
type spoken struct {
	call  string
	names *strings.Replacer
}

func (c *call) spoken() spoken {
	var body struct {
		Name       string `json:"name"`
		ServerName string `json:"server_name"`
	}
	_ = json.Unmarshal(c.body, &body) // what has no name has none
	return spoken{c.name(), strings.NewReplacer("{name}", path.Base(c.URL.Path), "{body}",
		cmp.Or(body.Name, body.ServerName), "{target}", c.query("target"), "{project}", c.project())}
}

// say puts a refusal into the words of the server that is played.
func (w *World) say(of spoken, err error) (how layout.Saying, said error) {
	if err == nil || errors.Is(err, errBroken) {
		return how, err
	}
	p := problem{status: http.StatusInternalServerError}
	if own, ok := errors.AsType[*problem](err); ok {
		p = *own
	}
	p.unplayed = unplayed(err)
	p.text, how = w.server.Say(of.call, p.status, err.Error())
	if of.names != nil {
		p.text = of.names.Replace(p.text)
	}
	if how.Status != 0 {
		p.status = how.Status
	}
	return how, &p
}

// play makes of what a handler did what the server that is played answers. The caller holds the lock.
func (c *call) play(answer reply, err error) (reply, error) {
	if answer.op != nil && err == nil {
		answer.op.of = c.spoken()
		if c.TLS != nil && len(c.TLS.PeerCertificates) > 0 {
			answer.op.requestor = map[string]string{"address": c.RemoteAddr, "protocol": "tls",
				"username": schema.FingerprintDER(c.TLS.PeerCertificates[0].Raw)}
		}
		return answer, nil
	}
	how, _ := c.world.say(c.spoken(), err)
	async := c.world.server.Does("async", c.name()) && !how.Now || how.Op
	if errors.Is(err, errBroken) || !async {
		return answer, err
	}
	op := c.at.finished("Changing " + c.URL.Path)
	if err != nil {
		op = c.at.failed("Changing "+c.URL.Path, err)
	}
	op.of = c.spoken()
	return reply{op: op}, nil
}

// dress gives an object the fields that it has on the server that is played.
func (c *call) dress(at string, id int64, view any) any {
	fields := c.world.server.Fields(at)
	if len(fields) == 0 {
		return view
	}
	raw, err := json.Marshal(view)
	var out map[string]any
	c.tx.refuse(errors.Join(err, json.Unmarshal(raw, &out)))
	for _, f := range fields {
		text := f.JSON
		if f.Query != "" {
			text, _ = c.tx.text(f.Query, c.named(id)...)
		}
		if delete(out, f.Name); text != "" {
			out[f.Name] = dated(text)
		}
	}
	return out
}

var atTime = regexp.MustCompile(`"([a-z_]+_at)":"([^"]*)"`)

// dated is JSON of the database with its times as the API has them.
func dated(text string) json.RawMessage {
	return json.RawMessage(atTime.ReplaceAllStringFunc(text, func(pair string) string {
		found := atTime.FindStringSubmatch(pair)
		return quoted(found[1]) + ":" + quoted(parseTime(found[2]).Format(time.RFC3339Nano))
	}))
}

// named are the values that queries of package layout may name.
func (c *call) named(id int64) []any { return c.namedAs(id, c.params["name"]) }

func (c *call) namedAs(id int64, called string) []any {
	sent := c.sent
	if sent == nil {
		sent = c.body
	}
	pairs := []any{"id", id, "scope", c.scope, "sent", validJSON(sent), "verb", c.Method, "node", c.at.NodeID,
		"asked", c.asked.NodeID, "clustered", c.at.cluster.clustered, "target", c.query("target"),
		"project", c.project(), "all", c.query("all-projects") == "true",
		"force", slices.Contains([]string{"1", "true"}, c.query("force")), "unix", c.TLS == nil,
		"server", c.world.server.Name(), "single", called != "", "name", called, "body", validJSON(c.body)}
	for name, value := range c.params {
		if name != "name" {
			pairs = append(pairs, name, value)
		}
	}
	return values(pairs)
}

// validJSON is a body for queries, an empty object where it is none.
func validJSON(body []byte) string {
	if !json.Valid(body) {
		return "{}"
	}
	return string(body)
}

// api is what the server that is played serves.
func (w *World) api() []route {
	w.routes.Do(func() {
		w.served = slices.Concat(collectionRoutes(w.server, false), routes(), answersRoutes(w.server),
			laterRoutes(w.server), refusalRoutes(w.server))
	})
	return w.served
}

// Serves has the paths that the server that is played serves, as [Routes] spells them.
func (w *World) Serves() map[string]bool {
	out := map[string]bool{}
	for _, r := range slices.Concat(routes(), collectionRoutes(w.server, false), laterRoutes(w.server)) {
		out[anyName.ReplaceAllString(r.pattern, "{}")] = true
	}
	return out
}

// refusalRoutes are the calls of which only the refusals are played.
func refusalRoutes(s layout.Server) []route {
	var out []route
	unplayed := func(*call) (reply, error) { return reply{}, notPlayed() }
	for _, name := range sortedKeys(s.Refusals) {
		method, path, _ := strings.Cut(name, " ")
		out = append(out, route{method, path, trustClient, atTarget, unplayed})
	}
	return out
}

// refused is what the server's database has against the call, see refusals.sql.
func (c *call) refused(r route) error {
	for _, query := range c.world.server.Refusals[r.method+" "+r.pattern] {
		if text, found := c.tx.text(query, c.named(0)...); found {
			return refusal(text)
		}
	}
	return nil
}

// refusal reads "!STATUS TEXT" of our own tables, "?STATUS TEXT" of what a server may know and the sandbox does not,
// "*STATUS TEXT" where something stays done, and "!000" for a broken connection.
func refusal(text string) error {
	status, _ := strconv.Atoi(text[1:4])
	switch {
	case status == 0:
		return errBroken
	case text[0] == '?':
		return strange(status, "%s", text[5:])
	case text[0] == '*':
		return halfDone("%s", text[5:])
	}
	return fail(status, "%s", text[5:])
}

// answersRoutes are the routes that are answered from the database alone.
func answersRoutes(s layout.Server) []route {
	var out []route
	for _, a := range s.Answers {
		answer := func(c *call) (reply, error) { return c.answer(a) }
		out = append(out, route{"GET", a.Path, trustClient, atTarget, answer})
		if a.Query == "" || strings.Contains(a.Query, "'!") { // it refuses changes as well
			out = append(out, route{"POST", a.Path, trustClient, atTarget, answer})
		}
	}
	if s.Has("metadata_configuration") {
		out = append(out, route{"GET", "/1.0/metadata/configuration", trustClient, locked,
			func(*call) (reply, error) { return ok(json.RawMessage(s.Document())) }})
	}
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(a.pattern, b.pattern) })
	return out
}

func (c *call) answer(a layout.Answer) (reply, error) {
	if a.Query == "" {
		return reply{}, fail(http.StatusNotImplemented, "not implemented")
	}
	text, _ := json.Marshal(c.local()) // plain data always marshals
	found := c.tx.objects(a.Query, append(c.named(0), values([]any{"local", string(text), "recursion", c.recursion(),
		"entitlements", c.world.server.Entitlements(), "about", c.query("entity-type")})...)...)
	if len(found) > 0 && found[0][0] == '!' { // a refusal: !STATUS TEXT
		return reply{}, refusal(string(found[0]))
	}
	switch {
	case c.Method != http.MethodGet:
		return reply{}, fail(http.StatusNotImplemented, "not implemented")
	case a.Missing == "":
		return ok(found)
	case len(found) == 0:
		return reply{}, fail(http.StatusNotFound, "%s", a.Missing)
	}
	return ok(found[0])
}
