package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

type initFlags struct {
	reach
	out, from, answers string
	offline            bool
}

func initCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "ask a few questions and write a preseed",
		ArgsUsage: " ",
		Description: `Asks what 'lxd init' asks, for a whole cluster at once: the members, their addresses and how to reach them,
a storage pool, a bridge. It connects to each member, shows what is there, and asks about a host key or
certificate that is not known, with its fingerprint. Then it writes a preseed with comments and offers to plan.
It changes nothing on any server, and overwrites no file.

    clusterctl init                          asks on the terminal
    clusterctl init --answers FILE           takes one answer per line from a file, or - for standard input
    clusterctl init --from ssh://root@HOST   writes the preseed of a cluster that runs already`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, EnvVars: env("out"), Value: "preseed.yaml", Usage: "write to `FILE`"},
			&cli.StringFlag{Name: "from", EnvVars: env("from"), Usage: "write the preseed of the running cluster that the member at `URL` is in, without questions"},
			&cli.StringFlag{Name: "answers", EnvVars: env("answers"), Usage: "take the answers from `FILE`, one per line; an empty line is the default"},
			&cli.BoolFlag{Name: "offline", EnvVars: env("offline"), DisableDefaultText: true, Usage: "connect to no server"},
		}, reachFlags()...),
		Action: func(c *cli.Context) error {
			flags := initFlags{out: c.String("out"), from: c.String("from"), answers: c.String("answers"), offline: c.Bool("offline")}
			var err error
			if flags.reach, err = reachOf(c); err != nil {
				return err
			}
			if _, err := os.Stat(flags.out); !errors.Is(err, fs.ErrNotExist) {
				return fail(ExitUsage, "Name another file with --out, or move it away.", fmt.Errorf("%s is there already", flags.out))
			}
			if flags.from != "" {
				return export(c.Context, s, exportFlags{lookFlags: lookFlags{reach: flags.reach, connect: flags.from, format: "text"}, out: flags.out}, nil)
			}
			return interview(c.Context, s, flags)
		},
	}
}

// interview asks, writes the preseed, and offers to plan.
func interview(ctx context.Context, s *session, flags initFlags) error {
	q, err := newQuestions(ctx, s, flags.answers)
	if err != nil {
		return err
	}
	var d initDraft
	d.ask(ctx, s, q, flags)
	if q.err != nil {
		return q.err
	}
	text := d.preseed()
	want, found, err := decode(s, []preseed.Input{{Name: flags.out, Data: []byte(text)}})
	if err != nil {
		return err
	}
	if found.Has(schema.SeverityError) {
		render.Diagnostics(s.Err, render.Color(s.color), found)
		return fail(ExitInvalid, "Nothing was written. Start again.", errors.New("the answers make no valid preseed"))
	}
	file, err := os.OpenFile(flags.out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("writing the preseed: %w", err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing the preseed: %w", err)
	}
	fmt.Fprintf(s.Out, "Written to %s: %s.\n", flags.out, counted(len(want.Members), "member"))
	if flags.offline || !q.yes("Plan now", "no") || q.err != nil {
		fmt.Fprintf(s.Out, "Next: clusterctl plan %s\n", quoted([]string{flags.out}))
		return q.err
	}
	return showPlan(ctx, s, planFlags{reach: flags.reach, format: "text"}, []string{flags.out})
}

// initDraft is what the answers say.
type initDraft struct {
	members                    []initMember
	pool, driver, size, bridge string
	ipv4, ipv6                 string
}

type initMember struct{ name, address, connection, fingerprint string }

var (
	memberName = regexp.MustCompile(`^[^@/\s][^/\s]*$`)
	linkName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{1,14}$`)
)

func (d *initDraft) ask(ctx context.Context, s *session, q *questions, flags initFlags) {
	for q.err == nil {
		n := len(d.members) + 1
		question, otherwise := "Name of the member that begins the cluster", "node1"
		if n > 1 {
			question, otherwise = "Name of another member; empty for no more", ""
		}
		name := q.text(question, otherwise, func(a string) bool {
			return a == "" && n > 1 || memberName.MatchString(a) && !slices.Contains(d.names(), a)
		})
		if name == "" {
			break
		}
		d.members = append(d.members, d.askMember(ctx, s, q, flags, name))
	}
	if d.driver = q.text("Driver of the storage pool: dir, btrfs, lvm, zfs, or none", "dir", oneOf("dir", "btrfs", "lvm", "zfs", "none")); d.driver != "none" {
		d.pool = q.text("Name of the storage pool", "local", memberName.MatchString)
		if d.driver != "dir" {
			d.size = q.text("Size of the pool on each member, such as 30GiB; empty: the server chooses", "", func(string) bool { return true })
		}
	}
	if d.bridge = q.text("Name of the bridge on each member, or none", "lxdbr0", linkName.MatchString); d.bridge != "none" {
		// Joins fail behind a bridge whose addresses are not stored, so none is left to LXD.
		d.ipv4 = q.text("IPv4 address of the bridge with its prefix length, or none", "10.10.10.1/24", prefixOrNone)
		d.ipv6 = q.text("IPv6 address of the bridge with its prefix length, or none", "none", prefixOrNone)
	}
}

func (d *initDraft) names() []string {
	var names []string
	for _, m := range d.members {
		names = append(names, m.name)
	}
	return names
}

func oneOf(words ...string) func(string) bool {
	return func(answer string) bool { return slices.Contains(words, answer) }
}

func prefixOrNone(answer string) bool {
	_, _, err := net.ParseCIDR(answer)
	return answer == "none" || err == nil
}

// askMember asks for one member and connects to it.
func (d *initDraft) askMember(ctx context.Context, s *session, q *questions, flags initFlags, name string) initMember {
	m := initMember{name: name}
	m.address = q.text("Address of "+name+", where the other members reach it: HOST or HOST:PORT", "", func(a string) bool { return a != "" && !strings.ContainsAny(a, " /") })
	if _, _, err := net.SplitHostPort(m.address); err != nil {
		m.address = net.JoinHostPort(strings.Trim(m.address, "[]"), "8443")
	}
	host, _, _ := net.SplitHostPort(m.address) // it has a port by now
	usable := func(a string) bool {
		_, err := preseed.ParseConnection(a)
		return err == nil
	}
	m.connection = q.text("How to reach "+name+" from here: ssh://USER@HOST[/SOCKET], https://HOST:8443 or unix:///SOCKET", "ssh://root@"+host, usable)
	if !flags.offline && q.err == nil {
		m.meet(ctx, s, q, flags.reach)
	}
	return m
}

// meet connects to the member, shows what is there, and asks about what is not known yet.
func (m *initMember) meet(ctx context.Context, s *session, q *questions, r reach) {
	connection, err := preseed.ParseConnection(m.connection)
	if err != nil {
		q.err = err
		return
	}
	for tries := 0; ; tries++ {
		host := m.visit(ctx, s, connection, r)
		switch {
		case host.Fault == "" && host.Clustered:
			fmt.Fprintf(s.Out, "  %s: %s, already in a cluster, as %s. To write the preseed of a cluster that runs: clusterctl init --from %s\n", m.name, host.Flavour, cmp.Or(host.Name, m.name), m.connection)
		case host.Fault == "":
			fmt.Fprintf(s.Out, "  %s: %s, standalone, its certificate has the fingerprint %s\n", m.name, host.Flavour, schema.Fingerprint(host.Certificate))
		default:
			fmt.Fprintf(s.Out, "  %s: %s\n", m.name, host.Fault)
		}
		found := fingerprintForm.FindString(host.Fault)
		switch {
		case tries == 0 && host.FaultKind == drivers.HostKey.String() && connection.SSH != nil && strings.Contains(host.Fault, "is not known"):
			if !q.yes("Compare this with the server's own. Add the host key to known_hosts", "no") {
				return
			}
			connection.SSH.TrustOnFirstUse = true
		case tries == 0 && host.FaultKind == drivers.Certificate.String() && connection.HTTPS != nil && found != "":
			if !q.yes("Compare this with what lxc info shows on the server. Is it the fingerprint", "no") {
				return
			}
			m.fingerprint, connection.HTTPS.Fingerprint = found, found
		default:
			return
		}
	}
}

var fingerprintForm = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// visit returns what the connection shows; one that fails is a fact, too.
func (m *initMember) visit(ctx context.Context, s *session, connection schema.Connection, r reach) schema.HostFacts {
	fault := func(err error) schema.HostFacts {
		return schema.HostFacts{Fault: err.Error(), FaultKind: drivers.KindOf(err).String()}
	}
	members := []schema.Member{{Name: m.name, Address: m.address, Connection: connection}}
	backend, err := s.Open(ctx, s.target(members, m.name, secretsOf(s.Streams, schema.Preseed{}), r))
	if err != nil {
		return fault(err)
	}
	defer func() { _ = backend.Close() }() // it was only looked at
	live, err := readLive(ctx, s, backend, r)
	if err != nil {
		return fault(err)
	}
	return live.Facts.Hosts[m.name]
}
