package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"clusterctl/drivers"
	"clusterctl/drivers/dump"
	"clusterctl/schema"
	"clusterctl/schema/emit"
)

// Export returns the running cluster as a preseed.
func (s *Session) Export(ctx context.Context, where Where) ([]byte, error) {
	want, live, err := s.Look(ctx, where)
	if err != nil {
		return nil, err
	}
	if product := live.Facts.Flavour.Product; !live.Facts.Clustered {
		return nil, Fail(ExitError,
			product.Title()+" itself writes the preseed of a single server: "+product.Admin()+" init --dump",
			errors.New("the server is not part of a cluster"))
	}
	return emit.Export(s.Registry, live, want.Members), nil
}

// dumpHint says how to make a dump.
const dumpHint = "To make a dump, on any member:  lxd sql global .dump > dump.sql  (Incus: incus admin sql global .dump > dump.sql)."

// NotOfDump refuses what a command cannot do with a dump.
func (s *Session) NotOfDump(refused bool, hint, why string) error {
	if s.Dump == "" || !refused {
		return nil
	}
	return Fail(ExitUsage, hint, errors.New(why))
}

// FromDump returns the world in which the cluster is what a dump says. No name is looked up, and no server asked, be it
// in a sandbox.
func (w World) FromDump(m Machine, file string) World {
	w.LookupHost = LookupAnything
	w.Open = func(ctx context.Context, t Target) (drivers.Backend, error) {
		in, name := io.NopCloser(m.In), stdinName
		if file != "-" {
			path, err := m.path(file)
			if name = file; err == nil {
				in, err = openInput(path)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil, Fail(ExitUsage, dumpHint, fmt.Errorf("there is no dump %s", file))
			}
			if err != nil {
				return nil, fmt.Errorf("reading the dump: %w", err)
			}
		}
		defer in.Close()
		backend, err := dump.Open(ctx, dump.Config{Input: in, Registry: t.Registry, Secret: t.Secret,
			Most: cmp.Or(m.Trust.MaxInput, DefaultMaxInput)})
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, Fail(ExitInterrupted, "", errors.New("interrupted while reading the dump"))
		case err != nil:
			return nil, Fail(ExitError, dumpHint, fmt.Errorf("%s cannot be read as a dump: %w", name, err))
		}
		return backend, nil
	}
	return w
}

// Metadata is the list of the keys that the servers that are to be found there list as their own, with which server
// that is: what [schema.ReadMetadata] reads.
func (s *Session) Metadata(ctx context.Context, where Where) (document map[string]json.RawMessage, err error) {
	seen, err := s.seek(ctx, where)
	if err != nil {
		return nil, err
	}
	defer Closing(seen.backend, &err)
	live, err := s.Read(ctx, seen.backend)
	if err != nil {
		return nil, err
	}
	return listedKeys(ctx, seen.backend, seen.want.Bootstrap, live.Facts.Flavour)
}

// listedKeys asks a member of the cluster, or the one that bootstraps. Servers older than LXD 5.18 list nothing.
func listedKeys(ctx context.Context, backend drivers.Backend, bootstrap string, server schema.Flavour) (
	document map[string]json.RawMessage, err error,
) {
	var list drivers.Reply
	for _, member := range []string{"", bootstrap} {
		api, apiErr := backend.API(ctx, member)
		if err = apiErr; err != nil {
			continue
		}
		if list, err = api.Do(ctx, drivers.Call{Method: http.MethodGet, Path: "/1.0/metadata/configuration"}); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(list.Metadata, &document); err != nil || document == nil {
		return nil, errors.Join(errors.New("the server lists no keys"), err)
	}
	document["server"], err = json.Marshal(string(server.Product) + "-" + server.Version)
	return document, err
}

// toldBy is the registry with what the servers list themselves, where they are newer than our tables. Those that list
// nothing are judged by the tables alone.
func toldBy(ctx context.Context, backend drivers.Backend, bootstrap string, reg schema.Registry) schema.Registry {
	if reg.Assumed() || reg.Flavour().Known() {
		return reg // the tables have what such servers list
	}
	document, err := listedKeys(ctx, backend, bootstrap, reg.Flavour())
	if err != nil {
		return reg
	}
	text, err := json.Marshal(document)
	if err != nil {
		return reg
	}
	list, err := schema.ReadMetadata(text)
	if err != nil {
		return reg
	}
	return reg.Told(list)
}
