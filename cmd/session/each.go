package session

import "golang.org/x/sync/errgroup"

// each hands every item to do, at most limit of them at once, and returns what came of them, in their order.
func each[T, R any](limit int, items []T, do func(T) R) []R {
	out := make([]R, len(items))
	var group errgroup.Group
	group.SetLimit(limit)
	for i, item := range items {
		group.Go(func() error {
			out[i] = do(item)
			return nil
		})
	}
	_ = group.Wait() // its functions return none
	return out
}
