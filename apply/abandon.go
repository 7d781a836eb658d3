package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// JoinError says why a join failed, what it left behind and how to go on.
type JoinError struct {
	Member string
	// Err is the cause.
	Err error
	// Tidied are sentences about what has been undone, Left about what is still there.
	Tidied, Left []string
	// Next are the things to do, in order; commands among them are for the places they name.
	Next []string
}

// Error has all of it, one thing per line.
func (e *JoinError) Error() string {
	lines := []string{fmt.Sprintf("joining %s: %v", e.Member, e.Err)}
	for _, part := range []struct {
		title     string
		sentences []string
	}{{"tidied up", e.Tidied}, {"left behind", e.Left}, {"next", e.Next}} {
		for _, sentence := range part.sentences {
			lines = append(lines, "  "+part.title+": "+sentence)
		}
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the cause.
func (e *JoinError) Unwrap() error { return e.Err }

// withdraw takes back what let the joiner in, for a join that was never asked for, and returns the cause.
func (a *attempt) withdraw(ctx context.Context, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.task.limits.Cleanup)
	defer cancel()
	a.cancelToken(ctx)
	if a.added {
		a.removeCertificate(ctx)
	}
	return cause
}

// abandon tidies up after a join that failed with cause, as far as that is safe over the REST API, and returns the
// *JoinError. It cancels the token that was minted. When the join is over (it was refused, or its operation has
// ended), the cluster lists no member of that name and the server keeps no database of the cluster, it removes the
// server's certificate from the trust store. Everything else is told, never done unasked.
func (a *attempt) abandon(ctx context.Context, cause error, over bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.task.limits.Cleanup)
	defer cancel()
	out := &JoinError{Member: a.join.Name, Err: cause}
	if a.cancelToken(ctx) {
		out.Tidied = append(out.Tidied, "the join token has been cancelled")
	}
	state := a.inspect(ctx)
	out.Left = state.sentences(a.join)
	var hung *hungError
	switch {
	case errors.As(cause, &hung):
		out.Next = a.repair()
	case errors.Is(cause, context.Canceled):
		out.Next = []string{"the daemons go on by themselves: apply again in a moment"}
	case state.member == a.join.Address:
		out.Next = []string{"apply again once it is Online; it continues from what the database says"}
	case state.database > 0 || (state.database < 0 && !over):
		start := fmt.Sprintf("start the daemon of %s if it is dead; apply again once the cluster lists it as Online; if that does not happen:", a.join.Name)
		out.Next = append([]string{start}, a.repair()...)
	default:
		if over && state.known && state.member == "" && a.removeCertificate(ctx) {
			out.Tidied = append(out.Tidied, fmt.Sprintf("the certificate of %s has been removed from the trust store", a.join.Name))
		}
		out.Next = []string{a.advice()}
	}
	return out
}

// advice says how to go on after a join that can simply be tried again.
func (a *attempt) advice() string {
	if a.join.Trust == plan.TrustPassword {
		return "give the cluster's core.trust_password as the password, or none at all to have a join token minted; then apply again"
	}
	return "mend the cause and apply again"
}

// leftovers is what a join has left.
type leftovers struct {
	// member is the address of the member that the cluster lists under the name; known is false when it did not
	// say whether there is one.
	member string
	known  bool
	// pending reports a row for a member whose join has not ended.
	pending bool
	// database is how many members the server's own list of the cluster's database has; negative when it did not say.
	database int
}

// inspect looks for leftovers.
func (a *attempt) inspect(ctx context.Context) leftovers {
	var left leftovers
	var m member
	_, err := a.task.get(ctx, "", membersPath+"/"+a.join.Name, nil, &m)
	left.member, left.known = m.address(), err == nil || drivers.Is(err, drivers.NotFound)
	left.pending = a.count(ctx, "", "global", "SELECT name FROM nodes WHERE state=1", a.join.Name) > 0
	left.database = a.count(ctx, a.joiner, "local", "SELECT address FROM raft_nodes", "")
	return left
}

func (l leftovers) sentences(j plan.Join) []string {
	if l.member == j.Address {
		return []string{fmt.Sprintf("%s is listed as a member of the cluster", j.Name)}
	}
	var out []string
	if l.pending {
		out = append(out, fmt.Sprintf("a pending row for %s in the cluster's table nodes", j.Name))
	}
	if l.database > 0 {
		out = append(out, fmt.Sprintf("%s has a database of the cluster, so it can neither join again nor work alone", j.Name))
	}
	if l.database < 0 {
		out = append(out, fmt.Sprintf("%s did not say whether it has a database of the cluster", j.Name))
	}
	return append(out, fmt.Sprintf("%s may keep core.https_address and cluster.https_address set; a new join overwrites them", j.Name))
}

// count runs a query over the daemon's own SQL endpoint, which trusted certificates of clients may not use, and
// counts the rows whose first column is want; with want empty all rows. It returns -1 when it cannot know.
func (a *attempt) count(ctx context.Context, member, database, query, want string) int {
	body := map[string]any{"database": database, "query": query}
	reply, err := a.task.ask(ctx, member, drivers.Call{Method: "POST", Path: "/internal/sql", Body: body})
	if err != nil {
		return -1
	}
	var answer struct {
		Results []struct {
			Rows [][]any `json:"rows"`
		}
	}
	if err := json.Unmarshal(reply.Metadata, &answer); err != nil || len(answer.Results) != 1 {
		return -1
	}
	n := 0
	for _, row := range answer.Results[0].Rows {
		if want == "" || (len(row) > 0 && row[0] == want) {
			n++
		}
	}
	return n
}

// cancelToken cancels the minted token and reports whether it was still there; a used one is gone.
func (a *attempt) cancelToken(ctx context.Context) bool {
	if a.tokenOperation == "" {
		return false
	}
	_, err := a.task.ask(ctx, "", drivers.Call{Method: "DELETE", Path: a.tokenOperation})
	return err == nil
}

// removeCertificate removes the joiner's certificate from the trust store if it is there as that of a member of
// this name, and reports whether it was. LXD 5.0.2 leaves it there and refuses a join under another name then.
func (a *attempt) removeCertificate(ctx context.Context) bool {
	if a.certificate.fingerprint == "" {
		return false
	}
	path := "/1.0/certificates/" + a.certificate.fingerprint
	var entry struct{ Name, Type string }
	if _, err := a.task.get(ctx, "", path, nil, &entry); err != nil || entry.Name != a.join.Name || entry.Type != "server" {
		return false
	}
	_, err := a.task.ask(ctx, "", drivers.Call{Method: "DELETE", Path: path})
	return err == nil
}

// repair is the recipe that mends a hung or half-done join, measured on LXD 5.0.2 and Incus 6.0.4.
func (a *attempt) repair() []string {
	d := lxdWords
	if a.task.flavour.Product == schema.Incus {
		d = incusWords
	}
	return []string{
		fmt.Sprintf("on a member of the cluster: %s cluster remove-raft-node %s -q (that there is none is fine; while a configuration change is already in progress, repeat it)", d.daemon, a.join.Address),
		fmt.Sprintf("on a member of the cluster: %s sql global \"DELETE FROM nodes WHERE name='%s' AND state=1\"", d.admin, a.join.Name),
		fmt.Sprintf("on %s: %s (it ignores a gentle stop while it hangs)", a.join.Name, d.kill),
		fmt.Sprintf("on %s, if nothing lived there before the join: cd %s && rm -rf database storage-pools/* networks/* cluster.crt cluster.key cluster.ca", a.join.Name, d.folder),
		fmt.Sprintf("on %s: ip link del BRIDGE for every managed bridge of the cluster; %s", a.join.Name, d.start),
		"apply again",
	}
}

// daemonWords are the commands and places of one product.
type daemonWords struct{ daemon, admin, kill, start, folder string }

var (
	lxdWords = daemonWords{daemon: "lxd", admin: "lxd", kill: "systemctl kill -s KILL lxd (snap: snap.lxd.daemon)",
		start: "systemctl start lxd (snap: snap start lxd)", folder: "/var/lib/lxd (snap: /var/snap/lxd/common/lxd)"}
	incusWords = daemonWords{daemon: "/usr/libexec/incus/incusd", admin: "incus admin", kill: "systemctl kill -s KILL incus",
		start: "systemctl start incus", folder: "/var/lib/incus"}
)
