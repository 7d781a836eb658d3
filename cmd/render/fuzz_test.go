package render_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"clusterctl/cmd/render"
	"clusterctl/plan"
	"clusterctl/plan/order"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// A plan as a stranger may write it: an operation under a title of another one, runs of commands, needs in a circle.
const forgedPlan = `{"format_version": 1, "flavour": {"product": "lxd", "version": "5.0.2"}, "source": "dqlite", "files": ["preseed.yaml"],
"changes": [{"kind": "profile", "name": "web", "project": "", "action": "update", "reason": "", "fields": [
  {"path": "config.user.a", "key": "user.a", "old": "a\nb", "new": "a\nc\u001b[2J"}, {"path": "devices.root", "device": "root", "old": "", "new": ""}]}],
"steps": [
{"id": "a", "kind": "shell", "title": "Create profile web", "member": "node2", "needs": ["b", "c"], "risk": {"level": "none"}, "expect": {},
 "op": {"kind": "shell", "shell": {"task": "service", "binary": "lxd", "folder": "/x", "text": "id"}}},
{"id": "b", "kind": "create", "title": "::error::x", "member": "", "needs": ["a"], "risk": {"level": "high"}, "expect": {"ref": {"kind": "profile", "name": "web"}},
 "op": {"kind": "request", "request": {"method": "POST", "path": "/1.0/profiles", "body": {"name": "${secret:server/core.trust_password}"}}}}],
"members": [{"name": "node2", "address": "127.0.0.12:8443", "connection": {"ssh": {"host": "127.0.0.12"}}}], "bootstrap": "node2",
"base": {"member//node2": "e354223d"}, "diagnostics": [{"severity": "warning", "code": "x", "summary": "y", "line": 99999999}]}`

// FuzzPlan holds that whatever is in a file that is taken for a plan, it is judged and shown, in all forms.
func FuzzPlan(f *testing.F) {
	f.Add([]byte(forgedPlan))
	f.Add([]byte(`{"format_version": 1, "steps": [{}], "changes": [{}], "unseen": [{}]}`))
	reg := kinds.Registry()
	f.Fuzz(func(_ *testing.T, data []byte) {
		p, _, err := plan.Open(data, []byte("key"))
		if err != nil {
			return
		}
		for _, step := range p.Steps {
			_ = step.Vet(reg) // refused or not
		}
		render.Plan(io.Discard, render.Paint{}, render.Header{}, p)
		render.PlanMarkdown(io.Discard, render.Header{}, p, render.MarkdownBudget)
		_, _ = json.Marshal(p)                               // what cannot be written is said
		_ = order.Of(p.Steps).Dot()                          // as above
		_ = plan.Moved(p, schema.NewCluster(schema.Facts{})) // as above
	})
}

// FuzzJournal holds that a journal is shown whatever is in it.
func FuzzJournal(f *testing.F) {
	events, err := os.ReadFile(filepath.Join("testdata", "events.jsonl"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(events)
	f.Add([]byte(`{"kind": "event", "message": "a\u001b[31mb\r\u202e"}` + "\n" + `{"kind": "outcome", "result": 1}` + "\n{"))
	f.Fuzz(func(_ *testing.T, data []byte) { render.RunEvents(io.Discard, data) })
}
