package render_test

import (
	"bytes"
	"testing"

	"clusterctl/cmd/render"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

func TestLossText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		loss care.Loss
		want string
	}{
		"goes on": {care.Loss{Down: []string{"m1"}, NewLeader: true, AtOnce: plan.Voters{Online: 2, Needed: 2},
			Settled: plan.Voters{Online: 3, Needed: 2},
			Moves:   []view.RoleMove{{Member: "m4", Or: []string{"m5"}, From: schema.StandBy, To: schema.Voter}},
			Instances: []schema.Ref{{Kind: "instance", Project: "default", Name: "c1"},
				{Kind: "instance", Project: "web", Name: "c2"}}, InstanceCounts: map[string]int{"m1": 2}},
			`If m1 goes down:
  + the database goes on: 2 voters online, 2 needed
    the others elect a new leader, which takes some seconds; changes wait for it
  ~ m4 or m5 becomes voter (now stand-by)
    afterwards: 3 voters online, 2 needed, 1 more may fail
  - not reachable: 2 instances: c1, web/c2
`},
		"stops": {care.Loss{Down: []string{"m1", "m2"}, AtOnce: plan.Voters{Online: 1, Needed: 2},
			VolumeCounts: map[string]int{"m2": 1}, Images: []string{"0123456789abcdef"}},
			`If m1, m2 go down at the same moment:
  ! the database stops: 1 voter online, 2 needed
    instances that run go on, and nothing can be changed until voters are back; nobody takes over by itself
  - not reachable: 1 custom volume on m2
  - no copy left of image 0123456789ab
`},
		"nothing there": {care.Loss{Down: []string{"m4"}, AtOnce: plan.Voters{Online: 3, Needed: 2},
			Settled: plan.Voters{Online: 2, Needed: 2}},
			`If m4 goes down:
  + the database goes on: 3 voters online, 2 needed
    afterwards: 2 voters online, 2 needed, no more may fail
  nothing lives there: no instance, no custom volume, no last copy of an image
`},
	} {
		var b bytes.Buffer
		render.Loss(&b, render.Paint{}, c.loss)
		if b.String() != c.want {
			t.Errorf("%s: got\n%swant\n%s", name, b.String(), c.want)
		}
	}
}
