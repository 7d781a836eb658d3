package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// Where says where to look: through the member at a URL, or through those that the inputs of these names say.
type Where struct {
	Connect string
	Names   []string
}

// opened is a cluster that a command looks at. The caller closes the backend.
type opened struct {
	// want is the preseed; with [Where.Connect] it has one member, and no objects.
	want    schema.Preseed
	backend drivers.Backend
}

// Look reads the cluster that is to be found there, and returns what the inputs say of it, too.
func (s *Session) Look(ctx context.Context, where Where) (want schema.Preseed, live schema.Cluster, err error) {
	live, err = on(ctx, s, where, func(ctx context.Context, at opened) (schema.Cluster, error) {
		want = at.want
		return s.Read(ctx, at.backend)
	})
	return want, live, err
}

// on opens the cluster that is to be found there, and closes it when do is done with it.
func on[T any](ctx context.Context, s *Session, where Where, do func(context.Context, opened) (T, error)) (out T,
	err error) {
	at, err := s.seek(ctx, where)
	if err != nil {
		return out, err
	}
	defer Closing(at.backend, &err)
	return do(ctx, at)
}

// seek opens the cluster that is to be found there. It connects to nobody, except by a URL.
func (s *Session) seek(ctx context.Context, where Where) (opened, error) {
	want, err := s.seekMembers(ctx, where)
	if err != nil {
		return opened{}, err
	}
	backend, err := s.open(ctx, want.Members, want.Bootstrap, s.secretsOf(want), want.Settings.Server)
	return opened{want: want, backend: backend}, err
}

func (s *Session) seekMembers(ctx context.Context, where Where) (schema.Preseed, error) {
	if err := s.NotOfDump(where.Connect != "", "Leave one of them out.",
		"both --connect and --from-dump say where to look"); err != nil {
		return schema.Preseed{}, err
	}
	if s.Dump != "" && len(where.Names) == 0 {
		return schema.Preseed{}, nil // the dump has the members
	}
	if where.Connect != "" {
		if len(where.Names) > 0 {
			return schema.Preseed{}, Fail(ExitUsage, "Leave one of them out.",
				errors.New("both --connect and files say where to look"))
		}
		m, err := s.meet(ctx, where.Connect)
		return schema.Preseed{Members: []schema.Member{m}, Bootstrap: m.Name}, err
	}
	inputs, err := s.Inputs(where.Names)
	if err != nil {
		return schema.Preseed{}, err
	}
	want, found, err := s.Decode(ctx, inputs)
	if err != nil {
		return want, err
	}
	switch {
	case len(want.Members) > 0 && found.Has(schema.SeverityError):
		// At night a cluster must be seen whatever is wrong with the rest of the file.
		s.Warn(&InvalidError{Files: where.Names, Found: found})
	case len(want.Members) == 0 && found.Has(schema.SeverityError):
		return want, found
	case len(want.Members) == 0 && s.Dump == "":
		return want, Fail(ExitUsage, "Name the file with members:, or one member by --connect URL.",
			errors.New("the input names no member"))
	}
	return want, nil
}

// meet asks the daemon at a URL who it is: members are known by their names.
func (s *Session) meet(ctx context.Context, at string) (m schema.Member, err error) {
	connection, err := preseed.ParseConnection(at)
	if err != nil {
		return m, Fail(ExitUsage, "Write ssh://USER@HOST:PORT, https://HOST:8443 or unix:///PATH.",
			fmt.Errorf("--connect %s: %w", at, err))
	}
	m = schema.Member{Name: hostOf(connection), Connection: connection}
	backend, err := s.open(ctx, []schema.Member{m}, m.Name, s.secretsOf(schema.Preseed{}), schema.Flavour{})
	if err != nil {
		return m, err
	}
	defer Closing(backend, &err)
	ctx, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	api, err := backend.API(ctx, m.Name)
	if err != nil {
		return m, err
	}
	self, err := drivers.TrustingServer(ctx, api)
	if err != nil {
		return m, err
	}
	m.Name = cmp.Or(self.Environment.Name, m.Name)
	cluster, _ := self.Config["cluster.https_address"].(string)
	core, _ := self.Config["core.https_address"].(string)
	m.Address = cmp.Or(cluster, core)
	return m, nil
}

// hostOf is what a member is called until it says its name.
func hostOf(c schema.Connection) string {
	switch {
	case c.SSH != nil:
		return c.SSH.Host
	case c.HTTPS != nil:
		if u, err := url.Parse(c.HTTPS.URL); err == nil {
			return u.Hostname()
		}
	}
	return "this machine"
}

// isSilent reports that a probe found nobody, rather than that it could not be made.
func isSilent(err error) bool {
	return drivers.Is(err, drivers.Unreachable) || drivers.Is(err, drivers.Timeout)
}

// hasPort reports whether an address can be probed.
func hasPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && port != ""
}

// Meet returns what a connection to one member shows, over SSH also the addresses and routes of its machine; one that
// fails is a fact, too.
func (s *Session) Meet(ctx context.Context, m schema.Member) schema.HostFacts {
	fault := func(err error) schema.HostFacts {
		return schema.HostFacts{Fault: err.Error(), FaultKind: drivers.KindOf(err)}
	}
	backend, err := s.open(ctx, []schema.Member{m}, m.Name, s.secretsOf(schema.Preseed{}), schema.Flavour{})
	if err != nil {
		return fault(err)
	}
	defer func() { _ = backend.Close() }() // it was only looked at
	live, err := s.Read(ctx, backend)
	if err != nil {
		return fault(err)
	}
	host := live.Facts.Hosts[m.Name]
	if shell, ok := backend.(drivers.Shell); ok && m.Connection.SSH != nil {
		host.Addresses = addressesOn(ctx, shell, m.Name, nil)
	}
	return host
}

// each hands every item to do, at most limit of them at once, and returns what came of them, in their order.
func each[T, R any](limit int, items []T, do func(T) R) []R {
	out := make([]R, len(items))
	var group errgroup.Group
	group.SetLimit(limit)
	for i, item := range items {
		group.Go(func() error {
			out[i] = do(item)
			return nil
		})
	}
	_ = group.Wait() // its functions return none
	return out
}
