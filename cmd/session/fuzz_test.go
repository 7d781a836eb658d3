package session

import (
	"encoding/json"
	"testing"
)

// FuzzRun holds that a file of the journal is read whatever is in it.
func FuzzRun(f *testing.F) {
	f.Add([]byte(`{"format_version": 1, "kind": "run", "time": "2026-11-29T01:00:00Z", "words": ["apply"], "owner": "root@desk"}` + "\n" +
		`{"kind": "event"}` + "\n" + `{"kind": "outcome", "result": "applied", "exit_code": 0, "done": 3}` + "\n"))
	f.Add([]byte(`{"kind": "run"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run := readRun("20261129", data)
		if _, err := json.Marshal(run); err != nil && run.Began.Year() < 10_000 {
			t.Error(err)
		}
	})
}
