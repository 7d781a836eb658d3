package render

import (
	"errors"
	"fmt"
	"strings"

	"clusterctl/apply"
	"clusterctl/schema"
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
	add(e.Left.Listed, "left behind: "+e.Member+" is listed as a member of the cluster")
	if !e.Left.Listed {
		add(e.Left.Pending, "left behind: a pending row for "+e.Member+" in the cluster's table nodes")
		add(e.Left.Database > 0, "left behind: "+e.Member+" has a database of the cluster, so it can neither join again nor work alone")
		add(e.Left.Database < 0, "left behind: "+e.Member+" did not say whether it has a database of the cluster")
		add(true, "left behind: "+e.Member+" may keep core.https_address and cluster.https_address set; a new join overwrites them")
	}
	for _, step := range nextSteps(e) {
		add(true, "next: "+step)
	}
	return out
}

// nextSteps are the things to do after a join that failed, in order; commands among them are for the places they name.
func nextSteps(e *apply.JoinError) []string {
	switch e.Next {
	case apply.NextRepair:
		return repair(e)
	case apply.NextWait:
		return []string{"the daemons go on by themselves: apply again in a moment"}
	case apply.NextOnline:
		return []string{"apply again once it is Online; it continues from what the database says"}
	case apply.NextStart:
		return []string{"start the daemon of " + e.Member + " if it is dead, and apply again: it goes on by itself, " +
			"or the plan says what stands in the way (docs/joins.md, A join that did not end)"}
	case apply.NextPassword:
		return []string{"give the cluster's core.trust_password as the password, or none at all to have a join token minted; then apply again"}
	default:
		return []string{"mend the cause and apply again"}
	}
}

// repair is the recipe that mends a hung or half-done join, measured on LXD 5.0.2 and Incus 6.0.4.
func repair(e *apply.JoinError) []string {
	d := lxdWords
	if e.Flavour.Product == schema.Incus {
		d = incusWords
	}
	return []string{
		fmt.Sprintf("on a member of the cluster: %s cluster remove-raft-node %s -q (that there is none is fine; while a configuration change is already in progress, repeat it)", d.daemon, e.Address),
		fmt.Sprintf("on a member of the cluster: %s sql global \"DELETE FROM nodes WHERE name='%s' AND state=1\"",
			d.admin, e.Member),
		fmt.Sprintf("on %s: %s (it ignores a gentle stop while it hangs)", e.Member, d.kill),
		fmt.Sprintf("on %s, if nothing lived there before the join: cd %s && rm -rf database storage-pools/* networks/* cluster.crt cluster.key cluster.ca", e.Member, d.folder),
		fmt.Sprintf("on %s: ip link del BRIDGE for every managed bridge of the cluster; %s", e.Member, d.start),
		"apply again",
	}
}

// daemonWords are the commands and places of one product.
type daemonWords struct{ daemon, admin, kill, start, folder string }

var (
	lxdWords = daemonWords{daemon: "lxd", admin: "lxd", kill: "systemctl kill -s KILL lxd (snap: snap.lxd.daemon)",
		start: "systemctl start lxd (snap: snap start lxd)", folder: "/var/lib/lxd (snap: /var/snap/lxd/common/lxd)"}
	incusWords = daemonWords{daemon: "/usr/libexec/incus/incusd", admin: "incus admin",
		kill:  "systemctl kill -s KILL incus",
		start: "systemctl start incus", folder: "/var/lib/incus"}
)
