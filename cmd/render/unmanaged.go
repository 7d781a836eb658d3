package render

import (
	"fmt"
	"io"
	"strings"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

// NotManaged lists what a cluster has and its files do not say, an object a line, with all that is to be known of it.
func NotManaged(w io.Writer, list []session.Unmanaged) {
	if len(list) == 0 {
		fmt.Fprintln(w, "\nThe files say all that the cluster has.")
		return
	}
	fmt.Fprintln(w, "\nNot managed, since the files do not say it; clusterctl show KIND/NAME has the values:")
	for _, u := range list {
		line := u.Ref.String()
		if len(u.Keys) > 0 {
			line += ": " + strings.Join(u.Keys, ", ")
		}
		fmt.Fprint(w, wrap("- "+clean(line), "  "))
	}
}

// UnmanagedLines says the same in short, below a plan: objects that the files do not have at all stand together where
// there are many of a kind; compact tells their number alone.
func UnmanagedLines(w io.Writer, paint Paint, list []session.Unmanaged, compact bool) {
	if compact && len(list) > 0 {
		fmt.Fprintln(w, paint.in(dim, "not managed: "+schema.Count(len(list), "object")+"; --show-unmanaged lists them"))
		return
	}
	for _, run := range runs(list, unmanagedAlike) {
		first := run[0]
		line := "not managed: " + words(first)
		switch {
		case len(first.Keys) > 0:
			line = "not managed: " + strings.Join(first.Keys, ", ") + " in " + words(first)
		case len(run) > 1:
			line += fmt.Sprintf(" ... %s (%d)", run[len(run)-1].Ref.Name, len(run))
		}
		fmt.Fprintln(w, paint.in(dim, clean(line)))
	}
}

func unmanagedAlike(a, b session.Unmanaged) bool {
	return a.Ref.Kind == b.Ref.Kind && a.Ref.Project == b.Ref.Project && len(a.Keys)+len(b.Keys) == 0
}

// words names an object in a sentence, as steps do: "network ACL web", "profile web/small" of another project than the
// default one.
func words(u session.Unmanaged) string {
	if u.Ref == plan.ServerRef() {
		return u.Title // there is one
	}
	_, name, _ := strings.Cut(u.Ref.String(), "/")
	return u.Title + " " + name
}
