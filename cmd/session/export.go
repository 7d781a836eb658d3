package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"clusterctl/drivers"
	"clusterctl/drivers/dump"
	"clusterctl/schema"
	"clusterctl/schema/emit"
	"clusterctl/schema/preseed"
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

// FromTofu returns the preseed of what a state of OpenTofu or Terraform has, and what has to be completed in it.
// In messages it is called as given.
func (s *Session) FromTofu(ctx context.Context, name, remote, as string) ([]byte, schema.Diagnostics, error) {
	inputs, err := s.Inputs([]string{name})
	if err != nil {
		return nil, nil, err
	}
	if len(inputs) != 1 {
		return nil, nil, Fail(ExitUsage, "", fmt.Errorf("%s is a folder: name the state itself", name))
	}
	text, err := emit.FromTofu(s.Registry, inputs[0].Data, remote)
	if err != nil {
		return nil, nil, Fail(ExitInvalid, "tofu state pull, or terraform state pull, prints one.",
			fmt.Errorf("%s: %w", inputs[0].Name, err))
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	entries := preseed.Read(s.Registry, []preseed.Input{{Name: as, Data: text}}, nil)
	_, found := entries.Judge(s.Registry)
	return text, found, nil
}
