package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

type initFlags struct {
	out, from, answers string
	offline            bool
}

const initHint = "Name another file with --out, or move it away."

func initCommand(c *console) *cli.Command {
	f := initFlags{out: "preseed.yaml"}
	return c.command("init", func(ctx context.Context, _ []string) error {
		if err := session.Free(f.out, initHint, session.Nothing); err != nil {
			return err
		}
		if f.from != "" {
			return c.export(ctx, session.Where{Connect: f.from}, f.out, session.Nothing)
		}
		return c.interview(ctx, f)
	}, text(&f.out, "out", "write to `FILE`", "o"),
		text(&f.from, "from", "write the preseed of the running cluster that the member at `URL` is in, without questions"),
		text(&f.answers, "answers", "take the answers from `FILE`, one per line; an empty line is the default"),
		yes(&f.offline, "offline", "connect to no server"), c.limits())
}

// interview asks, writes the preseed, and offers to plan.
func (c *console) interview(ctx context.Context, f initFlags) error {
	q, err := newQuestions(ctx, c, f.answers)
	if err != nil {
		return err
	}
	var d initDraft
	d.ask(c, q, f)
	if q.err != nil {
		return q.err
	}
	text, err := d.preseed()
	if err != nil {
		return err
	}
	want, found, err := c.Decode(ctx, []preseed.Input{{Name: f.out, Data: []byte(text)}})
	if err != nil {
		return err
	}
	if found.Has(schema.SeverityError) {
		render.Diagnostics(c.Err, c.paint, found)
		return session.Fail(session.ExitInvalid, "Nothing was written. Start again.",
			errors.New("the answers make no valid preseed"))
	}
	if err := session.WriteFile(f.out, []byte(text), 0o644, initHint, session.Nothing); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "Written to %s: %s.\n", f.out, schema.Count(len(want.Members), "member"))
	if f.offline || !q.yes("Plan now", "no") || q.err != nil {
		fmt.Fprintf(c.Out, "Next: %s\n", c.sameServers("clusterctl plan "+session.Quoted([]string{f.out})))
		return q.err
	}
	c.format = "text"
	_, err = c.showPlan(ctx, planFlags{}, []string{f.out})
	return err
}

// initDraft is what the answers say.
type initDraft struct {
	Members                    []initMember
	routes                     []netip.Prefix // of the members' machines
	Pool, Driver, Size, Bridge string
	IPv4, IPv6                 string
}

var (
	memberName = regexp.MustCompile(`^[^@/\s][^/\s]*$`)
	linkName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{1,14}$`)
)

func (d *initDraft) ask(c *console, q *questions, f initFlags) {
	for q.err == nil {
		n := len(d.Members) + 1
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
		d.Members = append(d.Members, d.askMember(c, q, f, name))
	}
	if d.Driver = q.text("Driver of the storage pool: dir, btrfs, lvm, zfs, or none", "dir",
		oneOf("dir", "btrfs", "lvm", "zfs", "none")); d.Driver != "none" {
		d.Pool = q.text("Name of the storage pool", "local", memberName.MatchString)
		if d.Driver != "dir" {
			d.Size = q.text("Size of the pool on each member, such as 30GiB; empty: the server chooses", "",
				func(string) bool { return true })
		}
	}
	if d.Bridge = q.text("Name of the bridge on each member, or none", "lxdbr0",
		linkName.MatchString); d.Bridge != "none" {
		// Joins fail behind a bridge whose addresses are not stored, so none is left to LXD.
		d.IPv4 = q.text("IPv4 address of the bridge with its prefix length, or none", d.freeSubnet(), d.prefixOrNone)
		d.IPv6 = q.text("IPv6 address of the bridge with its prefix length, or none", "none", d.prefixOrNone)
	}
}

func (d *initDraft) names() []string {
	return schema.Map(d.Members, func(m initMember) string { return m.Name })
}

func oneOf(words ...string) func(string) bool {
	return func(answer string) bool { return slices.Contains(words, answer) }
}

// prefixOrNone refuses subnets in which a member has its address: a bridge there would cut it off.
func (d *initDraft) prefixOrNone(answer string) bool {
	_, subnet, err := net.ParseCIDR(answer)
	return answer == "none" || err == nil && !slices.ContainsFunc(d.Members, func(m initMember) bool {
		host, _, _ := net.SplitHostPort(m.Address) // it has a port
		return subnet.Contains(net.ParseIP(host))  // what is a name is in none
	})
}

// freeSubnet is an address for the bridge in whose subnet no member has its own, and to which none has a route; empty
// when there is none.
func (d *initDraft) freeSubnet() string {
	for _, form := range []string{"10.%d.10.1/24", "192.168.%d.1/24"} {
		for n := 10; n < 256; n++ {
			subnet := fmt.Sprintf(form, n)
			taken := slices.ContainsFunc(d.routes, netip.MustParsePrefix(subnet).Masked().Overlaps)
			if d.prefixOrNone(subnet) && !taken {
				return subnet
			}
		}
	}
	return ""
}

// preseed returns the file that the answers describe, with comments for those who will change it.
func (d *initDraft) preseed() (string, error) {
	text := template.New("preseed").Funcs(template.FuncMap{"quote": strconv.Quote})
	var b strings.Builder
	err := template.Must(text.Parse(helpText("preseed.yaml.tmpl")+"\n")).Execute(&b, d)
	return b.String(), err
}
