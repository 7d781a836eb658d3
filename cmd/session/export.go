package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"clusterctl/schema/emit"
)

// Export returns the running cluster as a preseed.
func (s *Session) Export(ctx context.Context, where Where) ([]byte, error) {
	want, live, err := s.Look(ctx, where)
	if err != nil {
		return nil, err
	}
	if !live.Facts.Clustered {
		return nil, Fail(ExitError, "LXD itself writes the preseed of a single server: lxd init --dump",
			errors.New("the server is not part of a cluster"))
	}
	return emit.Export(s.Registry, live, want.Members), nil
}

// Absent refuses to overwrite a file, before anything is read.
func Absent(path string, hint string) error {
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("looking for %s: %w", path, err)
	}
	return Fail(ExitUsage, hint, fmt.Errorf("%s is there already", path))
}

// Create writes a file that is not there yet.
func Create(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("writing the preseed: %w", err)
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing the preseed: %w", err)
	}
	return nil
}
