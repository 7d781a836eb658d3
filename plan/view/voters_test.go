package view_test

import (
	"testing"

	"clusterctl/plan"
	"clusterctl/plan/view"
)

func TestVotersOfAGrowingCluster(t *testing.T) {
	t.Parallel()
	d := &view.View{}
	for n, want := range []plan.Voters{{}, {Online: 1, Needed: 1}, {Online: 1, Needed: 1}, {Online: 3, Needed: 2},
		{Online: 3, Needed: 2}, {Online: 3, Needed: 2}} {
		if got := d.VotersOf(n); got != want {
			t.Errorf("%d members: got %+v, want %+v", n, got, want)
		}
	}
}
