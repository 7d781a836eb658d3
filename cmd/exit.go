package cmd

import "clusterctl/cmd/session"

// ExitCode is how the process ends; scripts rely on the numbers.
type ExitCode = session.ExitCode

// meaning says what an exit code means.
type meaning struct {
	Code    ExitCode
	Meaning string
}

// exitMeanings is the table that docs/exit-codes.md and the man page show.
func exitMeanings() []meaning {
	return []meaning{
		{session.ExitDone, "Done, or nothing to do."},
		{session.ExitError, "Error: anything that is not below."},
		{session.ExitChanges, "There are changes; only with --detailed-exitcode."},
		{session.ExitInvalid, "The preseed is invalid. Nothing was touched."},
		{session.ExitStale, "The saved plan is stale: the cluster changed since. Nothing was touched."},
		{session.ExitConsent, "Consent is missing, a guard refused the plan, or a saved plan has no seal of yours. Nothing was touched."},
		{session.ExitPartial, "Apply stopped part-way. Run it again: it goes on from what the database says."},
		{session.ExitLocked, "Somebody else is changing this cluster."},
		{session.ExitUnreachable, "The cluster cannot be reached, a server shows a certificate that nobody vouches for, or the database has no quorum."},
		{session.ExitIncomplete, "Incomplete: nothing differs in what was seen, and something declared was not seen; only with --detailed-exitcode."},
		{session.ExitUsage, "Wrong usage: an unknown command or flag, a name that means nothing here, or no input."},
		{session.ExitInterrupted, "Interrupted (Ctrl-C)."},
		{session.ExitTerminated, "Terminated (SIGTERM), or the terminal went away (SIGHUP)."},
	}
}
