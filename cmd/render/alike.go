package render

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// manyAlike is how many entries in a row must be alike to be shown as one.
const manyAlike = 4

// runs cuts a list into runs of entries that are alike, and what is no long run into single entries.
func runs[T any](list []T, alike func(a, b T) bool) [][]T {
	var out [][]T
	for len(list) > 0 {
		n := 1
		for n < len(list) && alike(list[0], list[n]) {
			n++
		}
		if n < manyAlike {
			n = 1
		}
		out = append(out, list[:n])
		list = list[n:]
	}
	return out
}

// alikeChanges reports the same differences of two objects of a kind.
func alikeChanges(a, b plan.Change) bool {
	return a.Action == b.Action && a.Reason == b.Reason && a.Ref.Kind == b.Ref.Kind && a.Ref.Project == b.Ref.Project &&
		slices.EqualFunc(a.Fields, b.Fields, func(f, g plan.FieldChange) bool {
			f.At = g.At
			return f == g
		})
}

// alikeSteps reports steps that do the same to two objects.
func alikeSteps(a, b plan.Step) bool {
	return where(a) == where(b) && a.Op.Kind == b.Op.Kind && a.Risk == b.Risk && a.Cause.Kind == b.Cause.Kind &&
		titleFor(a, "") == titleFor(b, "")
}

// titleFor is the title of a step with another name in the place of its object's.
func titleFor(s plan.Step, name string) string {
	return strings.Replace(s.Title, s.Cause.Name, name, 1)
}

// named is what a run of changes is about: "profile/p1", or "profile/p1 ... profile/p200 (200 alike)".
func named(run []plan.Change) string {
	first, last := run[0].Ref, run[len(run)-1].Ref
	if len(run) == 1 {
		return first.String()
	}
	return fmt.Sprintf("%s ... %s (%d alike)", first, last, len(run))
}

// titled is what a run of steps does.
func titled(run []plan.Step) string {
	if len(run) == 1 {
		return run[0].Title
	}
	return titleFor(run[0], run[0].Cause.Name+" ... "+run[len(run)-1].Cause.Name)
}

// numbered are the numbers of a run of steps that begins with that one: "7", "7-206".
func numbered(first, length int) string {
	if length == 1 {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, first+length-1)
}

// manyChanges is how many changes are counted by kind.
const manyChanges = 20

// byKind counts changes by the kind of their objects, where there are many.
func byKind(changes []plan.Change) string {
	if len(changes) < manyChanges {
		return ""
	}
	counts := map[string]int{}
	for _, c := range changes {
		counts[strings.ReplaceAll(string(c.Ref.Kind), "_", " ")]++
	}
	parts := schema.Map(schema.SortedKeys(counts), func(kind string) string { return schema.Count(counts[kind], kind) })
	return "Changes by kind: " + strings.Join(parts, ", ") + "."
}
