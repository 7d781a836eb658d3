package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// JoinError says why a join failed, what it left behind and how to go on.
type JoinError struct {
	// Member is the joiner, Address its cluster address, Flavour what runs there.
	Member, Address string
	Flavour         schema.Flavour
	// Err is the cause.
	Err error
	// TokenCancelled and CertificateRemoved are what has been undone.
	TokenCancelled, CertificateRemoved bool
	Left                               Leftovers
	End                                JoinEnd
	// Password and Token report that a trust password, or a token that the preseed gives, let the joiner in, or was to.
	Password, Token bool
}

// Error has the member and the cause; the rest is for whoever shows it.
func (e *JoinError) Error() string { return fmt.Sprintf("joining %s: %v", e.Member, e.Err) }

// Unwrap returns the cause.
func (e *JoinError) Unwrap() error { return e.Err }

// Leftovers is what a join has left.
type Leftovers struct {
	// Listed reports that the cluster lists the joiner as a member, Pending that it has a row for a join that has not
	// ended, Silent that it gave no answer, Trusted that the certificate that let it in is left in the trust store.
	Listed, Pending, Silent, Trusted bool
	// Database is how many members the joiner's own list of the cluster's database has; negative when it did not say.
	Database int
	// Lost are the pools and networks that the cluster had before and has no more, such as "network br0": LXD's joiner
	// takes back what it believes to have made.
	Lost []string
}

// JoinEnd is how a join came to its end.
type JoinEnd int

// The ends. They say what was seen; what follows from it is in the table of situations.
const (
	// JoinUnended is for a joiner that stopped answering, or took too long.
	JoinUnended JoinEnd = iota + 1
	// JoinOver is for a join that was refused, or whose operation has ended.
	JoinOver
	// JoinStopped is for a run that was stopped meanwhile.
	JoinStopped
	// JoinHangs is for an operation that runs for ever.
	JoinHangs
)

// withdraw takes back what let the joiner in, for a join that was never asked for, and returns the cause.
func (a *attempt) withdraw(ctx context.Context, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.task.limits.Cleanup)
	defer cancel()
	a.cancelToken(ctx)
	a.distrust(ctx)
	return cause
}

// distrust takes the certificate out of the trust store again that this run put there, unless the cluster lists a
// member of that name.
func (a *attempt) distrust(ctx context.Context) {
	if !a.added {
		return
	}
	_, err := a.task.ask(ctx, "", drivers.Call{Method: "GET", Path: membersPath + "/" + a.join.Name})
	if drivers.Is(err, drivers.NotFound) {
		a.removeCertificate(ctx)
	}
}

// abandon tidies up after a join that failed with cause, as far as that is safe over the REST API, and returns the
// *JoinError. It cancels the token that was minted. When the join is over (it was refused, or its operation has
// ended), the cluster lists no member of that name and the server keeps no database of the cluster, it removes the
// server's certificate from the trust store. Everything else is told, never done unasked.
func (a *attempt) abandon(ctx context.Context, cause error, over bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.task.limits.Cleanup)
	defer cancel()
	out := &JoinError{Member: a.join.Name, Address: a.join.Address, Flavour: a.task.flavour, Err: cause,
		TokenCancelled: a.cancelToken(ctx), Password: a.join.Trust == plan.TrustPassword && !a.given, Token: a.given,
		End: JoinUnended}
	var listed bool
	out.Left, listed = a.inspect(ctx)
	var hung *hungError
	switch {
	case errors.As(cause, &hung):
		out.End = JoinHangs
	case errors.Is(cause, context.Canceled):
		out.End = JoinStopped
	case over || out.Left.Database == 0:
		out.End = JoinOver
		if over && out.Left.Database <= 0 && !out.Left.Silent && !listed {
			out.CertificateRemoved, a.added = a.removeCertificate(ctx), false
		}
	}
	out.Left.Trusted = a.added
	return out
}

// inspect looks for leftovers, and whether the cluster lists a member of that name.
func (a *attempt) inspect(ctx context.Context) (left Leftovers, listed bool) {
	var m member
	_, err := a.task.get(ctx, "", membersPath+"/"+a.join.Name, nil, &m)
	left.Listed = m.address() == a.join.Address
	left.Pending = a.count(ctx, "", "global", "SELECT name FROM nodes WHERE state=1", a.join.Name) > 0
	left.Database = a.count(ctx, a.joiner, "local", "SELECT address FROM raft_nodes", "")
	left.Silent = err != nil && !drivers.Is(err, drivers.NotFound)
	if has, err := a.task.holdings(ctx); err == nil {
		left.Lost = slices.DeleteFunc(slices.Clone(a.had), func(name string) bool { return slices.Contains(has, name) })
	}
	return left, m.address() != ""
}

// holdings are the cluster's pools and networks by name, as people call them.
func (t *task) holdings(ctx context.Context) ([]string, error) {
	var out []string
	for _, kind := range [][2]string{{"storage pool ", "/1.0/storage-pools"}, {"network ", "/1.0/networks"}} {
		var found []struct {
			Name, Driver string
			Managed      bool
		}
		query := map[string]string{"recursion": "1", "all-projects": "true"} // where that is not known it means default
		if _, err := t.get(ctx, "", kind[1], query, &found); err != nil {
			return nil, err
		}
		for _, o := range found {
			if o.Managed || o.Driver != "" { // the others are interfaces of one member
				out = append(out, kind[0]+o.Name)
			}
		}
	}
	return out, nil
}

// count runs a query over the daemon's own SQL endpoint, which trusted certificates of clients may not use, and
// counts the rows whose first column is want; with want empty all rows. It returns -1 when it cannot know.
func (a *attempt) count(ctx context.Context, member, database, query, want string) int {
	api, err := a.task.engine.Backend.API(ctx, member)
	if err != nil {
		return -1
	}
	rows, err := drivers.SQL{API: api, Database: database}.Query(ctx, query)
	if err != nil {
		return -1
	}
	return len(slices.DeleteFunc(rows,
		func(row []drivers.Cell) bool { return want != "" && (len(row) == 0 || row[0].String != want) }))
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
	if a.certificate.Fingerprint == "" {
		return false
	}
	entry, err := a.entry(ctx)
	return err == nil && entry.Name == a.join.Name && entry.Type == "server" && a.removeEntry(ctx)
}

func (a *attempt) entryPath() string { return "/1.0/certificates/" + a.certificate.Fingerprint }

// entry is what the trust store has of the joiner's certificate.
func (a *attempt) entry(ctx context.Context) (entry struct{ Name, Type string }, err error) {
	_, err = a.task.get(ctx, "", a.entryPath(), nil, &entry)
	return entry, err
}

func (a *attempt) removeEntry(ctx context.Context) bool {
	_, err := a.task.ask(ctx, "", drivers.Call{Method: "DELETE", Path: a.entryPath()})
	return err == nil
}
