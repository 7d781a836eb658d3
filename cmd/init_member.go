package cmd

import (
	"cmp"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

type initMember struct {
	Name, Address, Fingerprint string
	// typed is the connection as it was typed.
	typed      string
	connection schema.Connection
}

// askMember asks for one member and connects to it.
func (d *initDraft) askMember(c *console, q *questions, f initFlags, name string) initMember {
	m := initMember{Name: name}
	m.Address = q.text("Address of "+name+", where the other members reach it: HOST or HOST:PORT", "",
		func(a string) bool { return a != "" && !strings.ContainsAny(a, " /") })
	if _, _, err := net.SplitHostPort(m.Address); err != nil {
		m.Address = net.JoinHostPort(strings.Trim(m.Address, "[]"), "8443")
	}
	host, _, _ := net.SplitHostPort(m.Address) // it has a port by now
	usable := func(a string) (ok bool) {
		var err error
		m.connection, err = preseed.ParseConnection(a)
		return err == nil
	}
	m.typed = q.text("How to reach "+name+" from here: ssh://USER@HOST[/SOCKET], https://HOST:8443 or unix:///SOCKET",
		"ssh://root@"+host, usable)
	if !f.offline && q.err == nil {
		if on := m.meet(c, q).Addresses; on != nil {
			d.routes = append(d.routes, on.Routes...)
		}
	}
	return m
}

// meet connects to the member, shows what is there, and asks about what is not known yet.
func (m *initMember) meet(c *console, q *questions) (host schema.HostFacts) {
	connection := m.connection
	for tries := 0; ; tries++ {
		host = c.Meet(q.ctx, schema.Member{Name: m.Name, Address: m.Address, Connection: connection})
		switch {
		case host.Fault == "" && host.Clustered:
			fmt.Fprintf(c.Out,
				"  %s: %s, already in a cluster, as %s. To write the preseed of a cluster that runs: clusterctl init "+
					"--from %s\n", m.Name, host.Flavour, cmp.Or(host.Name, m.Name), m.typed)
		case host.Fault == "":
			fmt.Fprintf(c.Out, "  %s: %s, standalone, its certificate has the fingerprint %s\n", m.Name,
				host.Flavour, schema.Fingerprint(host.Certificate))
		default:
			fmt.Fprintf(c.Out, "  %s: %s\n", m.Name, host.Fault)
		}
		found := fingerprintForm.FindString(host.Fault)
		switch {
		case tries == 0 && host.FaultKind == drivers.HostKeyUnknown && connection.SSH != nil:
			if !q.yes("Compare this with the server's own. Add the host key to known_hosts", "no") {
				return host
			}
			// The file that was typed here is the person's own word, unlike that of a preseed.
			connection.SSH.TrustOnFirstUse, connection.SSH.OwnKnownHosts = true, connection.SSH.KnownHosts
		case tries == 0 && host.FaultKind == drivers.Certificate && connection.HTTPS != nil && found != "":
			if !q.yes("Compare this with what lxc info shows on the server. Is it the fingerprint", "no") {
				return host
			}
			m.Fingerprint, connection.HTTPS.Fingerprint = found, found
		default:
			return host
		}
	}
}

var fingerprintForm = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// Way is the connection as YAML: as it was typed, or as a mapping where the short form cannot say it.
func (m initMember) Way() string {
	c := m.connection
	if m.Fingerprint == "" && !strings.Contains(m.typed, "?") {
		return strconv.Quote(m.typed)
	}
	kind, fields := "ssh", [][2]string{}
	if c.HTTPS != nil {
		kind, fields = "https", [][2]string{{"url", c.HTTPS.URL}, {"certificate", c.HTTPS.Certificate},
			{"key", c.HTTPS.Key}, {"fingerprint", cmp.Or(m.Fingerprint, c.HTTPS.Fingerprint)}}
	} else if c.SSH != nil {
		fields = [][2]string{{"host", c.SSH.Host}, {"user", c.SSH.User}, {"identity_file", c.SSH.IdentityFile},
			{"known_hosts", c.SSH.KnownHosts}, {"jump", c.SSH.Jump}, {"socket", c.SSH.Socket}}
		if c.SSH.Port != 0 {
			fields = append(fields, [2]string{"port", strconv.Itoa(c.SSH.Port)})
		}
	}
	var pairs []string
	for _, f := range fields {
		if f[1] != "" {
			pairs = append(pairs, f[0]+": "+strconv.Quote(f[1]))
		}
	}
	return fmt.Sprintf("{%s: {%s}}", kind, strings.Join(pairs, ", "))
}
