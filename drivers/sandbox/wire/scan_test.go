package wire

import "testing"

func TestScanCountsParametersAndStatements(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]shape{
		"":                                  {empty: true},
		" ;; -- SELECT ?":                   {empty: true},
		"/* ? */":                           {empty: true},
		"/* never closed ?":                 {empty: true},
		"SELECT 1":                          {},
		"SELECT 1; -- done\n ;":             {},
		"; SELECT 1":                        {},
		"SELECT 1; SELECT ?":                {tail: true},
		"SELECT ';?', \";?\", `;?`, [;?]":   {},
		"SELECT 'it''s ?'":                  {},
		"SELECT 'never closed ?":            {},
		"SELECT ?, ?":                       {parameters: 2},
		"SELECT ?3, ?":                      {parameters: 4},
		"SELECT ?2, ?1":                     {parameters: 2},
		"SELECT :a, @a, $a, :a":             {parameters: 3},
		"SELECT a$b, x1 FROM t WHERE y=?--": {parameters: 1},
		"SELECT ?/*c*/+?-?":                 {parameters: 3},
	} {
		if got := scan(query); got != want {
			t.Errorf("scan(%q) = %+v, want %+v", query, got, want)
		}
	}
}

func TestEveryRoleAndChangeHasText(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Voter.String(): "voter", StandBy.String(): "stand-by", Spare.String(): "spare", Role(3).String(): "role 3",
		AddNode.String(): "add", AssignRole.String(): "assign", RemoveNode.String(): "remove",
		TransferLeadership.String(): "transfer", SetWeight.String(): "weight", ChangeKind(0).String(): "invalid change",
		ChangeKind(-1).String(): "invalid change",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
