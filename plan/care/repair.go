package care

import (
	"maps"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// planned returns the steps that make one object what is wanted, as a plan of a preseed with nothing else would; none
// when a guard speaks against them.
func (e examination) planned(want schema.Object) []plan.Step {
	plan := e.build(schema.Preseed{Want: schema.NewCluster(schema.Facts{}, want)}, e.Live, e.reg, plan.Options{})
	if plan.Refused() {
		return nil
	}
	return plan.Steps
}

// asDeclared returns a live object as the preseed that defined it would have it: without states and without what the
// server noted for itself.
func asDeclared(o schema.Object) schema.Object {
	out := o.Clone()
	out.State = ""
	volatile := func(key, _ string) bool { return strings.HasPrefix(key, "volatile.") }
	maps.DeleteFunc(out.Config, volatile)
	for name, part := range out.Members {
		maps.DeleteFunc(part.Config, volatile)
		out.Members[name] = schema.Part{Config: part.Config}
	}
	return out
}
