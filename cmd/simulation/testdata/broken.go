package simulation

import (
	"context"
	"errors"
)

// What TestKeep puts beside the tests: a fault that nothing mends.
func init() {
	faults = map[string]strike{"broken": func(w *watch, _ context.Context, _ moment, _ func(context.Context) error) error {
		w.problem(errors.New("the world broke"))
		return w.end()
	}}
}
