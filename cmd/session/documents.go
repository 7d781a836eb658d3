package session

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"clusterctl/schema"
	"clusterctl/schema/emit"
)

// DocumentOptions say how documents for lxd init are written.
type DocumentOptions struct {
	// Member is the one to write for, empty for all.
	Member string
	// Secrets writes secrets instead of placeholders. Offline asks no server.
	Secrets, Offline bool
	// Server is what to write for; unknown is what runs.
	Server schema.Flavour
}

// Documents returns what lxd init is to be given on members, each with the lines that say what it is.
func (s *Session) Documents(ctx context.Context, names []string, o DocumentOptions) ([]emit.InitDocument, error) {
	inputs, err := s.Inputs(names)
	if err != nil {
		return nil, err
	}
	want, found, err := s.Decode(ctx, inputs)
	if err != nil {
		return nil, err
	}
	want, more := withCertificates(want, s.readNamed)
	if found = append(found, more...); found.Has(schema.SeverityError) {
		return nil, &InvalidError{Files: want.Files, Found: found}
	}
	if members := memberNames(want.Members); o.Member != "" && !slices.Contains(members, o.Member) {
		return nil, Fail(ExitUsage, schema.DidYouMean(o.Member, members),
			fmt.Errorf("the preseed has no member %q", o.Member))
	}
	options := s.initOptions(ctx, want, o)
	var out []emit.InitDocument
	for _, m := range want.Members {
		if o.Member != "" && m.Name != o.Member || o.Member == "" && leaving(want, m.Name) {
			continue
		}
		doc, err := emit.EncodeInit(s.Registry.For(options.Server), want, m.Name, options)
		if err != nil {
			return nil, Fail(ExitUsage, "", err)
		}
		var text bytes.Buffer
		fmt.Fprintf(&text, "%s%s, made by clusterctl render.\n", renderedMark(options.Server), doc.Member)
		for _, missing := range doc.Missing {
			fmt.Fprintf(&text, "# Not in here: %s\n", missing)
		}
		doc.Text = append(text.Bytes(), doc.Text...)
		out = append(out, doc)
	}
	return out, nil
}

func memberNames(members []schema.Member) []string {
	return schema.Map(members, func(m schema.Member) string { return m.Name })
}

// initOptions asks the cluster for what only it knows. One that is not there yet, or cannot be reached, leaves
// placeholders.
func (s *Session) initOptions(ctx context.Context, want schema.Preseed, o DocumentOptions) emit.InitOptions {
	secrets := s.secretsOf(want)
	options := emit.InitOptions{Server: o.Server}
	if o.Secrets {
		options.Secret = func(name string) (string, bool) {
			value, err := secrets.Secret(name)
			if err != nil {
				s.Warn(err)
			}
			return value, err == nil
		}
	}
	if o.Offline {
		return options
	}
	facts, err := s.readFacts(ctx, want, secrets)
	if err != nil {
		s.Warn(fmt.Errorf("the cluster was not asked: %w", err))
		return options
	}
	if options.Server.Product == "" {
		options.Server = facts.Flavour
	}
	if facts.Clustered {
		options.Certificate, options.Entrance = facts.Certificate, facts.Members[facts.Leader].Address
	}
	return options
}

func (s *Session) readFacts(ctx context.Context, want schema.Preseed,
	secrets secretSource) (_ schema.Facts, err error) {
	backend, err := s.open(ctx, want.Members, want.Bootstrap, secrets, want.Settings.Server)
	if err != nil {
		return schema.Facts{}, err
	}
	defer Closing(backend, &err)
	live, err := s.Read(ctx, backend)
	return live.Facts, err
}

// renderedMark begins every document for servers of that flavour, so that an older one can be told from a file of
// somebody's own.
func renderedMark(server schema.Flavour) string {
	return "# For " + server.Product.Admin() + " init --preseed on "
}

// isRendered reports whether a file was rendered, for whatever servers.
func isRendered(text []byte) bool {
	return bytes.HasPrefix(text, []byte(renderedMark(schema.JudgedLXD))) ||
		bytes.HasPrefix(text, []byte(renderedMark(schema.JudgedIncus)))
}

// WriteDocument writes a document into a folder, over an older one only, and returns the file's path. One with
// secrets is readable by its owner only.
func WriteDocument(dir string, doc emit.InitDocument, secrets bool) (string, error) {
	mode := fs.FileMode(0o644)
	if secrets {
		mode = 0o600
	}
	path := filepath.Join(dir, doc.Member+".yaml")
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = WriteFile(path, doc.Text, mode, "Choose another --dir, or move the file away.", ownDocument)
	}
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	return path, nil
}
