package render

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"clusterctl/plan/care"
	"clusterctl/schema"
)

// Copies writes what the members' own copies of the database know, one line per member.
func Copies(w io.Writer, paint Paint, copies []care.Copy) {
	fmt.Fprintln(w, paint.in(bold, "The database as each member's own copy knows it:"))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  MEMBER\tADDRESS\tROLE\tLAST ENTRY\tNEWEST HEARTBEAT\tVOTERS IT KNOWS")
	for _, c := range copies {
		if c.Fault != "" {
			fmt.Fprintf(table, "  %s\t%s\t-\t-\t-\t%s\n", clean(c.Member), clean(c.Address), clean(c.Fault))
			continue
		}
		var voters []string
		for _, m := range c.Members {
			if m.Role == schema.Voter {
				voters = append(voters, m.Name)
			}
		}
		slices.Sort(voters)
		role := string(c.Role())
		if role == "" {
			role = "none"
		}
		last, newest := fmt.Sprintf("%d, term %d", c.Last.Index, c.Last.Term), "unknown"
		switch {
		case c.Role() == schema.Spare:
			last, newest = "-", "-"
		case c.Unread != "":
			last = "cannot be read"
		}
		if !c.Newest.IsZero() {
			newest = c.Newest.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\n", clean(c.Member), clean(c.Address), role, last, newest,
			clean(fmt.Sprint(voters)))
	}
	_ = table.Flush() // a writer that fails is seen when the plan is written
	fmt.Fprintln(w)
}
