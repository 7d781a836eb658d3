package dump_test

import (
	"strings"
	"testing"
)

// FuzzOpen holds that a file that is taken for a dump is read or refused, and that no error quotes what stands there.
func FuzzOpen(f *testing.F) {
	const head = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE nodes (id INTEGER, name TEXT, address TEXT, state INTEGER);\n"
	f.Add(head + "INSERT INTO nodes VALUES(1,'node1','10.0.0.1:8443',0);\nCOMMIT;\n")
	f.Add(head + "INSERT INTO nodes VALUES(1,'hunter2','10.0.0.1:8443');\nCOMMIT;\n")
	f.Add(head + "CREATE TRIGGER t AFTER INSERT ON nodes BEGIN SELECT load_extension('hunter2'); END;\nATTACH '/etc/x' AS x;\n")
	f.Add(`{"metadata": {"text": "BEGIN;COMMIT;"}}`)
	f.Add("BEGIN;\n/* \x60hunter2")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := open(t, text)
		if err == nil {
			_, err = d.Read(t.Context())
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	})
}
