package render

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// ObjectFormat is the version of the JSON that show and list write.
const ObjectFormat = 1

// Instances is what list writes in JSON.
type Instances struct {
	Format    int        `json:"format_version"`
	Instances []Instance `json:"instances"`
}

// Instance is a container or a virtual machine.
type Instance struct {
	Project string `json:"project"`
	Name    string `json:"name"`
	// Member is where it is.
	Member string `json:"member"`
	Type   string `json:"type"`
	// Running is what its member last noted in the database.
	Running  bool     `json:"running"`
	Profiles []string `json:"profiles"`
}

// InstancesText writes a table.
func InstancesText(w io.Writer, instances []Instance) error {
	if len(instances) == 0 {
		_, err := fmt.Fprintln(w, "No instances.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROJECT\tNAME\tMEMBER\tTYPE\tRUNNING\tPROFILES")
	for _, i := range instances {
		running := "no"
		if i.Running {
			running = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", clean(i.Project), clean(i.Name), clean(i.Member), orDash(i.Type), running, orDash(clean(strings.Join(i.Profiles, ","))))
	}
	return table.Flush()
}
