package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"clusterctl/cmd/render"
	"clusterctl/plan"
	"clusterctl/schema"
)

// isPlan reports whether that is a saved plan: JSON with a format_version.
func isPlan(data []byte) bool {
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '{' {
		return false
	}
	var head struct {
		Format *json.Number `json:"format_version"`
	}
	return json.Unmarshal(data, &head) == nil && head.Format != nil
}

// parsePlan reads a saved plan.
func parsePlan(name string, data []byte) (*plan.Plan, error) {
	p := new(plan.Plan)
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fail(ExitError, "Make the plan again: clusterctl plan --out "+name, fmt.Errorf("%s: %w", name, err))
	}
	return p, nil
}

// stale reports, also to the person, what is no longer as the plan saw it.
func (r *applyRun) stale(p *plan.Plan, live schema.Cluster) bool {
	moved := plan.Moved(p, live)
	if len(moved) == 0 {
		return false
	}
	r.result.Result = "stale"
	for _, c := range moved {
		r.result.Moved = append(r.result.Moved, c.Ref)
	}
	r.report.stale(moved)
	return true
}

// savePlan writes a plan, readable by its owner only, in one go: a crash leaves the old file or the new one.
// It overwrites nothing but a saved plan.
func savePlan(path string, p *plan.Plan) error {
	if err := overwritable(path); err != nil {
		return err
	}
	var data bytes.Buffer
	if err := render.JSON(&data, p); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	if err := writeAtomically(path, data.Bytes()); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

func overwritable(path string) error {
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("saving the plan: %w", err)
	case len(old) > 0 && !isPlan(old):
		return fail(ExitUsage, "Choose another name for --out, or move the file away.",
			fmt.Errorf("%s is there and is no saved plan; it is left as it is", path))
	}
	return nil
}

func writeAtomically(path string, data []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // the first error says it all
		}
	}()
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
