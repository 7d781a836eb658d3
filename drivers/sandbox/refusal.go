package sandbox

import (
	"errors"
	"strings"
	"sync"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// refusals remembers of what a copy refused whether the servers would refuse it, too.
type refusals struct {
	mu sync.Mutex
	// doubted are texts that come of what the sandbox lacks, sure those of rules that all servers have.
	doubted, sure map[string]bool
}

// note remembers why a call failed.
func (r *refusals) note(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.doubted == nil {
		r.doubted, r.sure = map[string]bool{}, map[string]bool{}
	}
	problem, known := errors.AsType[*problem](err)
	switch _, ours := errors.AsType[*sqlFault](err); {
	case ours || known && problem.unplayed:
		r.doubted[err.Error()] = true
	case known && problem.everywhere:
		r.sure[err.Error()] = true
	}
}

// sqlFault is a statement of the sandbox that SQLite refuses.
type sqlFault struct{ error }

// Unwrap returns what SQLite says.
func (f *sqlFault) Unwrap() error { return f.error }

// everywhere marks the refusal of a rule that all servers have, whatever their version.
func everywhere(err error) error {
	p, known := errors.AsType[*problem](err)
	if !known {
		p = &problem{status: 500, text: err.Error()}
	}
	marked := *p
	marked.everywhere = true
	return &marked
}

// played reports servers whose every refusal the sandbox knows: the rules and words are theirs.
func played(f schema.Flavour) bool {
	return f.Product == schema.LXD && (f.Version == "5.0" || strings.HasPrefix(f.Version, "5.0."))
}

// Refusal returns the words of a copy that has refused a call, if the servers that it is a copy of would refuse that,
// too. Everything else is a fault of the copy, or of the way to it.
func (w *World) Refusal(err error) (words string, refused bool) {
	known, ok := errors.AsType[*drivers.Error](err)
	if !ok || known.Err == nil {
		return "", false
	}
	switch known.Kind {
	case drivers.NotFound, drivers.Conflict, drivers.Invalid, drivers.Denied, drivers.Internal:
	default:
		return "", false
	}
	words = known.Err.Error()
	w.refusals.mu.Lock()
	defer w.refusals.mu.Unlock()
	sure := w.refusals.sure[words] || played(w.copied.Live.Facts.Flavour)
	return words, sure && !w.refusals.doubted[words] && !strings.Contains(words, "sandbox")
}
