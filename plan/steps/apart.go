package steps

import (
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// keepApart gives the steps the sections of what a daemon takes one at a time, see [schema.Apart].
func keepApart(v *view.View, steps []plan.Step) {
	edited := map[schema.Ref]bool{}
	for _, s := range steps {
		if a := apartOf(v, s); a != nil && a.When == schema.ApartInUse {
			edited[s.Cause] = true
		}
	}
	used := map[schema.Ref]bool{}
	if len(edited) > 1 { // one has nothing to be kept apart from, and all objects are looked at
		used = v.InUse(edited)
	}
	for i, s := range steps {
		a := apartOf(v, s)
		if a == nil || a.When == schema.ApartInUse && !used[s.Cause] {
			continue
		}
		section := plan.Section(a.Section)
		if v.Kind(s.Cause.Kind).Lifecycle == schema.Placed && s.Op.Request.Target != "" {
			section += plan.Section("@" + s.Op.Request.Target) // each member has its own
		}
		if !slices.Contains(s.Sections, section) {
			steps[i].Sections = append(slices.Clone(s.Sections), section)
		}
	}
}

// apartOf is what keeps the step's change apart from others; nil when nothing does.
func apartOf(v *view.View, s plan.Step) *schema.Apart {
	a := v.Kind(s.Cause.Kind).Apart
	if a == nil || !a.Servers.In(v.Live.Facts.Flavour) || s.Op.Request == nil ||
		a.When != schema.ApartAlways && s.Op.Kind != plan.OpEdit {
		return nil
	}
	return a
}
