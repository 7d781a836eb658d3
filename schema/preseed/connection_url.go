package preseed

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"clusterctl/schema"
)

// ParseConnection reads the short form of a connection, as the flag --connect takes it: ssh://USER@HOST:PORT/SOCKET,
// https://HOST:PORT or unix:///PATH. Behind a question mark may stand what the mapping form of a preseed has besides,
// such as https://HOST:8443?certificate=client.crt&key=client.key&fingerprint=HEX.
func ParseConnection(text string) (schema.Connection, error) {
	var c way
	if wrong := c.parse(text); wrong != "" {
		return schema.Connection{}, errors.New(wrong)
	}
	u, err := url.Parse(inFull(text))
	if err != nil {
		return schema.Connection{}, errors.New("it is no address")
	}
	more, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return schema.Connection{}, errors.New("what stands behind the question mark is no list of KEY=VALUE")
	}
	fields := c.urlFields()
	for _, key := range slices.Sorted(maps.Keys(more)) {
		into, known := fields[key]
		if !known {
			return schema.Connection{}, unknownField(u.Scheme, key, slices.Sorted(maps.Keys(fields)))
		}
		*into = more.Get(key)
	}
	return c.connection(""), nil
}

// urlFields are the fields that may stand behind the question mark.
func (c way) urlFields() map[string]*string {
	switch {
	case c.SSH != nil:
		return map[string]*string{"identity_file": &c.SSH.IdentityFile, "known_hosts": &c.SSH.KnownHosts, "jump": &c.SSH.Jump}
	case c.HTTPS != nil:
		return map[string]*string{"certificate": &c.HTTPS.Certificate, "key": &c.HTTPS.Key,
			"fingerprint": &c.HTTPS.Fingerprint}
	}
	return nil
}

func unknownField(scheme, key string, known []string) error {
	if len(known) == 0 {
		return fmt.Errorf("%s:// takes nothing behind a question mark", scheme)
	}
	return fmt.Errorf("%s:// has no %s; it has %s", scheme, key, strings.Join(known, ", "))
}

// inFull spells a short form out: a host alone, as ssh takes it, is one to reach over SSH, and an IPv6 address without
// a port may lack its brackets.
func inFull(text string) string {
	scheme, rest, full := strings.Cut(text, "://")
	if !full {
		scheme, rest = "ssh", text
	}
	user, host := "", rest
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, host = rest[:at+1], rest[at+1:]
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	switch {
	case err == nil && address.Is6():
		return scheme + "://" + user + "[" + url.PathEscape(address.String()) + "]"
	case full || strings.ContainsAny(rest, ":/?") || slices.Contains([]string{"ssh", "https", "unix"}, rest) ||
		!schema.HostName(host):
		return text
	}
	return "ssh://" + rest
}

// portAlone reports HOST:PORT.
func portAlone(text string) bool {
	host, port, err := net.SplitHostPort(text[strings.LastIndexByte(text, '@')+1:])
	return err == nil && host != "" && port != "" && !strings.Contains(text, "/")
}

// apiInFull spells the address of an API out that is a host, perhaps with a port.
func apiInFull(text string) string {
	if strings.Contains(text, "://") {
		return text
	}
	host := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if _, err := netip.ParseAddr(host); err == nil || schema.HostName(host) && !strings.Contains(host, ":") {
		return "https://" + net.JoinHostPort(host, "8443")
	}
	if host, port, err := net.SplitHostPort(text); err == nil && schema.HostName(host) {
		return "https://" + net.JoinHostPort(host, port)
	}
	return text
}
