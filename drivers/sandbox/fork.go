package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"clusterctl/drivers/internal/memdb"
)

// Fork starts another world that is what this copy is now, between two calls: operations and tokens that are under way
// are not in it.
func (w *World) Fork(ctx context.Context) (*World, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &World{faults: &faults{}, temporary: true, copied: w.copied, server: w.server}
	f.saved.Serial, f.saved.Version = w.saved.Serial, w.saved.Version
	f.ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := f.become(ctx, w); err != nil {
		return nil, errors.Join(fmt.Errorf("forking the copy: %w", err), f.Close())
	}
	for _, m := range f.members {
		m.listenUnix()
	}
	f.work.Go(f.beat)
	return f, nil
}

// become takes over what another world has.
func (w *World) become(ctx context.Context, other *World) error {
	clusters := map[*cluster]*cluster{}
	for _, c := range other.clusters() {
		db, err := w.same(ctx, c.db)
		if err != nil {
			return err
		}
		clusters[c] = &cluster{world: w, file: c.file, db: db, clustered: c.clustered, raft: slices.Clone(c.raft),
			leader: c.leader}
		if c == other.shared {
			w.shared = clusters[c]
		}
	}
	for _, m := range other.members {
		saved := *m.savedMember
		saved.Left = slices.Clone(m.Left)
		w.saved.Members = append(w.saved.Members, &saved)
		own := w.bareMember(&saved)
		own.cluster, own.serverPair, own.clusterPair, own.starts = clusters[m.cluster], m.serverPair, m.clusterPair, m.starts
		w.members = append(w.members, own)
		var err error
		if own.local, err = w.same(ctx, m.local); err != nil {
			return err
		}
	}
	return nil
}

// same is a database with the same rows.
func (w *World) same(ctx context.Context, db *store) (*store, error) {
	image, err := db.Image(ctx)
	if err != nil {
		return nil, err
	}
	copied, err := memdb.Memory(ctx, image)
	if err != nil {
		return nil, err
	}
	return &store{DB: copied, server: &w.server}, nil
}
