package sandbox_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	cmp2 "github.com/google/go-cmp/cmp"

	"clusterctl/drivers/sandbox"
	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// A recording is what one real cluster answered, see the README of the folder of recordings.
type recording struct {
	folder, server string
	world          *sandbox.World
	// token and secret are of the last token operation, certificates those that the cluster knows, by name.
	token        string
	certificates map[string]string
	// theirs and ours put the members' names for their keys: those of the recorded servers and of the sandbox's.
	theirs, ours *strings.Replacer
}

// outcome is what came of one recorded call: what differs in the three tiers, empty where nothing does.
type outcome struct {
	call                string
	tier                string
	answer, rule, words string
}

// openRecording starts a sandbox of that server with the rows of the recording.
func openRecording(t *testing.T, folder string) *recording {
	t.Helper()
	r := &recording{folder: folder, server: filepath.Base(folder), certificates: map[string]string{}}
	flavour, known := schema.ParseServer(r.server)
	if !known {
		t.Fatalf("no server %s", r.server)
	}
	world, err := sandbox.Start(t.Context(), sandbox.Config{Names: []string{"node1", "node2", "node3", "node5"},
		Server: flavour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	if world.Server() != flavour {
		t.Fatalf("the sandbox plays %s for %s", world.Server(), r.server)
	}
	r.world = world
	rows := sandbox.Rows{Database: r.read(t, "dump.sql"), Config: map[string]map[string]string{},
		Roles: map[string]schema.RaftRole{}}
	for label, file := range map[string]string{"node1": "local.sql", "node2": "local-node2.sql"} {
		rows.Config[label] = map[string]string{}
		for _, row := range insertsInto(r.read(t, file), "config") {
			rows.Config[label][row[1]] = row[2]
		}
		for _, row := range insertsInto(r.read(t, file), "raft_nodes") {
			rows.Roles[row[3]] = []schema.RaftRole{schema.Voter, schema.StandBy, schema.Spare}[row[2][0]-'0']
		}
	}
	var members []struct {
		Name  string   `json:"server_name"`
		Roles []string `json:"roles"`
	}
	if err := json.Unmarshal([]byte(r.read(t, "1.0_cluster_members.json")), &members); err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		if slices.Contains(m.Roles, "database-leader") {
			rows.Leader = m.Name
		}
	}
	rows.Config["node3"] = map[string]string{}
	for _, label := range []string{"node2", "node3"} {
		r.remember(t, label, rows)
	}
	if err := world.Become(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	var recorded []certificateOf
	if err := json.Unmarshal([]byte(r.read(t, "1.0_certificates.json")), &recorded); err != nil {
		t.Fatal(err)
	}
	for _, c := range recorded {
		block, _ := pem.Decode([]byte(c.Certificate))
		r.certificates[c.Name] = base64.StdEncoding.EncodeToString(block.Bytes)
	}
	_, _, answer, err := r.ask(t.Context(), nil, "", "node1", "GET", "/1.0/certificates?recursion=1", "")
	var played []certificateOf
	if err := errors.Join(err, json.Unmarshal([]byte(text(answer)), &played)); err != nil {
		t.Fatal(err)
	}
	var about struct {
		Environment struct {
			Certificate string
			Fingerprint string `json:"certificate_fingerprint"`
		}
	}
	if err := json.Unmarshal([]byte(r.read(t, "1.0.json")), &about); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(r.clusterPEM()))
	r.theirs = named(append(recorded, certificateOf{"cluster", "server", about.Environment.Certificate,
		about.Environment.Fingerprint}))
	r.ours = named(append(played, certificateOf{"cluster", "server", r.clusterPEM(), schema.FingerprintDER(block.Bytes)}))
	r.handOut(t)
	return r
}

type certificateOf struct{ Name, Type, Certificate, Fingerprint string }

// named puts the names of servers for their certificates and fingerprints: the sandbox's have keys of their own.
func named(certificates []certificateOf) *strings.Replacer {
	var pairs []string
	for _, c := range certificates {
		if c.Type == "server" {
			pairs = append(pairs, c.Certificate, c.Name, c.Fingerprint, c.Name)
		}
	}
	return strings.NewReplacer(pairs...)
}

// remember adds what a member knows and the cluster's rows lack: its own keys where there is no dump of its database,
// and a key in its memory alone, of a change that failed on another member (oidc.client.secret, see not-made.tsv).
func (r *recording) remember(t *testing.T, label string, rows sandbox.Rows) {
	t.Helper()
	var shown struct{ Config map[string]any }
	if err := json.Unmarshal([]byte(r.read(t, "1.0@"+label+".json")), &shown); err != nil {
		t.Fatal(err)
	}
	shared := map[string]bool{}
	for _, row := range insertsInto(rows.Database, "config") {
		shared[row[1]] = true
	}
	for key, value := range shown.Config {
		if _, own := rows.Config[label][key]; !own && !shared[key] {
			rows.Config[label][key] = fmt.Sprint(value)
		}
	}
}

// handOut makes the calls again whose tokens were not used yet: no database has them.
func (r *recording) handOut(t *testing.T) {
	t.Helper()
	var lists map[string][]struct {
		Class     string
		Resources map[string][]string
		Metadata  struct {
			Name    string `json:"serverName"`
			Image   string `json:"entity_url"`
			Request json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(r.read(t, "1.0_operations.json")), &lists); err != nil {
		t.Fatal(err)
	}
	for _, op := range lists["running"] {
		var path, body string
		switch {
		case op.Metadata.Name != "":
			path, body = "/1.0/cluster/members", text(map[string]any{"server_name": op.Metadata.Name})
		case len(op.Metadata.Request) > 0:
			path, body = "/1.0/certificates", string(op.Metadata.Request)
		default:
			path = cmp.Or(append(op.Resources["images"], op.Metadata.Image)...) + "/secret"
		}
		if status, text, _, err := r.ask(t.Context(), nil, "", "node1", "POST", path, body); status != "202" || err != nil {
			t.Fatalf("%s: %s %s %v", path, status, text, err)
		}
	}
	r.token = ""
}

func (r *recording) read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(r.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var cells = regexp.MustCompile(`'((?:[^']|'')*)'|([^,'()]+)`)

// insertsInto are the cells of the rows that a script inserts into a table, where they have one line.
func insertsInto(script, table string) [][]string {
	var out [][]string
	for line := range strings.Lines(script) {
		values, ok := strings.CutPrefix(line, "INSERT INTO "+table+" VALUES(")
		if !ok {
			continue
		}
		var row []string
		for _, c := range cells.FindAllStringSubmatch(strings.TrimSuffix(strings.TrimSpace(values), ");"), -1) {
			row = append(row, c[1]+c[2])
		}
		out = append(out, row)
	}
	return out
}

// ask makes a call and returns its status as errors.tsv spells it, and the error or the metadata.
func (r *recording) ask(ctx context.Context, client *http.Client, base, member, method, path, body string) (string,
	string, any, error) {
	if client == nil {
		client, base = r.world.Client(member), "http://unix.socket"
	}
	status, answer, err := once(ctx, client, method, base+path, body)
	if err != nil {
		return "", "", nil, err
	}
	if answer.Type != "async" {
		return fmt.Sprint(status), answer.Error, answer.Metadata, nil
	}
	var op struct {
		Class    string
		Metadata map[string]any
	}
	raw, _ := json.Marshal(answer.Metadata)
	if err := json.Unmarshal(raw, &op); err != nil {
		return "", "", nil, err
	}
	if op.Class == "token" {
		if op.Metadata["secret"] != nil {
			r.token = tokenOf(op.Metadata)
		}
		return "202", "", nil, nil
	}
	waited, end, err := once(ctx, client, "GET", base+answer.Operation+"/wait", "")
	if err != nil {
		return "", "", nil, err
	}
	if end.Type == "error" {
		return fmt.Sprintf("202/wait %d with error_code %d", waited, end.ErrorCode), end.Error, nil, nil
	}
	var ended struct {
		StatusCode int `json:"status_code"`
		Err        string
	}
	raw, _ = json.Marshal(end.Metadata)
	if err := json.Unmarshal(raw, &ended); err != nil {
		return "", "", nil, err
	}
	if ended.StatusCode == http.StatusOK {
		return "200", "", nil, nil // as the recordings have it
	}
	return fmt.Sprintf("202/%d", ended.StatusCode), ended.Err, nil, nil
}

func tokenOf(metadata map[string]any) string {
	name, _ := metadata["serverName"].(string)
	raw, _ := json.Marshal(map[string]any{"server_name": name, "fingerprint": metadata["fingerprint"],
		"addresses": metadata["addresses"], "secret": metadata["secret"], "expires_at": metadata["expiresAt"]})
	return base64.StdEncoding.EncodeToString(raw)
}

type answered struct {
	Type, Operation, Error string
	ErrorCode              int `json:"error_code"`
	Metadata               any
}

func once(ctx context.Context, client *http.Client, method, url, body string) (int, answered, error) {
	var out answered
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, out, err
	}
	if strings.HasSuffix(body, "\x00stale") {
		req.Header.Set("If-Match", `"deadbeef"`)
		req.Body = io.NopCloser(strings.NewReader(strings.TrimSuffix(body, "\x00stale")))
		req.ContentLength = -1
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, out, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, out, err
	}
	return resp.StatusCode, out, json.Unmarshal(raw, &out)
}

// answers replays the recorded reads.
func (r *recording) answers(t *testing.T) []outcome {
	t.Helper()
	var out []outcome
	for _, row := range table(r.read(t, "index.tsv")) {
		o := outcome{call: "GET " + row[2] + " of " + row[1], tier: "answers"}
		status, text, metadata, err := r.ask(t.Context(), nil, "", row[1], "GET", row[2], "")
		switch {
		case err != nil:
			o.answer = err.Error()
		case status != row[3]:
			o.answer = fmt.Sprintf("%s %s, want %s", status, text, row[3])
		case row[0] == "-":
			if text != row[4] {
				o.answer = fmt.Sprintf("%q, want %q", text, row[4])
			}
		default:
			var want any
			if err := json.Unmarshal([]byte(r.read(t, row[0])), &want); err != nil {
				t.Fatal(err)
			}
			o.answer = strings.Join(differences("", plain(want, r.theirs), plain(metadata, r.ours)), "; ")
		}
		out = append(out, o)
	}
	return out
}

func table(text string) [][]string {
	var out [][]string
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if i > 0 && !strings.HasPrefix(line, "#") {
			out = append(out, append(strings.Split(line, "\t"), "", "", ""))
		}
	}
	return out
}

// host are the fields that say what machine the daemons ran on: the sandbox runs on another. Operations that ended are
// shown for five seconds, so which a recording has is a matter of when it was made; secrets are drawn.
var host = regexp.MustCompile(`^(kernel.*|lxc_features|firewall|server_pid|storage_supported_drivers|storage|storage_version|` +
	`driver_version|instance_types|sysinfo|space|inodes|os_.*|success|secret)$`)

var stamp = regexp.MustCompile(`\b20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:.]+Z`)

// plain is a value without what is the host's, lists in one order. Operations are the sandbox's own, and so are their times.
func plain(v any, names *strings.Replacer) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		if _, runs := v["may_cancel"]; runs {
			_ = json.Unmarshal([]byte(stamp.ReplaceAllString(text(v), "TIME")), &v) // plain data always does
		}
		for key, value := range v {
			_, runs := v["status_code"] // an instance, or an operation, whose number is drawn
			if !host.MatchString(key) && (!runs || key != "state" && key != "id") {
				out[key] = plain(value, names)
			}
		}
		return out
	case []any:
		v = slices.DeleteFunc(slices.Clone(v), func(x any) bool { // interfaces of the host
			m, _ := x.(map[string]any)
			return m["managed"] == false
		})
		out := append([]any{}, schema.Map(v, func(x any) any { return plain(x, names) })...) // [] is not null
		slices.SortFunc(out, func(a, b any) int { return cmp.Compare(nameOf(a), nameOf(b)) })
		return out
	case string:
		return names.Replace(v)
	}
	return v
}

// nameOf begins with an object's name, so that lists of objects are compared object by object.
func nameOf(v any) string {
	m, _ := v.(map[string]any)
	return fmt.Sprint(m["name"], m["project"], m["location"], m["listen_address"], text(v))
}

func text(v any) string { raw, _ := json.Marshal(v); return string(raw) }

// differences says where two values differ.
func differences(at string, want, got any) []string {
	w, isMap := want.(map[string]any)
	g, gotMap := got.(map[string]any)
	if !isMap || !gotMap {
		wl, isList := want.([]any)
		gl, gotList := got.([]any)
		if isList && gotList && len(wl) == len(gl) {
			var out []string
			for i := range wl {
				out = append(out, differences(fmt.Sprintf("%s[%d]", at, i), wl[i], gl[i])...)
			}
			return out
		}
		if text(want) != text(got) {
			return []string{fmt.Sprintf("%s is %.300s, want %.300s", at, text(got), text(want))}
		}
		return nil
	}
	var out []string
	keys := map[string]bool{}
	for k := range w {
		keys[k] = true
	}
	for k := range g {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		x, a := w[k]
		y, b := g[k]
		switch {
		case !a:
			out = append(out, fmt.Sprintf("%s.%s is %.80s, want none", at, k, text(y)))
		case !b:
			out = append(out, fmt.Sprintf("%s.%s is missing, want %.80s", at, k, text(x)))
		default:
			out = append(out, differences(at+"."+k, x, y)...)
		}
	}
	return out
}

var callForm = regexp.MustCompile(`^([A-Z]+) (\S+)(?: (\{.*\}))?(?: \[(.*)\])?$`)

// changes replays the recorded refusals in their order.
func (r *recording) changes(t *testing.T) []outcome {
	t.Helper()
	var out []outcome
	rows := table(r.read(t, "errors.tsv"))
	for i, row := range rows {
		form := callForm.FindStringSubmatch(row[1])
		if row[2] == "-" || form == nil || strings.HasPrefix(row[0], "  ") {
			continue
		}
		method, path, body, note := form[1], form[2], form[3], form[4]
		if body == "" && (method == "POST" || method == "PUT") && row[0] != "body no JSON" {
			continue // a file, which is not in the recording
		}
		o := outcome{call: row[0] + ": " + method + " " + path, tier: "errors"}
		r.prepare(t, rows, i, method, path)
		client, base, member := r.asker(t, row[0], note)
		status, said, _, err := r.ask(t.Context(), client, base, member, method, path, r.filled(t, row[0], body))
		if err != nil {
			status, said = "-", err.Error()
		}
		if strings.HasPrefix(row[0], "evacuate") && row[3] == "(accepted)" {
			_, _, _, _ = r.ask(t.Context(), nil, "", "node1", "POST", path, `{"action": "restore"}`)
		}
		want := row[3]
		if want == "(accepted)" {
			want = ""
		}
		if status != row[2] {
			o.rule = fmt.Sprintf("%s %q, want %s %q", status, said, row[2], want)
		}
		if want != "" && mask(said) != mask(want) {
			o.words = fmt.Sprintf("%q, want %q", said, want)
		}
		if want == "" {
			o.tier = "accepted"
		}
		out = append(out, o)
	}
	return out
}

var masked = regexp.MustCompile(`[0-9a-f]{64}|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|0x[0-9a-f]+|feature "features\.[a-z.]+"`)

func mask(text string) string { return masked.ReplaceAllString(text, "HEX") }

// asker is who makes a call, as the note behind it says.
func (r *recording) asker(t *testing.T, what, note string) (client *http.Client, base, member string) {
	member = "node1"
	switch {
	case strings.HasPrefix(note, "asked of "):
		return nil, "", strings.TrimPrefix(note, "asked of ")
	case strings.HasPrefix(note, "over HTTPS"):
		conf := &tls.Config{InsecureSkipVerify: true}
		if strings.Contains(note, "not trusted") {
			known := stranger(t)
			conf.Certificates = []tls.Certificate{known}
			kind, _, isKnown := strings.Cut(what, " certificate ")
			if isKnown && (kind == "metrics" || kind == "restricted") {
				body := map[string]any{"name": kind, "type": map[string]string{"metrics": "metrics"}[kind],
					"certificate": base64.StdEncoding.EncodeToString(known.Certificate[0]), "restricted": kind == "restricted",
					"projects": []string{"shop"}}
				if kind == "restricted" {
					body["type"] = "client"
				}
				if status, text, _, err := r.ask(t.Context(), nil, "", "node1", "POST", "/1.0/certificates",
					text(body)); status != "201" || err != nil {
					t.Fatalf("%s: %s %s %v", what, status, text, err)
				}
			}
		}
		return &http.Client{Transport: &http.Transport{TLSClientConfig: conf}}, "https://" + r.world.Members()[0].Address,
			member
	}
	return nil, "", member
}

// filled puts in what the recording leaves out.
func (r *recording) filled(t *testing.T, what, body string) string {
	known := r.certificates["ops"]
	if what == "certificate restricted to a project that is not there" {
		known = base64.StdEncoding.EncodeToString(stranger(t).Certificate[0])
	}
	body = strings.ReplaceAll(body, `"cluster_certificate": "CERTIFICATE"`, `"cluster_certificate": CLUSTER`)
	if strings.HasPrefix(what, "identity ") && strings.HasSuffix(what, " exists") { // those are in PEM
		der, _ := base64.StdEncoding.DecodeString(known)
		if strings.Contains(what, "name") {
			der = stranger(t).Certificate[0]
		}
		body = strings.ReplaceAll(body, `"CERTIFICATE"`, text(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))))
	}
	body = strings.ReplaceAll(strings.ReplaceAll(body, "CERTIFICATE", known), "TOKEN", r.token)
	body = strings.ReplaceAll(body, "CLUSTER", text(r.clusterPEM()))
	switch {
	case what == "join with a bad secret":
		return strings.ReplaceAll(body, r.token, tokenOf(map[string]any{"serverName": "node9", "secret": "no",
			"addresses": []string{}}))
	case what == "body no JSON":
		return "{"
	case strings.Contains(what, "stale ETag"):
		return body + "\x00stale"
	}
	return body
}

func (r *recording) clusterPEM() string {
	_, answer, err := once(context.Background(), r.world.Client("node1"), "GET", "http://unix.socket/1.0", "")
	if err != nil {
		return err.Error()
	}
	environment, _ := answer.Metadata.(map[string]any)["environment"].(map[string]any)
	pem, _ := environment["certificate"].(string)
	return pem
}

// prepare makes what a call changes and the recording shows as it was before, where it is not there.
func (r *recording) prepare(t *testing.T, rows [][]string, i int, method, path string) {
	t.Helper()
	r.define(t, rows[i], method, path)
	switch rows[i][0] { // each had a token of its own
	case "join with the token of another name":
		_, _, _, _ = r.ask(t.Context(), nil, "", "node1", "POST", "/1.0/cluster/members", `{"server_name": "node9"}`)
	case `certificate with token in "trust_token", untrusted client`:
		_, _, _, _ = r.ask(t.Context(), nil, "", "node1", "POST", "/1.0/certificates", `{"name": "tok", "token": true, "type": "client"}`)
	}
	if i+1 >= len(rows) || !strings.HasPrefix(rows[i+1][0], "  before") && !strings.HasPrefix(rows[i+1][0],
		"  what is left") {
		return
	}
	status, _, _, err := r.ask(t.Context(), nil, "", "node1", "GET", path, "")
	if err != nil || status != "404" {
		return
	}
	parts := strings.SplitN(path, "?", 2)
	at := strings.LastIndex(parts[0], "/")
	object := map[string]any{}
	if rows[i+1][0] == "  before" {
		_ = json.Unmarshal([]byte(rows[i+1][3]), &object)
	}
	if object == nil {
		return
	}
	object["name"] = parts[0][at+1:]
	parts[0] = parts[0][:at]
	_, _, _, _ = r.ask(t.Context(), nil, "", "node1", "POST", strings.Join(parts, "?"), text(object))
}

// define makes what the recorder had made or taken away before it made the call: the objects called bad are new ones
// but where one is named again, and definitions are on all members.
func (r *recording) define(t *testing.T, row []string, method, path string) {
	t.Helper()
	collection, _, _ := strings.Cut(path, "?")
	var body struct{ Name, Driver, Type string }
	form := callForm.FindStringSubmatch(row[1])
	if method != "POST" || json.Unmarshal([]byte(form[3]), &body) != nil || !strings.HasPrefix(body.Name, "bad") {
		return
	}
	call := func(method, path, body string) { _, _, _, _ = r.ask(t.Context(), nil, "", "node1", method, path, body) }
	again := strings.Contains(row[0], "global") || strings.Contains(row[0], "again")
	if !again {
		call("DELETE", collection+"/"+body.Name, "")
	}
	pending := collection == "/1.0/networks" || collection == "/1.0/storage-pools"
	switch {
	case !pending || strings.Contains(row[3], "(use --target") || strings.Contains(row[3], "not defined on") ||
		strings.Contains(row[3], "uplink"):
	case strings.Contains(path, "target="):
		if row[3] == "(accepted)" {
			call("POST", collection+"?target=node2", form[3])
			call("POST", collection+"?target=node3", form[3])
		}
	default:
		for _, m := range []string{"node1", "node2", "node3"} {
			call("POST", collection+"?target="+m, text(map[string]any{"name": body.Name, "driver": body.Driver,
				"type": body.Type}))
		}
	}
}

// score is how many calls were played right, and how many there are.
type score struct{ right, all int }

func (s score) String() string {
	return fmt.Sprintf("%.1f %% of %d", 100*float64(s.right)/float64(max(s.all, 1)), s.all)
}

func (s *score) add(difference string) {
	s.all++
	if difference == "" {
		s.right++
	}
}

// tally is how a server was played.
type tally struct{ answers, rules, texts score }

// tallyOf counts outcomes, and lists the gaps: what was played otherwise, in which tier.
func tallyOf(server string, outcomes []outcome) (tally, []string) {
	var n tally
	var gaps []string
	for _, o := range outcomes {
		tier, difference := "rule", o.rule
		switch o.tier {
		case "answers":
			tier, difference = "answer", o.answer
			n.answers.add(o.answer)
		case "errors":
			n.texts.add(o.words)
			if difference == "" {
				tier, difference = "text", o.words
			} else if o.words != "" {
				tier = "rule and text"
			}
			fallthrough
		default:
			n.rules.add(o.rule)
		}
		if difference != "" {
			gaps = append(gaps, strings.Join([]string{server, tier, o.call}, "\t"))
		}
	}
	return n, gaps
}

const gapsFile = "testdata/gaps.tsv"

// TestConformance replays what real servers answered against a sandbox that plays them, where the recordings are. What
// is not played as they do is in testdata/gaps.tsv, and nothing else.
func TestConformance(t *testing.T) {
	folder := cmp.Or(os.Getenv("CLUSTERCTL_RECORDINGS"), "../../../shared/recordings")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no recordings: %v", err)
	}
	if !*conformance && os.Getenv("CLUSTERCTL_RECORDINGS") == "" {
		t.Skip("the recordings are replayed with -conformance, or where CLUSTERCTL_RECORDINGS names them")
	}
	var lines []string
	for _, server := range layout.Servers() {
		r := openRecording(t, filepath.Join(folder, server.Name()))
		outcomes := append(r.answers(t), r.changes(t)...)
		n, gaps := tallyOf(server.Name(), outcomes)
		t.Logf("%s: answers %s, rules %s, texts %s", server.Name(), n.answers, n.rules, n.texts)
		if dir := os.Getenv("CONFORMANCE_GAPS"); dir != "" {
			var told strings.Builder
			for _, o := range outcomes {
				if why := cmp.Or(o.answer, o.rule, o.words); why != "" {
					fmt.Fprintf(&told, "%s\t%s\n", o.call, why)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, server.Name()), []byte(told.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		lines = append(lines, fmt.Sprintf("%s\tcalls\t%d\t%d\t%d", server.Name(), n.answers.all, n.rules.all, n.texts.all))
		lines = append(lines, gaps...)
	}
	got := gapsHead + strings.Join(lines, "\n") + "\n"
	if *rewrite {
		if err := os.WriteFile(gapsFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(gapsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp2.Diff(string(want), got); diff != "" {
		t.Errorf("gaps that closed (-) or opened (+); a closed one goes out of %s: go test -run TestConformance -rewrite\n%s",
			gapsFile, diff)
	}
}

const gapsHead = "# What the sandbox plays otherwise than the recorded servers: server, tier, call. \"calls\": how many there are of each tier.\n"

var rewrite = flag.Bool("rewrite", false, "write the gaps of the recordings to testdata")

var conformance = flag.Bool("conformance", false, "replay the recordings of ../shared")

// TestConformanceScores holds the published scores to the list of gaps.
func TestConformanceScores(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(gapsFile)
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string]*tally{}
	for _, row := range table(string(raw)) {
		n := scores[row[0]]
		if row[1] == "calls" {
			n = &tally{score{number(t, row[2]), number(t, row[2])}, score{number(t, row[3]), number(t, row[3])},
				score{number(t, row[4]), number(t, row[4])}}
			scores[row[0]] = n
			continue
		}
		if row[1] == "answer" {
			n.answers.right--
		}
		if strings.Contains(row[1], "rule") {
			n.rules.right--
		}
		if strings.Contains(row[1], "text") {
			n.texts.right--
		}
	}
	var want strings.Builder
	want.WriteString("| server | answers | rules | texts |\n|---|---|---|---|\n")
	for _, s := range layout.Servers() {
		n := scores[s.Name()]
		fmt.Fprintf(&want, "| %s | %s | %s | %s |\n", s.Title(), n.answers, n.rules, n.texts)
	}
	page, err := os.ReadFile("../../docs/servers.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), want.String()) {
		t.Errorf("docs/servers.md has not the scores of %s:\n%s", gapsFile, &want)
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSampleOfRecordings makes a few of the recorded calls, with other names, to every server that the sandbox plays.
func TestSampleOfRecordings(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/sample.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range layout.Servers() {
		t.Run(server.Name(), func(t *testing.T) {
			t.Parallel()
			world, err := sandbox.Start(t.Context(), sandbox.Config{Names: []string{"n1"}, Server: server.Flavour})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := world.Close(); err != nil {
					t.Error(err)
				}
			})
			r := &recording{world: world}
			call := func(call string) (status, said string) {
				form := callForm.FindStringSubmatch(call)
				status, said, answer, err := r.ask(t.Context(), nil, "", "n1", form[1], form[2], form[3])
				if err != nil {
					t.Fatal(err)
				}
				if form[1] == "GET" && status == "200" {
					said = mask(text(plain(answer, strings.NewReplacer())))
				}
				return status, said
			}
			call(`PATCH /1.0 {"config": {"core.https_address": "10.76.1.11:8443"}}`)
			call(`PUT /1.0/cluster {"enabled": true, "server_name": "n1"}`)
			for _, row := range table(string(raw)) {
				if !server.Among(row[0]) {
					continue
				}
				if status, said := call(row[1]); status != row[2] || said != row[3] {
					t.Errorf("%s: got %s %q, want %s %q", row[1], status, said, row[2], row[3])
				}
			}
		})
	}
}

func stranger(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
