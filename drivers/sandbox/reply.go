package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// reply is the answer of a handler that succeeded.
type reply struct {
	// status is the HTTP status; zero is 200.
	status   int
	metadata any
	// location is the Location header.
	location string
	// etag is what the ETag is computed from; nil for answers without one.
	etag any
	// op makes the answer asynchronous.
	op *operation
}

func ok(metadata any) (reply, error) { return reply{metadata: metadata}, nil }

// done is the answer of a change that went well if there is no error: LXD sends an empty object.
func done(err error) (reply, error) { return reply{metadata: struct{}{}}, err }

// created answers 201. LXD does not escape the name in the path either.
func created(location string) (reply, error) {
	return reply{status: http.StatusCreated, location: location}, nil
}

// problem is an error with LXD's HTTP status and text.
type problem struct {
	status int
	text   string
	// keep commits what was done before.
	keep bool
	// unplayed: it is the sandbox that lacks something.
	unplayed bool
	// sent is the HTTP status where it is not that of the text.
	sent int
}

func (p *problem) Error() string { return p.text }

// strange refuses a key that the sandbox's own tables lack: a server may have it. Those of instances and devices are
// the tables of clusterctl, and an unknown one is refused as anything else.
func strange(status int, format string, args ...any) error {
	return &problem{status: status, text: fmt.Sprintf(format, args...), unplayed: true}
}

func fail(status int, format string, args ...any) error {
	return &problem{status: status, text: fmt.Sprintf(format, args...)}
}

// prefixed says before an error what it came of; the status stays.
func prefixed(text string, err error) error {
	if p, ok := errors.AsType[*problem](err); ok {
		return &problem{status: p.status, text: text + p.text, keep: p.keep, unplayed: p.unplayed}
	}
	return fmt.Errorf("%s%w", text, err)
}

// halfDone is a failure after which the changes made so far stay.
func halfDone(format string, args ...any) error {
	return &problem{status: http.StatusInternalServerError, text: fmt.Sprintf(format, args...), keep: true,
		unplayed: slices.ContainsFunc(args, unplayed)}
}

// unplayed reports an error that comes of what the sandbox lacks.
func unplayed(arg any) bool {
	err, _ := arg.(error)
	p, ok := errors.AsType[*problem](err)
	_, ours := errors.AsType[*sqlFault](err)
	return ours || ok && p.unplayed
}

// envelope is the JSON that surrounds every answer.
type envelope struct {
	Type       string `json:"type"`
	Status     string `json:"status"`
	StatusCode int    `json:"status_code"`
	Operation  string `json:"operation"`
	ErrorCode  int    `json:"error_code"`
	Error      string `json:"error"`
	Metadata   any    `json:"metadata"`
}

func send(w http.ResponseWriter, r reply) {
	switch {
	case r.op != nil:
		w.Header().Set("Location", r.op.path())
		sendJSON(w, http.StatusAccepted, envelope{Type: "async", Status: "Operation created", StatusCode: 100,
			Operation: r.op.path(), Metadata: r.op.snapshot()})
	default:
		if r.location != "" {
			w.Header().Set("Location", r.location)
		}
		if r.etag != nil {
			w.Header().Set("ETag", quoted(hash(r.etag)))
		}
		status := r.status
		if status == 0 {
			status = http.StatusOK
		}
		sendJSON(w, status, envelope{Type: "sync", Status: "Success", StatusCode: 200, Metadata: r.metadata})
	}
}

func sendError(w http.ResponseWriter, err error) {
	p, ok := errors.AsType[*problem](err)
	if !ok {
		p = &problem{status: http.StatusInternalServerError}
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	sendJSON(w, cmp.Or(p.sent, p.status), envelope{Type: "error", ErrorCode: p.status, Error: err.Error()})
}

func sendJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone; nobody is left to tell
}

func hash(v any) string {
	raw, _ := json.Marshal(v) // plain data always marshals
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func quoted(s string) string { return `"` + s + `"` }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
