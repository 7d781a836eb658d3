package guard

import (
	_ "embed"
	"strings"
	"sync"
	"time"

	"clusterctl/schema"
)

// Action is what clusterctl does in a situation.
type Action string

// The actions. Whatever waits is looked at again for a while, and then refused.
const (
	GoOn   Action = "go on"
	Warn   Action = "warn"
	Wait   Action = "wait"
	Refuse Action = "refuse"
	Mend   Action = "mend" // is to plan what mends it: doctor's steps
)

// Situation is one row of the table: what is seen, what that can be and which further look decides, what clusterctl
// does, and what it says.
type Situation struct {
	Name string
	// When are the facts: of each group that it names one has to hold.
	When Facts
	// Be is what it can be, and what follows; Look is what decides it.
	Be, Look string
	Do       Action
	Code     schema.Code
	// Say and Hint have words in braces for what was seen. No hint tells to destroy what was not seen to be dead.
	Say, Hint string
}

//go:embed situations.jsonc
var situations []byte

// Situations is the table from which plan, apply, doctor, status, recover and remove take what they refuse and what
// they say of members and joins. The first row that fits counts.
var Situations = sync.OnceValue(func() (rows []Situation) {
	schema.ReadData("situations", situations, &rows)
	return rows
})

// Judge returns the situation that the facts make; false when there is nothing to say.
func Judge(s Seen) (Situation, bool) {
	for _, row := range Situations() {
		if s.Facts.Has(row.When) {
			return row, true
		}
	}
	return Situation{}, false
}

// Diagnostic says what the table says of what was seen. What is not a warning is of that severity.
func (row Situation) Diagnostic(s Seen, at schema.Severity) schema.Diagnostic {
	if row.Do == Warn {
		at = schema.SeverityWarning
	}
	return schema.Diagnostic{Severity: at, Code: row.Code, Member: s.Member, Summary: s.words(row.Say),
		Detail: s.words(row.Be), Hint: s.words(row.Hint)}
}

// words puts what was seen into a text.
func (s Seen) words(text string) string {
	age, last := "", "Its last heartbeat was not read"
	if s.Age > 0 {
		age = " for " + s.Age.Round(time.Second).String()
		last = "Its last heartbeat is " + s.Age.Round(time.Second).String() + " old; it counts as offline after " +
			"cluster.offline_threshold"
	}
	return strings.NewReplacer("{member}", s.Member, "{address}", s.Address, "{other}", s.Other, "{why}", s.Why, "{age}",
		age, "{last}", last, "{client}", s.Product.Client(), "{admin}", s.Product.Admin()).Replace(text)
}
