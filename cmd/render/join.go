package render

import (
	"errors"
	"strings"

	"clusterctl/apply"
	"clusterctl/cmd/session"
)

// ErrorText is what went wrong, each join that failed with what it left and what to do next.
func ErrorText(err error) string {
	var join *apply.JoinError
	if !errors.As(err, &join) {
		return err.Error()
	}
	if many, ok := errors.Unwrap(err).(interface{ Unwrap() []error }); ok {
		var texts []string
		for _, e := range many.Unwrap() {
			texts = append(texts, ErrorText(e))
		}
		return strings.Join(texts, "\n")
	}
	return strings.Join(append([]string{err.Error()}, joinLines(join)...), "\n")
}

func joinLines(e *apply.JoinError) []string {
	var out []string
	add := func(yes bool, line string) {
		if yes {
			out = append(out, "  "+line)
		}
	}
	add(e.TokenCancelled, "tidied up: the join token has been cancelled")
	add(e.CertificateRemoved, "tidied up: the certificate of "+e.Member+" has been removed from the trust store")
	add(len(e.Left.Lost) > 0, "lost: "+strings.Join(e.Left.Lost, ", ")+
		" went with the join that failed, on all members; the next plan makes again what the preseed has")
	add(e.Left.Listed, "left behind: "+e.Member+" is listed as a member of the cluster")
	if !e.Left.Listed {
		add(e.Left.Pending, "left behind: a pending row for "+e.Member+" in the cluster's table nodes")
		add(e.Left.Database > 0, "left behind: "+e.Member+" has a database of the cluster, so it can neither join again nor work alone")
		add(e.Left.Database < 0, "left behind: "+e.Member+" did not say whether it has a database of the cluster")
		add(true, "left behind: "+e.Member+" may keep core.https_address and cluster.https_address set; a new join overwrites them")
	}
	add(true, "next: "+session.Advice(e))
	return out
}
