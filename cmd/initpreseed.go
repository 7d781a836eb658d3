package cmd

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"clusterctl/schema/preseed"
)

// preseed returns the file that the answers describe, with comments for those who will change it.
func (d *initDraft) preseed() string {
	var b strings.Builder
	b.WriteString(`# Made by clusterctl init. All keys: clusterctl explain; for editors: clusterctl schema.
# clusterctl validate, plan and apply read it.

# The first member begins the cluster, the others join it one after the other.
members:
`)
	for _, m := range d.members {
		fmt.Fprintf(&b, "- name: %s\n  address: %s\n", strconv.Quote(m.name), strconv.Quote(m.address))
		if m.fingerprint != "" {
			b.WriteString("  # The fingerprint changes when the server becomes part of the cluster; the error then says what to write here.\n")
		}
		fmt.Fprintf(&b, "  connection: %s\n", m.way())
	}
	if d.pool != "" {
		fmt.Fprintf(&b, "\nstorage_pools:\n- name: %s\n  driver: %s\n", strconv.Quote(d.pool), d.driver)
	}
	if d.pool != "" && d.size != "" {
		b.WriteString("\n# What is the same for every member; a member may say its own.\nmembers_defaults:\n  member_config:\n    storage-pool:\n")
		fmt.Fprintf(&b, "      %s: {size: %s}\n", strconv.Quote(d.pool), strconv.Quote(d.size))
	}
	if d.bridge != "none" {
		b.WriteString("\n# Addresses are always given: LXD lets no server join behind a bridge that has chosen its own.\nnetworks:\n")
		fmt.Fprintf(&b, "- name: %s\n  type: bridge\n  config:\n    ipv4.address: %s\n", strconv.Quote(d.bridge),
			strconv.Quote(d.ipv4))
		if d.ipv4 != "none" {
			b.WriteString("    ipv4.nat: \"true\"\n")
		}
		fmt.Fprintf(&b, "    ipv6.address: %s\n", strconv.Quote(d.ipv6))
	}
	if d.pool != "" || d.bridge != "none" {
		b.WriteString("\nprofiles:\n- name: default\n  devices:\n")
	}
	if d.pool != "" {
		fmt.Fprintf(&b, "    root: {type: disk, path: /, pool: %s}\n", strconv.Quote(d.pool))
	}
	if d.bridge != "none" {
		fmt.Fprintf(&b, "    eth0: {type: nic, network: %s}\n", strconv.Quote(d.bridge))
	}
	return b.String()
}

// way is the connection as YAML: as it was typed, or as a mapping where the short form cannot say it.
func (m initMember) way() string {
	c, err := preseed.ParseConnection(m.connection)
	if err != nil || m.fingerprint == "" && !strings.Contains(m.connection, "?") {
		return strconv.Quote(m.connection)
	}
	kind, fields := "ssh", [][2]string{}
	if c.HTTPS != nil {
		kind, fields = "https", [][2]string{{"url", c.HTTPS.URL}, {"certificate", c.HTTPS.Certificate},
			{"key", c.HTTPS.Key},
			{"fingerprint", cmp.Or(m.fingerprint, c.HTTPS.Fingerprint)}}
	} else if c.SSH != nil {
		fields = [][2]string{{"host", c.SSH.Host}, {"user", c.SSH.User}, {"identity_file", c.SSH.IdentityFile},
			{"known_hosts", c.SSH.KnownHosts},
			{"jump", c.SSH.Jump}, {"socket", c.SSH.Socket}}
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
