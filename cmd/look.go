package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/urfave/cli/v2"

	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// lookFlags are those of commands that only look.
type lookFlags struct {
	reach
	connect string
	format  string
}

func lookCommandFlags(formats ...string) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "connect", EnvVars: env("connect"),
			Usage: "look through the member at `URL` (ssh://USER@HOST, unix:///SOCKET, https://HOST:8443?certificate=FILE&key=FILE&fingerprint=HEX) instead of reading files"},
		formatFlag(formats...),
	}, reachFlags()...)
}

func lookFlagsOf(c *cli.Context, formats ...string) (lookFlags, error) {
	flags := lookFlags{connect: c.String("connect")}
	var err error
	if flags.format, err = formatOf(c, formats...); err != nil {
		return flags, err
	}
	flags.reach, err = reachOf(c)
	return flags, err
}

// sight is a cluster that a command looks at. The caller closes the backend.
type sight struct {
	// want is the preseed; with --connect it has one member, and no objects.
	want    schema.Preseed
	backend drivers.Backend
}

// seek opens the cluster that the flags and inputs name. It connects to nobody, except with --connect.
func (s *session) seek(ctx context.Context, flags lookFlags, names []string) (sight, error) {
	want, err := s.seekMembers(ctx, flags, names)
	if err != nil {
		return sight{}, err
	}
	backend, err := s.Open(ctx, s.target(want.Members, want.Bootstrap, secretsOf(s.Streams, want), flags.reach))
	return sight{want: want, backend: backend}, err
}

func (s *session) seekMembers(ctx context.Context, flags lookFlags, names []string) (schema.Preseed, error) {
	if err := s.notOfDump(flags.connect != "", "Leave one of them out.", "both --connect and --from-dump say where to look"); err != nil {
		return schema.Preseed{}, err
	}
	if s.dump != "" && len(names) == 0 {
		return schema.Preseed{}, nil // the dump has the members
	}
	if flags.connect != "" {
		if len(names) > 0 {
			return schema.Preseed{}, fail(ExitUsage, "Leave one of them out.", errors.New("both --connect and files say where to look"))
		}
		m, err := s.meet(ctx, flags)
		return schema.Preseed{Members: []schema.Member{m}, Bootstrap: m.Name}, err
	}
	inputs, err := readInputs(s.In, names)
	if err != nil {
		return schema.Preseed{}, err
	}
	want, found, err := decode(s, inputs)
	if err != nil {
		return want, err
	}
	switch {
	case len(want.Members) > 0 && found.Has(schema.SeverityError):
		// At night a cluster must be seen whatever is wrong with the rest of the file.
		fmt.Fprintf(s.Err, "warning: the preseed is not valid (see clusterctl validate %s); its members are used all the same\n", quoted(names))
	case len(want.Members) == 0 && found.Has(schema.SeverityError):
		return want, found
	case len(want.Members) == 0 && s.dump == "":
		return want, fail(ExitUsage, "Name the file with members:, or one member by --connect URL.", errors.New("the input names no member"))
	}
	return want, nil
}

// meet asks the daemon at --connect who it is: members are known by their names.
func (s *session) meet(ctx context.Context, flags lookFlags) (m schema.Member, err error) {
	connection, err := preseed.ParseConnection(flags.connect)
	if err != nil {
		return m, fail(ExitUsage, "Write ssh://USER@HOST:PORT, https://HOST:8443 or unix:///PATH.", fmt.Errorf("--connect %s: %w", flags.connect, err))
	}
	m = schema.Member{Name: hostOf(connection), Connection: connection}
	backend, err := s.Open(ctx, s.target([]schema.Member{m}, m.Name, secretsOf(s.Streams, schema.Preseed{}), flags.reach))
	if err != nil {
		return m, err
	}
	defer closing(backend, &err)
	ctx, cancel := context.WithTimeout(ctx, flags.timeout)
	defer cancel()
	api, err := backend.API(ctx, m.Name)
	if err != nil {
		return m, err
	}
	self, err := serverOf(ctx, api)
	if err != nil {
		return m, err
	}
	m.Name = cmp.Or(self.Environment.Name, m.Name)
	m.Address = cmp.Or(self.Config["cluster.https_address"], self.Config["core.https_address"])
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

// server is the part of GET /1.0 that commands use.
type server struct {
	Auth        string            `json:"auth"`
	Config      map[string]string `json:"-"`
	Environment struct {
		Name      string `json:"server_name"`
		Clustered bool   `json:"server_clustered"`
	} `json:"environment"`
}

// serverOf asks a daemon what it is.
func serverOf(ctx context.Context, api drivers.API) (server, error) {
	var self struct {
		server
		// LXD 5.0.2 shows core.trust_password as true; every other value is a text.
		Config map[string]any `json:"config"`
	}
	reply, err := api.Do(ctx, drivers.Call{Method: "GET", Path: "/1.0"})
	if err == nil {
		err = json.Unmarshal(reply.Metadata, &self)
	}
	if err == nil && self.Auth == "untrusted" {
		err = &drivers.Error{Kind: drivers.Denied, Op: "GET /1.0", Err: errors.New("the server does not trust this client")}
	}
	self.server.Config = map[string]string{}
	for key, value := range self.Config {
		if text, ok := value.(string); ok {
			self.server.Config[key] = text
		}
	}
	return self.server, err
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
