package wire_test

import (
	"context"
	"errors"
	"testing"

	"github.com/canonical/go-dqlite/client"
	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/sandbox/wire"
)

func TestClientFindsTheLeader(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	store := client.NewInmemNodeStore()
	if err := store.Set(t.Context(), []client.NodeInfo{{Address: m.address}}); err != nil {
		t.Fatal(err)
	}
	c, err := client.FindLeader(t.Context(), store, client.WithDialFunc(dial), client.WithLogFunc(quiet))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	leader, err := c.Leader(t.Context())
	if err != nil || leader.ID != 1 || leader.Address != m.address {
		t.Errorf("got leader %+v and error %v, want 1 at %s", leader, err, m.address)
	}
}

func TestFollowerKnowsNoLeader(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	m.follow()
	leader, err := m.client(t).Leader(t.Context())
	if err != nil || leader.ID != 0 || leader.Address != "" {
		t.Errorf("got leader %+v and error %v, want none", leader, err)
	}
}

func TestClusterListsTheConfiguration(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	got, err := m.client(t).Cluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []client.NodeInfo{{ID: 1, Address: m.address, Role: client.Voter}, {ID: 2, Address: "m2:8443", Role: client.StandBy},
		{ID: 7, Address: "m3:8443", Role: client.Spare}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	here, there := newPipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- wire.Serve(ctx, there, m) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := here.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
