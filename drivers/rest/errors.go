package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"clusterctl/drivers"
)

var errNoEnvelope = errors.New("it is not in the form in which LXD and Incus answer")

// knownTexts are parts of the daemon's texts that say more than the status, the first match counts. LXD 5.0.2 answers
// 500 to all of them but where a status is noted.
var knownTexts = []struct {
	text string
	kind drivers.Kind
}{
	{"no available dqlite leader server found", drivers.NoLeader}, // also 503
	{"RAFT cluster is unavailable", drivers.NoLeader},
	{"no elected leader", drivers.NoLeader},
	{"failed to create dqlite connection", drivers.NoLeader},
	{"Failed to begin transaction: context deadline exceeded", drivers.NoLeader},
	{"Unable to find leader address", drivers.NoLeader},
	{"Not leader", drivers.NoLeader},
	{"daemon setup in progress", drivers.Starting}, // 503
	{"daemon not ready yet", drivers.Starting},     // 503
	{"aemon is starting up", drivers.Starting},     // also "failed to notify peer ...", incus 6.0.4
	{"peer node", drivers.Unreachable},             // peer node ADDRESS is down
	{"Unable to connect", drivers.Unreachable},
	{"Missing event connection", drivers.Unreachable},
	{"already exists", drivers.Conflict},
	{"already defined", drivers.Conflict},
	{"already created", drivers.Conflict},
	{"already clustered", drivers.Conflict}, // 400
	{"already trusted", drivers.Conflict},   // 400
	{"is currently in use", drivers.Conflict},
	{"context deadline exceeded", drivers.NoLeader}, // GET /1.0/cluster/members without a quorum
}

// Classify returns the kind of a failure that a daemon answered with that HTTP status and text. The same texts end
// a failed operation; its status code serves as status then.
func Classify(status int, text string) drivers.Kind {
	for _, known := range knownTexts {
		if strings.Contains(text, known.text) {
			return known.kind
		}
	}
	switch status {
	case http.StatusBadRequest:
		return drivers.Invalid
	case http.StatusUnauthorized, http.StatusForbidden:
		return drivers.Denied
	case http.StatusNotFound:
		return drivers.NotFound
	case http.StatusConflict:
		return drivers.Conflict
	case http.StatusPreconditionFailed:
		return drivers.Precondition
	case http.StatusServiceUnavailable:
		return drivers.Starting
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return drivers.Unsupported
	}
	return drivers.Internal
}

// broken says of a connection that broke once a call that changes something was under way what that may mean: "EOF"
// says nothing.
func broken(connected bool, call drivers.Call, err error) error {
	if !connected || call.Looks() || drivers.KindOf(err) != "" {
		return err
	}
	return fmt.Errorf("the connection broke, and the daemon may go on; what became of it shows in the next plan (%w)", err)
}

// answerKind classifies an answer that broke off or made no sense.
func answerKind(ctx context.Context, status int, err error) drivers.Kind {
	var syntax *json.SyntaxError
	var form *json.UnmarshalTypeError
	switch {
	case ctx.Err() != nil:
		return drivers.Timeout
	case errors.Is(err, errTooLarge):
		return drivers.Internal
	case errors.Is(err, errNoEnvelope), errors.As(err, &syntax), errors.As(err, &form), errors.Is(err, io.EOF):
		if status >= 400 {
			return Classify(status, "")
		}
		return drivers.Unsupported
	}
	return drivers.Unreachable
}

// bare takes the URL out of the error of net/http: the caller names the call already.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// secretWords mark the fields of a request whose values must not be shown: cluster_password, trust_token,
// core.trust_password, maas.api.key, cluster_certificate_key and the like.
var secretWords = []string{"password", "secret", "token", "api.key", "_key", "private"}

// withoutSecrets replaces in the daemon's text the values of the request's secret fields.
func withoutSecrets(text string, body []byte) string {
	var request any
	if len(body) == 0 || json.Unmarshal(body, &request) != nil {
		return text
	}
	for _, secret := range secretsIn(request, false) {
		quoted := strings.Trim(strconv.Quote(secret), `"`)
		if len(secret) < 4 && strings.Contains(text, secret) {
			return "the daemon's reason is withheld because it may quote a secret"
		}
		text = strings.ReplaceAll(strings.ReplaceAll(text, secret, "***"), quoted, "***")
	}
	return text
}

// secretsIn returns the texts below fields whose names mark secrets.
func secretsIn(value any, marked bool) []string {
	switch v := value.(type) {
	case string:
		if marked && v != "" {
			return []string{v}
		}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, secretsIn(item, marked)...)
		}
		return out
	case map[string]any:
		var out []string
		for name, item := range v {
			out = append(out, secretsIn(item, marked || secretName(name))...)
		}
		return out
	}
	return nil
}

func secretName(name string) bool {
	for _, word := range secretWords {
		if strings.Contains(strings.ToLower(name), word) {
			return true
		}
	}
	return false
}
