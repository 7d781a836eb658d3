package care

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// newerCopy begins what --allow-destroy names to go on with an older copy.
const newerCopy = "newer-copy/"

// judge says what speaks against going on with the chosen copy, and what is lost with it.
func judge(copies []Copy, chosen Copy, found bool, opts RecoveryOptions) schema.Diagnostics {
	if !found {
		return noSurvivor(opts)
	}
	var out schema.Diagnostics
	add := func(code schema.Code, hint, format string, args ...any) {
		diag := refusal(code, plan.MemberRef(chosen.Member), hint, format, args...)
		diag.Member = chosen.Member
		out = append(out, diag)
	}
	switch {
	case chosen.Fault != "":
		add(plan.CodeNoSurvivor, "mend the connection, or choose another survivor", "cannot recover on %s: %s",
			chosen.Member, chosen.Fault)
	case chosen.Role() != schema.Voter:
		add(plan.CodeNoSurvivor, "choose a voter", "cannot recover on %s: it is %s, and only a voter has the whole database",
			chosen.Member, cmp.Or(string(chosen.Role()), "no member"))
	}
	for _, c := range copies {
		if c.Fault == "" && (c.Daemon.Stop == "" || c.Daemon.Start == "") {
			add(plan.CodeNoService, "give --stop-command and --start-command",
				"cannot stop and start the daemon of %s: no package keeps its state in %s", c.Member, c.Daemon.Folder)
		}
	}
	_, why := Survivor(copies)
	answering := enough(copies, chosen)
	switch {
	case opts.Survivor != "":
	case answering != "":
		add(plan.CodeNotLostYet, "start their daemons; if these are beyond starting: --survivor "+chosen.Member,
			"the quorum is not lost: %s", answering)
	case why != "":
		add(plan.CodeNoSurvivor, "name the member that is to go on: --survivor MEMBER", "cannot choose the survivor: %s", why)
	}
	if out.Has(schema.SeverityRefusal) {
		return out
	}
	return slices.Concat(out, olderThan(copies, chosen, opts), dated(copies, chosen), inVain(chosen, answering))
}

// inVain warns of a recovery that may not be needed, where the machines of enough voters answer.
func inVain(chosen Copy, answering string) schema.Diagnostics {
	if answering == "" {
		return nil
	}
	return schema.Diagnostics{{Severity: schema.SeverityWarning, Code: plan.CodeNotLostYet, Member: chosen.Member,
		Summary: answering + ": where their daemons start, nothing has to be recovered"}}
}

// noSurvivor says that there is no copy to go on with.
func noSurvivor(opts RecoveryOptions) schema.Diagnostics {
	diag := refusal(plan.CodeNoSurvivor, schema.Ref{},
		"give every surviving member with a connection over ssh:// or unix://",
		"cannot recover: no voter of the database has survived where it can be seen")
	if opts.Survivor != "" {
		diag.Summary = fmt.Sprintf("cannot recover on %s: the files do not have it", opts.Survivor)
	}
	return schema.Diagnostics{diag}
}

// olderThan names the copies that are newer than the chosen one, and what only they have.
func olderThan(copies []Copy, chosen Copy, opts RecoveryOptions) (out schema.Diagnostics) {
	for _, c := range copies {
		if c.Fault != "" || c.Member == chosen.Member || c.compare(chosen) <= 0 {
			continue
		}
		diag := plan.Refusal(plan.CodeOlderCopy, schema.Position{}, plan.MemberRef(chosen.Member),
			"%s has a newer copy (%s) than %s (%s): with %s alone is lost %s",
			c.Member, c.ends(), chosen.Member, chosen.ends(), chosen.Member, missing(c, chosen, opts.Gaps))
		diag.Member = chosen.Member
		diag.Hint = fmt.Sprintf("choose %s, or insist: --survivor %s --allow-destroy %s", c.Member, chosen.Member,
			newerCopy+c.Member)
		if c.Role() != schema.Voter || slices.Contains(opts.AllowDestroy, newerCopy+c.Member) {
			diag.Severity, diag.Hint = schema.SeverityWarning, "its archive keeps it"
		}
		out = append(out, diag)
	}
	return out
}

func (c Copy) ends() string {
	if c.Unread != "" {
		return "which cannot be read"
	}
	return fmt.Sprintf("entry %d of term %d", c.Last.Index, c.Last.Term)
}

// missing says what only the newer copy has.
func missing(newer, chosen Copy, gaps []Gap) string {
	i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Member == newer.Member })
	if i < 0 {
		return "what only it has"
	}
	g := gaps[i]
	text := schema.Count(int(g.Entries), "entry") + " of the log"
	if !g.Exact {
		text = "at least " + text
	}
	if !newer.Newest.IsZero() && !chosen.Newest.IsZero() {
		text += fmt.Sprintf(", of at most %s", newer.Newest.Add(newer.Round).Sub(chosen.Newest).Round(time.Second))
	}
	switch {
	case g.Compared && len(g.Objects) == 0:
		return text + ", in which nothing differs that plans know"
	case g.Compared:
		return text + ", with " + listed(g.Objects)
	}
	return text + "; the rows could not be compared"
}

// listed names the first objects.
func listed(refs []schema.Ref) string {
	const most = 10
	names := schema.Map(refs[:min(most, len(refs))], func(ref schema.Ref) string { return ref.String() })
	if more := len(refs) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// dated says until when the chosen copy goes. Each round of heartbeats is stored, and nothing is without a majority.
func dated(copies []Copy, chosen Copy) schema.Diagnostics {
	if chosen.Newest.IsZero() {
		return schema.Diagnostics{{Severity: schema.SeverityWarning, Code: plan.CodeCopyDate, Member: chosen.Member,
			Summary: fmt.Sprintf("it is not known until when the copy of %s goes: its rows cannot be read", chosen.Member)}}
	}
	diag := schema.Diagnostic{Severity: schema.SeverityAdvice, Code: plan.CodeCopyDate, Member: chosen.Member,
		Summary: fmt.Sprintf("the newest heartbeat in the copy of %s is of %s UTC, and there is one every %s: "+
			"nothing after %s is in this copy", chosen.Member, chosen.Newest.UTC().Format(time.DateTime), chosen.Round,
			chosen.Newest.Add(chosen.Round).UTC().Format(time.TimeOnly))}
	if lost := lostVoters(copies, chosen); len(lost) > 0 {
		diag.Detail = fmt.Sprintf("At most %s may be missing if %s was up and connected until the last of %s was lost. "+
			"What they stored without it is lost with them, and cannot be known here.",
			chosen.Round, chosen.Member, strings.Join(lost, ", "))
	}
	return schema.Diagnostics{diag}
}

// enough says that the machines of enough voters for a quorum answer, by the newest configuration; empty if not.
func enough(copies []Copy, newest Copy) string {
	var alive []string
	voters := 0
	for _, m := range newest.Members {
		if m.Role != schema.Voter {
			continue
		}
		voters++
		if i := slices.IndexFunc(copies, func(c Copy) bool { return c.Fault == "" && c.is(m) }); i >= 0 {
			alive = append(alive, copies[i].Member)
		}
	}
	needed := voters/2 + 1
	if len(alive) < needed {
		return ""
	}
	slices.Sort(alive)
	return fmt.Sprintf("the machines of %s answer (%s), and %d are needed", schema.Count(len(alive), "voter"),
		strings.Join(alive, ", "), needed)
}
