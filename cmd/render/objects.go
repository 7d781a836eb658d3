package render

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"clusterctl/cmd/session"
)

// Instances writes a table.
func Instances(w io.Writer, instances []session.Instance) {
	if len(instances) == 0 {
		fmt.Fprintln(w, "No instances.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROJECT\tNAME\tMEMBER\tTYPE\tRUNNING\tPROFILES")
	for _, i := range instances {
		running := "no"
		if i.Running {
			running = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", clean(i.Project), clean(i.Name), clean(i.Member),
			orDash(i.Type), running, orDash(clean(strings.Join(i.Profiles, ","))))
	}
	_ = table.Flush()
}
