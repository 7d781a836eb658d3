package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"clusterctl/schema"
)

// Header is what stands above a plan: where it comes from.
type Header struct {
	// Facts are those of the cluster that was read.
	Facts schema.Facts
	// Files are the inputs.
	Files []string
	// Compact leaves out values, and steps that risk nothing.
	Compact bool
}

func header(w io.Writer, paint Paint, h Header) {
	if h.Facts.Flavour.Product == "" && len(h.Facts.Hosts) == 0 && h.Facts.Source != schema.SourceDump {
		return // nothing was read: a command has said by itself what it saw
	}
	fmt.Fprintln(w, paint.in(bold, headline(h.Facts)))
	if len(h.Files) > 0 {
		fmt.Fprintf(w, "Files: %s\n", clean(strings.Join(h.Files, ", ")))
	}
	fmt.Fprintln(w)
}

// headline says in one line what was read and how.
func headline(f schema.Facts) string {
	if !f.Clustered && f.Source == schema.SourceDump {
		return "New cluster, as " + dumpOf(f.AsOf) + " is that of a server outside a cluster."
	}
	answered := hosts(f, func(h schema.HostFacts) bool { return h.Fault == "" })
	if n := hosts(f, func(h schema.HostFacts) bool { return h.Untrusted }); n > 0 && !f.Clustered &&
		f.Flavour.Product == "" {
		return "Nothing of the cluster was read: " + schema.Count(n, "server") + " must trust this client first."
	}
	if !f.Clustered && f.Flavour.Product == "" {
		return fmt.Sprintf("No cluster was found; %s answered, but not the member that would begin one.",
			schema.Count(answered, "server"))
	}
	if !f.Clustered {
		return fmt.Sprintf("New cluster, %s; %s answered.", f.Flavour, schema.Count(answered, "server"))
	}
	source := map[string]string{"dqlite": "its database", "rest": "its REST API",
		schema.SourceDump: dumpOf(f.AsOf)}[f.Source]
	if source == "" {
		source = f.Source
	}
	line := fmt.Sprintf("Cluster of %s, %s, read from %s", schema.Count(len(f.Members), "member"), f.Flavour, source)
	if f.Leader != "" {
		line += ", leader " + f.Leader
	}
	return clean(line) + "."
}

// dumpOf names a dump by its time.
func dumpOf(t time.Time) string {
	if t.IsZero() {
		return "a dump of its database of unknown age"
	}
	return "a dump of its database of " + t.Format(time.DateTime) + " UTC"
}

// hosts counts those that are meant.
func hosts(f schema.Facts, meant func(schema.HostFacts) bool) int {
	return len(schema.Filter(slices.Collect(maps.Values(f.Hosts)), meant))
}
