package preseed

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"clusterctl/schema"
)

const connectionHint = "write ssh://USER@HOST:PORT, https://HOST:8443, unix:///PATH, or a mapping with one of ssh, https, unix"

// way is a connection as an entry says it: a [ConnectionEntry] with what is done to it.
type way schema.ConnectionEntry

// fillConnection reads the short form or the mapping.
func (f *filling) fillConnection(path string, n *node, c *way) {
	if n.null {
		return
	}
	if n.kind == scalar {
		if wrong := c.parse(n.text); wrong != "" {
			f.report.errorAt(f.where(path), schema.Mistake(schema.CodeConnection,
				"cannot use this connection: "+wrong, "", connectionHint))
		}
		return
	}
	before := len(f.report.list)
	f.fill(path, n, reflectOf(c))
	if n.kind == mapping && len(n.pairs) > 1 && len(f.report.list) == before {
		f.report.errorAt(f.where(path), schema.Mistake(schema.CodeConnection,
			"cannot use more than one connection for a member", "It has several of ssh, https and unix.", "keep one of them"))
	}
	f.checkConnection(path, c)
}

var (
	fingerprintForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	userForm        = regexp.MustCompile(`^[^\s\pC-][^\s\pC]*$`)
	// jumpForm takes what OpenSSH's ProxyJump takes, and nothing at all.
	jumpForm = regexp.MustCompile(`^(|none|(ssh://)?([^@/:,\s]+@)?(\[[0-9a-fA-F:.]+\]|[^@/:,\s]+)(:\d+)?/?(,(ssh://)?([^@/:,\s]+@)?(\[[0-9a-fA-F:.]+\]|[^@/:,\s]+)(:\d+)?/?)*)$`)
)

// checkConnection looks at the fields of the mapping that have a form.
func (f *filling) checkConnection(path string, c *way) {
	wrong := func(field, summary, hint string) {
		f.report.errorAt(f.where(path+"."+field), schema.Problem{Code: schema.CodeConnection, Summary: summary, Hint: hint})
	}
	if s := c.SSH; s != nil && s.Host != "" && !schema.HostName(s.Host) {
		wrong("ssh.host", fmt.Sprintf("cannot use %s as the SSH server", quote(s.Host)), "write a name or an address")
	}
	if s := c.SSH; s != nil && s.User != "" && !userForm.MatchString(s.User) {
		wrong("ssh.user", fmt.Sprintf("cannot log in as %s", quote(s.User)), "write the name of a user")
	}
	if s := c.SSH; s != nil && !jumpForm.MatchString(s.Jump) {
		wrong("ssh.jump", "cannot use this jump host", "write ssh://USER@HOST:PORT, or several with commas")
	}
	if s := c.SSH; s != nil {
		s.Host = strings.TrimSuffix(strings.TrimPrefix(s.Host, "["), "]")
	}
	if h := c.HTTPS; h != nil && h.URL != "" {
		h.URL = apiInFull(h.URL)
		if u, err := url.Parse(h.URL); err != nil || u.Scheme != "https" || u.Hostname() == "" {
			wrong("https.url", "cannot use this address of the API", "write https://HOST:8443")
		}
	}
	if h := c.HTTPS; h != nil && h.Fingerprint != "" && !fingerprintForm.MatchString(plainFingerprint(h.Fingerprint)) {
		wrong("https.fingerprint", "cannot use this fingerprint: it is no SHA-256 in hex",
			"take the 64 digits that lxc info or incus info shows as certificate_fingerprint")
	}
	if h := c.HTTPS; h != nil && (h.Certificate == "") != (h.Key == "") {
		wrong("https", "cannot use a client certificate without its key, or a key without its certificate",
			"give both certificate: and key:")
	}
}

// plainFingerprint returns the digits of a fingerprint in lower case, without colons.
func plainFingerprint(text string) string {
	return strings.ToLower(strings.ReplaceAll(text, ":", ""))
}

// parse reads the short form and returns what is wrong with it.
func (c *way) parse(text string) string {
	u, err := url.Parse(inFull(text))
	switch {
	case portAlone(text):
		return "a port alone does not say whether it is that of ssh:// or https://"
	case err != nil:
		return "it is no address"
	}
	if strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(u.Host, "[") {
		return "an IPv6 address stands in brackets here, [2001:db8::1]"
	}
	if _, secret := u.User.Password(); secret {
		return "it has a password in it"
	}
	switch u.Scheme {
	case "ssh":
		port, _ := strconv.Atoi(u.Port()) // url.Parse has seen that it is a number; none is 0
		if u.Hostname() == "" {
			return "it names no host"
		}
		c.SSH = &schema.SSH{Host: u.Hostname(), Port: port, User: u.User.Username(), Socket: u.Path}
	case "https":
		if u.Hostname() == "" {
			return "it names no host"
		}
		port := cmp.Or(u.Port(), "8443")
		c.HTTPS = &schema.HTTPSEntry{URL: "https://" + net.JoinHostPort(u.Hostname(), port)}
	case "unix":
		if u.Path == "" || u.Host != "" {
			return "the path of a socket begins with a slash, unix:///PATH"
		}
		c.Unix = &schema.Unix{Socket: u.Path}
	case "":
		return "it does not begin with ssh://, https:// or unix://"
	default:
		return "there is no way " + strings.ToLower(u.Scheme) + "://"
	}
	return ""
}

func (c way) given() bool { return c.SSH != nil || c.HTTPS != nil || c.Unix != nil }

// over lays c over what members_defaults says: the defaults fill what c leaves empty of the same way.
func (c way) over(defaults way) way {
	if !c.given() {
		return defaults
	}
	return way{SSH: over(c.SSH, defaults.SSH), HTTPS: over(c.HTTPS, defaults.HTTPS), Unix: over(c.Unix, defaults.Unix)}
}

// over returns a with the fields of b where those of a are empty; nothing where there is no a.
func over[T any](a, b *T) *T {
	if a == nil || b == nil {
		return a
	}
	out := *a
	fields, defaults := reflectOf(&out), reflectOf(b)
	for i := range fields.NumField() {
		if field := fields.Field(i); field.IsZero() {
			field.Set(defaults.Field(i))
		}
	}
	return &out
}

// connection makes the normal form; what is not said comes from the member's address.
func (c way) connection(address string) schema.Connection {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	switch {
	case c.SSH != nil:
		s := *c.SSH
		s.Host = cmp.Or(s.Host, host)
		return schema.Connection{SSH: &s}
	case c.HTTPS != nil:
		h := c.HTTPS
		return schema.Connection{HTTPS: &schema.HTTPS{URL: cmp.Or(h.URL, "https://"+address),
			Certificate: h.Certificate, Key: h.Key, Fingerprint: plainFingerprint(h.Fingerprint)}}
	case c.Unix != nil:
		return schema.Connection{Unix: c.Unix}
	}
	return schema.Connection{SSH: &schema.SSH{Host: host, User: "root"}, Default: true}
}

// fillSecret reads a secret in clear or by reference.
func (f *filling) fillSecret(path string, n *node, s *schema.Secret) {
	if secret, ok := secretReference(n); ok {
		*s = secret
		return
	}
	if n.kind != scalar {
		f.report.errorAt(f.where(path), schema.Mistake(schema.CodeSecret,
			"cannot read "+path+": it must be a text, {env: NAME} or {file: PATH}", "", ""))
		return
	}
	if !n.null && n.text != "" {
		*s = schema.NewSecret(n.text)
		s.Pos = f.where(path)
	}
}
