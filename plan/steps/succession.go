package steps

import (
	"encoding/json"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// successions plans, for members that replace lost ones, that the cluster keeps what they take over before the lost ones
// are removed, and forgets it when they have it: a run that is broken off in between knows it from there.
func successions(v *view.View, changes map[string]plan.Change) (noted, forgotten []plan.Step) {
	for _, m := range v.Want.Members {
		key, ref := plan.SuccessionMark+m.Name, plan.MemberRef(m.Name)
		lost := changes[m.Replaces].Action == plan.Delete
		if m.Replaces == "" || !lost && v.Current(plan.ServerRef()).Config[key] == "" {
			continue
		}
		mark := func(verb, title, text string) plan.Step {
			return plan.Step{ID: stepID(verb, ref, ""), Title: title, Cause: ref,
				Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: "/1.0",
					Body: plan.Body(map[string]any{"config": map[string]string{key: text}})}},
				Risk: plan.Risk{Level: plan.RiskNone}, At: changes[m.Name].At}
		}
		if lost {
			noted = append(noted, mark("note", "Note what "+m.Name+" takes over from "+m.Replaces, succession(v, m)))
		}
		forget := mark("forget", "Forget the note of what "+m.Name+" takes over", "")
		forget.Follows = []plan.Need{plan.After(ref), plan.AfterPhase(plan.PhaseFormed)}
		forgotten = append(forgotten, forget)
	}
	return noted, forgotten
}

// succession is what the member is to have, in JSON: what its preseed says itself counts more the next time, too.
func succession(v *view.View, m schema.Member) string {
	want := v.Wanted(plan.MemberRef(m.Name))
	s := plan.Succession{Domain: want.Attrs["failure_domain"], Groups: want.Lists["groups"],
		Parts: map[string]map[string]string{}}
	for _, o := range v.Want.Want.Objects() {
		if part, has := o.Members[m.Name]; has && v.Kind(o.Ref.Kind).Lifecycle == schema.Pending {
			s.Parts[o.Ref.String()] = part.Config
		}
	}
	text, _ := json.Marshal(s) // texts alone
	return string(text)
}
