package plan

import "clusterctl/schema"

// guardOfflineParts refuses what has to be done on a member that is offline: its volumes, forwards and instances.
func guardOfflineParts(d *draft, _ []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	told := map[schema.Ref]bool{}
	for _, s := range d.steps {
		kind, _ := d.reg.Kind(s.Cause.Kind)
		if kind.Lifecycle != schema.Placed && kind.Lifecycle != schema.Running {
			continue
		}
		for _, name := range d.down() {
			_, there := d.liveObject(s.Cause).Members[name]
			onIt := kind.Lifecycle == schema.Running && there
			if told[s.Cause] || s.Op.Request == nil || s.Op.Request.Target != name && !onIt {
				continue
			}
			told[s.Cause] = true
			diag := refusal(CodeOffline, s.At, s.Cause, "cannot change %s while %s is offline", s.Cause, name)
			diag.Member, diag.Hint = name, "bring the member back, or leave it out of this run"
			out = append(out, diag)
		}
	}
	return out
}
