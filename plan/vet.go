package plan

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"clusterctl/schema"
)

// Vet returns why a step that was read from a file is none that an unsealed plan may have: it runs a command, goes past
// the public API or to something else than what it says it is about, or sends a secret elsewhere than to its key.
func (s Step) Vet(reg schema.Registry) error {
	r := s.Op.Request
	switch {
	case s.Op.Shell != nil || s.Op.Kind == OpShell || s.Op.Kind == OpRestart:
		return fmt.Errorf("step %s has an operation that 'clusterctl plan' never saves without a seal: it runs a command",
			s.ID)
	case s.Op.LeaveRaft != nil:
		return fmt.Errorf("step %s has an operation that 'clusterctl plan' never saves without a seal: it goes past the API",
			s.ID)
	case r == nil:
		return nil
	case !s.canonical(reg, r.Path):
		return fmt.Errorf("step %s has an operation that 'clusterctl plan' never saves: %s %s for %s", s.ID, r.Method, r.Path,
			s.Cause)
	}
	var body any
	if len(r.Body) > 0 && json.Unmarshal(r.Body, &body) != nil {
		return fmt.Errorf("step %s has a body that is no JSON", s.ID)
	}
	if name := s.misplaced(body, ""); name != "" {
		return fmt.Errorf("step %s sends the secret %s to another place than its own", s.ID, name)
	}
	return nil
}

var certificatePath = regexp.MustCompile(`^/1\.0/certificates/[0-9a-f]+$`)

// canonical reports a path that calls about the step's object have, in the one spelling that it has.
func (s Step) canonical(reg schema.Registry, path string) bool {
	kind, _ := reg.Kind(s.Cause.Kind)
	if path == "/1.0" {
		return kind.Lifecycle == schema.Membership || kind.Lifecycle == schema.Singleton
	}
	const deletes = "DELETE"
	if kind.Lifecycle == schema.Membership && s.Member == s.Cause.Name && s.Op.Request.Method == deletes &&
		certificatePath.MatchString(path) {
		return true // what an earlier join has left on a joiner
	}
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "" || plain == "." || plain == ".." || url.PathEscape(plain) != segment {
			return false
		}
	}
	if images, ours := strings.CutSuffix(kind.Path, "/aliases"); ours && strings.HasPrefix(path, images) {
		file := strings.TrimPrefix(strings.TrimPrefix(path, images), "/")
		return file == "" || !strings.Contains(file, "/") || path == kind.ListPath(s.Cause) ||
			path == kind.ObjectPath(s.Cause)
	}
	object := kind.ObjectPath(s.Cause)
	return kind.Path != "" && (path == kind.ListPath(s.Cause) || path == object || path == object+"/state" ||
		path == object+"/rebuild")
}

// misplaced returns the name of a secret that stands elsewhere in a body than at its own key of the step's object.
func (s Step) misplaced(value any, key string) string {
	switch v := value.(type) {
	case string:
		name, secret := schema.SecretName(v)
		owner := s.Cause.String() + "/"
		if s.Op.Request.Path == "/1.0" {
			owner = "server/"
		}
		if own, ours := strings.CutPrefix(name, owner); secret &&
			(!ours || own != key && (!strings.HasSuffix(own, "."+key) || strings.Contains(own, "/"))) {
			return name
		}
	case []any:
		for _, item := range v {
			if name := s.misplaced(item, key); name != "" {
				return name
			}
		}
	case map[string]any:
		for key, item := range v {
			if name := s.misplaced(item, key); name != "" {
				return name
			}
		}
	}
	return ""
}

// Retold returns the plan as its operations alone tell it, for a file that nobody vouches for: titles, risks and
// changes are made anew, and what it says for itself is left out.
func (p *Plan) Retold() *Plan {
	out := *p
	out.Changes, out.Steps, out.Diagnostics, out.Unseen = nil, nil, nil, nil
	for _, s := range p.Steps {
		title := string(s.Op.Kind)
		if what, err := json.Marshal(s.Op); err == nil {
			title = string(what)
		}
		s.Risk = Risk{Level: RiskMedium, Stops: "not known, since nobody vouches for this step", Undo: "not known"}
		action := Update
		if r := s.Op.Request; r != nil {
			title = r.Method + " " + r.Path
			for _, of := range [][2]string{{"target", r.Target}, {"project", r.Project}, {"", string(r.Body)}} {
				if of[1] != "" {
					title += strings.TrimRight(" "+of[0], " ") + " " + of[1]
				}
			}
			if strings.EqualFold(r.Method, "delete") {
				action, s.Risk = Delete, Risk{Level: RiskHigh, Stops: "what it holds is lost"}
			}
		}
		s.Title = title
		out.Steps = append(out.Steps, s)
		out.Changes = append(out.Changes, Change{Ref: s.Cause, Action: action, Reason: "by step " + string(s.ID)})
	}
	return &out
}
