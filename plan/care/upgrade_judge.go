package care

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// preflight says what has to be in order before an upgrade.
func preflight(live schema.Cluster, order []string, opts UpgradeOptions) schema.Diagnostics {
	f := live.Facts
	if !f.Clustered || f.Source != "dqlite" {
		return schema.Diagnostics{refusal(plan.CodeDatabase, schema.Ref{},
			"give a member with a connection over ssh:// or unix://",
			"cannot upgrade without seeing the cluster's database: members that wait for others answer nothing else")}
	}
	var out schema.Diagnostics
	if f.Leader == "" {
		out = append(out, refusal(plan.CodeDatabase, schema.Ref{},
			"run it again; clusterctl doctor says what keeps the leader from being asked",
			"cannot upgrade while it is not known who leads the database: the leader is upgraded last"))
	}
	for _, name := range f.MemberOrder() {
		if diag, elsewhere := leadsElsewhere(f, name); elsewhere {
			out = append(out, diag) // what is found there is not this member's
			continue
		}
		out = slices.Concat(out, notUp(f, name, order, opts), notHandled(name, order, opts))
	}
	for _, o := range live.Objects() {
		if o.State == schema.StatePending || o.State == schema.StateErrored {
			out = append(out, refusal(plan.CodePendingObject, o.Ref, "finish it with clusterctl apply, or delete it",
				"cannot upgrade while %s is %s", o.Ref, o.State))
		}
	}
	if len(opts.Operations) > 0 {
		out = append(out, refusal(plan.CodeOperations, schema.Ref{},
			"wait until they have ended: "+f.Flavour.Product.Client()+" operation list",
			"cannot upgrade while operations run: %s", strings.Join(opts.Operations, ", ")))
	}
	return append(out, upgradeAdvice(live, order, opts)...)
}

// refusal refuses and says what to do about it.
func refusal(code schema.Code, ref schema.Ref, hint, format string, args ...any) schema.Diagnostic {
	diag := plan.Refusal(code, schema.Position{}, ref, format, args...)
	diag.Hint = hint
	return diag
}

// notUp says of a member that it does not run as it has to. Those that are upgraded wait for the others. One that was
// restarted before it was upgraded does not start any more; its machine has to answer.
func notUp(f schema.Facts, name string, order []string, opts UpgradeOptions) schema.Diagnostics {
	m, ref := f.Members[name], plan.MemberRef(name)
	_, known := opts.Daemons[name]
	excused := mixed(f) && (newest(f, name) || known) || startable(f, name, order, opts)
	switch {
	case m.State == schema.StatePending:
		return schema.Diagnostics{refusal(plan.CodeStuckJoin, ref, "finish or remove it first",
			"cannot upgrade while the join of %s has not ended", name)}
	case !m.Online && !excused:
		return schema.Diagnostics{refusal(plan.CodeOffline, ref, "start its daemon",
			"cannot upgrade while %s is offline: its heartbeat is %s old", name, m.HeartbeatAge.Round(time.Second))}
	case f.Hosts[name].Fault != "" && !excused:
		return schema.Diagnostics{refusal(plan.CodeUnreachable, ref, "mend its connection",
			"cannot upgrade %s: %s", name, f.Hosts[name].Fault)}
	}
	return nil
}

// notHandled says of a member that is to be upgraded that it is not known how.
func notHandled(name string, order []string, opts UpgradeOptions) schema.Diagnostics {
	d, known := opts.Daemons[name]
	switch {
	case !slices.Contains(order, name):
	case d.Fault != "":
		return schema.Diagnostics{refusal(plan.CodeNoService, plan.MemberRef(name),
			"give it a connection over ssh:// as root, or commands that work without: --command and --restart-command",
			"cannot upgrade %s: %s", name, d.Fault)}
	case !known || d.Upgrade == "" || d.Restart == "":
		return schema.Diagnostics{refusal(plan.CodeNoService, plan.MemberRef(name),
			"give --command and --restart-command, and every member a connection over ssh:// or unix://",
			"cannot upgrade %s: how is not known", name)}
	}
	return nil
}

// leadsElsewhere says that a member's connection leads to a server that is not this member, if it does.
func leadsElsewhere(f schema.Facts, name string) (schema.Diagnostic, bool) {
	s := guard.LookAt(f, name, "", guard.ToUse)
	row, ok := guard.Judge(s)
	if !ok || row.Code != plan.CodeIdentity {
		return schema.Diagnostic{}, false
	}
	diag := row.Diagnostic(s, schema.SeverityRefusal)
	diag.Ref = plan.MemberRef(name)
	return diag, true
}

func upgradeAdvice(live schema.Cluster, order []string, opts UpgradeOptions) schema.Diagnostics {
	var out schema.Diagnostics
	advise := func(severity schema.Severity, code schema.Code, format string, args ...any) {
		out = append(out, schema.Diagnostic{Severity: severity, Code: code, Summary: fmt.Sprintf(format, args...)})
	}
	voters := (&upgrade{live: live}).voters("")
	switch {
	case len(order) == 0:
	case mixed(live.Facts):
		advise(schema.SeverityWarning, plan.CodeNoReturn, "an upgrade has begun: members wait for %s",
			strings.Join(order, ", "))
	case voters.Needed > voters.Online-1:
		advise(schema.SeverityWarning, plan.CodeQuorum,
			"the database stops while a voter restarts: %d voters are online and %d are needed", voters.Online,
			voters.Needed)
	}
	for _, name := range order {
		for _, o := range view.Unmovable(live, name) {
			if opts.Evacuate {
				advise(schema.SeverityRefusal, plan.CodeRule,
					"cannot evacuate %s: the daemon would end over %s, which has a disk without a pool; set its %s "+
						"to stop first",
					name,
					o.Ref, view.PolicyKey)
			}
		}
	}
	if opts.Evacuate {
		advise(schema.SeverityAdvice, plan.CodeNoReturn,
			"instances can be moved only while both members run the same database schema and API; if the new version "+
				"changes them, leave --evacuate out")
	}
	return out
}
