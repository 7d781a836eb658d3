package drivertest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Clients returns the HTTP client that reaches a member's unix socket; any host name in the URL will do.
type Clients func(member string) *http.Client

// Daemons ends a member's daemon at once, and starts it again.
type Daemons interface {
	Kill(ctx context.Context, member string) error
	Start(ctx context.Context, member string) error
}

// Envelope is the answer of a daemon in full.
type Envelope struct {
	Type      string          `json:"type"`
	ErrorCode int             `json:"error_code"`
	Error     string          `json:"error"`
	Operation string          `json:"operation"`
	Metadata  json.RawMessage `json:"metadata"`
}

// Run sends the calls one after the other and returns the transcript: for each call its line and the answer.
func Run(ctx context.Context, lines []Line, clients Clients, daemons Daemons) (string, error) {
	r := runner{clients: clients, daemons: daemons, vars: map[string]string{}}
	var out strings.Builder
	for _, line := range lines {
		answer, err := r.run(ctx, line)
		if err != nil {
			return out.String(), fmt.Errorf("%s: %w", line.Text, err)
		}
		fmt.Fprintf(&out, "%s\n  %s\n", line.Text, answer)
	}
	return out.String(), nil
}

// restartLimit is how long a daemon may take to start again after it left a cluster.
const restartLimit = 20 * time.Second

type runner struct {
	clients Clients
	daemons Daemons
	vars    map[string]string
}

func (r *runner) run(ctx context.Context, line Line) (string, error) {
	switch line.Verb {
	case "kill":
		return "killed", r.daemons.Kill(ctx, line.Member)
	case "start":
		return "started", r.daemons.Start(ctx, line.Member)
	}
	status, env, err := r.send(ctx, line)
	if err != nil {
		return "", err
	}
	switch {
	case env.Type == "error":
		return normal(fmt.Sprintf("%d %s", status, env.Error)), nil
	case line.Token:
		r.vars[line.Var] = joinToken(env.Metadata)
		return fmt.Sprintf("%d token", status), nil
	case line.Var != "":
		value, _ := field(env.Metadata, line.Show[0]).(string)
		r.vars[line.Var] = value
		return fmt.Sprintf("%d set", status), nil
	case env.Type == "async":
		return r.wait(ctx, line.Member, status, env)
	}
	answer := fmt.Sprint(status)
	for _, name := range line.Show {
		text, _ := json.Marshal(sorted(field(env.Metadata, name)))
		answer += fmt.Sprintf("\n  %s: %s", name, normal(string(text)))
	}
	return answer, nil
}

// send sends a line's call.
func (r *runner) send(ctx context.Context, line Line) (int, Envelope, error) {
	if line.Image == "" {
		return r.do(ctx, line.Member, line.Method, r.expand(line.Path), r.expand(line.Body))
	}
	var headers map[string]string
	if line.Body != "" {
		if err := json.Unmarshal([]byte(line.Body), &headers); err != nil {
			return 0, Envelope{}, fmt.Errorf("reading the headers: %w", err)
		}
	}
	image, err := imageFile(line.Image)
	if err != nil {
		return 0, Envelope{}, err
	}
	return r.upload(ctx, line, headers, image)
}

// wait follows a background operation to its end. The daemon's wait may answer before the end.
func (r *runner) wait(ctx context.Context, member string, status int, env Envelope) (string, error) {
	var op struct {
		Class      string `json:"class"`
		Status     string `json:"status"`
		StatusCode int    `json:"status_code"`
		Err        string `json:"err"`
	}
	if err := json.Unmarshal(env.Metadata, &op); err != nil {
		return "", fmt.Errorf("reading the operation: %w", err)
	}
	if op.Class == "token" { // it never ends by itself
		return fmt.Sprintf("%d token", status), nil
	}
	for op.StatusCode < 200 {
		_, end, err := r.do(ctx, member, "GET", env.Operation+"/wait?timeout=60", "")
		if err != nil {
			return "", err
		}
		if end.Type == "error" {
			return "", fmt.Errorf("waiting for the operation: %s", end.Error)
		}
		if err := json.Unmarshal(end.Metadata, &op); err != nil {
			return "", fmt.Errorf("reading the operation: %w", err)
		}
	}
	if op.Err != "" {
		return normal(fmt.Sprintf("%d %s: %s", status, op.Status, op.Err)), nil
	}
	return fmt.Sprintf("%d %s", status, op.Status), nil
}

func (r *runner) do(ctx context.Context, member, method, path, body string) (int, Envelope, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://unix"+path, strings.NewReader(body))
	if err != nil {
		return 0, Envelope{}, err
	}
	status, env, err := r.answer(member, req)
	for range 5 { // a daemon that is in its own way, as apply knows: the change was taken back
		if !strings.Contains(env.Error, "dnsmasq") || !strings.Contains(env.Error, "Address already in use") {
			break
		}
		time.Sleep(restartLimit / 100)
		if req.Body, err = req.GetBody(); err != nil {
			return 0, env, err
		}
		status, env, err = r.answer(member, req)
	}
	return status, env, err
}

// upload sends bytes as they are, with headers beside them.
func (r *runner) upload(ctx context.Context, line Line, headers map[string]string, data []byte) (int, Envelope, error) {
	req, err := http.NewRequestWithContext(ctx, line.Method, "http://unix"+r.expand(line.Path), bytes.NewReader(data))
	if err != nil {
		return 0, Envelope{}, err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	return r.answer(line.Member, req)
}

func (r *runner) answer(member string, req *http.Request) (int, Envelope, error) {
	var env Envelope
	resp, err := r.clients(member).Do(req)
	for deadline := time.Now().Add(restartLimit); err != nil && req.Method == http.MethodGet &&
		time.Now().Before(deadline); {
		time.Sleep(restartLimit / 100) // it is on its way down or up
		resp, err = r.clients(member).Do(req)
	}
	if err != nil {
		return 0, env, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, env, err
	}
	if err := json.Unmarshal(raw, &env); err != nil {
		return 0, env, fmt.Errorf("reading %q: %w", raw, err)
	}
	return resp.StatusCode, env, nil
}

// expand puts the variables in, escaped as inside a JSON text.
func (r *runner) expand(text string) string {
	for name, value := range r.vars {
		quoted, _ := json.Marshal(value) // a string always marshals
		text = strings.ReplaceAll(text, "${"+name+"}", strings.Trim(string(quoted), `"`))
	}
	return text
}

// joinToken builds the text of a join token from the metadata of the operation that carries it.
func joinToken(metadata json.RawMessage) string {
	token, _ := json.Marshal(map[string]any{
		"server_name": field(metadata, "metadata.serverName"), "fingerprint": field(metadata, "metadata.fingerprint"),
		"addresses": field(metadata, "metadata.addresses"), "secret": field(metadata, "metadata.secret"),
		"expires_at": field(metadata, "metadata.expiresAt"),
	})
	return base64.StdEncoding.EncodeToString(token)
}

// field returns the value at a path of names, or of places in lists, with dots between them; "." is the whole.
func field(raw json.RawMessage, path string) any {
	var value any
	if json.Unmarshal(raw, &value) != nil || path == "." {
		return value
	}
	for path != "" {
		if list, isList := value.([]any); isList {
			var place string
			place, path, _ = strings.Cut(path, ".")
			n, err := strconv.Atoi(place)
			if err != nil || n >= len(list) {
				return nil
			}
			value = list[n]
			continue
		}
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		if exact, ok := object[path]; ok {
			return exact
		}
		var name string
		name, path, _ = strings.Cut(path, ".")
		value = object[name]
	}
	return value
}

// sorted orders lists of names, which daemons give in any order, anywhere inside the value but in results of SQL.
func sorted(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			if name != "rows" && name != "columns" {
				v[name] = sorted(v[name])
			}
		}
	case []any:
		for i := range v {
			v[i] = sorted(v[i])
		}
		slices.SortStableFunc(v, func(a, b any) int {
			x, isText := a.(string)
			y, areTexts := b.(string)
			if !isText || !areTexts {
				return 0
			}
			return strings.Compare(x, y)
		})
	}
	return value
}

var volatileTexts = []struct {
	match *regexp.Regexp
	text  string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA256"},
	{regexp.MustCompile(`\b[0-9a-f]{192}\b`), "SCRYPT"},
	{regexp.MustCompile(`/(tmp|var)/[^" ]*/(storage-pools|disks)/`), "VAR/$2/"},
	{regexp.MustCompile(`\(\[dial tcp [^\]]*\]\)`), "(REASON)"},
	{regexp.MustCompile(`lookup (\S+) on \S+: dial udp \S+: connect: network is unreachable`), "lookup $1: NO NETWORK"},
	{regexp.MustCompile(`fd42:[0-9a-f:]+/64`), "IPV6/64"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ][0-9:.]+(Z|[ +-][0-9:+ UTC]+)?`), "TIME"},
}

// normal replaces what differs from run to run.
func normal(text string) string {
	for _, v := range volatileTexts {
		text = v.match.ReplaceAllString(text, v.text)
	}
	return text
}
