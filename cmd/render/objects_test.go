package render_test

import (
	"bytes"
	"testing"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
)

func TestInstancesText(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, list := range [][]session.Instance{nil, {
		{Project: "default", Name: "c1", Member: "node2", Type: "container", Running: true,
			Profiles: []string{"default", "small"}},
		{Project: "web", Name: "v1", Member: "node1", Type: "virtual-machine"},
	}} {
		render.Instances(&b, list)
	}
	const want = `No instances.
PROJECT  NAME  MEMBER  TYPE             RUNNING  PROFILES
default  c1    node2   container        yes      default,small
web      v1    node1   virtual-machine  no       -
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
