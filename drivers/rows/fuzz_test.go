package rows_test

import (
	"context"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/drivers/rows"
	"clusterctl/schema/kinds"
)

// hostile is a daemon that says truly which tables there are, and of what is in them what the fuzzer thinks of.
type hostile struct {
	*database
	answer []byte
}

func (h hostile) Query(ctx context.Context, statement string) ([][]rows.Cell, error) {
	if strings.Contains(statement, "sqlite_master") {
		return h.database.Query(ctx, statement)
	}
	return drivers.SQLAnswer(h.answer)
}

// FuzzRead holds that whatever a daemon answers to a query, it becomes objects or an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"Results": [{"type": "select", "columns": [], "rows": [[]]}]}`))
	f.Add([]byte(`{"Results": [{"rows": [["0", "1", "node1", "10.0.0.1:8443", 0, null], ["1", "1", "x", null, null, null], [null], "x"]}]}`))
	f.Add([]byte(`{"Results": [{"rows": [["0", 1, 2, 3, 4, 5], ["9", "1", "a", "1", "2", "3"], ["20", "1", "b", "default", "0", "1"],` +
		` ["30", "1", "user.a", "${secret:server/core.trust_password}", null, null]]}]}`))
	db := open(f, file(f, "schema60.sql"))
	reg := kinds.Registry()
	f.Fuzz(func(t *testing.T, answer []byte) {
		h := hostile{db, answer}
		live, err := rows.Read(t.Context(), h, reg, now)
		if err == nil {
			_ = live.Objects()
		}
		_, _ = rows.RaftRoles(t.Context(), h)       // an error is as good as none
		_, _ = rows.NewestHeartbeat(t.Context(), h) // as above
	})
}
