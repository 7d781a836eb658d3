package drivers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
)

type lookingKey struct{}

// Looking returns a context under which drivers send nothing that could change anything; they fail with Invalid instead.
// Every command line runs under one.
func Looking(ctx context.Context) context.Context { return context.WithValue(ctx, lookingKey{}, true) }

// Changing lifts that again, for the package apply alone.
func Changing(ctx context.Context) context.Context {
	return context.WithValue(ctx, lookingKey{}, false)
}

// errLooking is the cause of a refusal.
var errLooking = errors.New("a look sends nothing that changes anything")

func refuse(ctx context.Context, looks bool) error {
	if on, _ := ctx.Value(lookingKey{}).(bool); !on || looks {
		return nil
	}
	return errLooking
}

// Allowed returns an error for a call that the context does not allow.
func (c Call) Allowed(ctx context.Context) error {
	statement, _ := c.Body.(map[string]string)
	return refuse(ctx, c.Method == http.MethodGet || c.Method == http.MethodPost && c.Path == SQLPath &&
		Selects(statement["query"]))
}

// Selects reports a statement that only reads.
func Selects(statement string) bool {
	return strings.HasPrefix(strings.TrimSpace(statement), "SELECT ") && !strings.Contains(statement, ";")
}

// lookingTasks are those that leave everything as it is.
var lookingTasks = []Task{TaskFind, TaskProduct, TaskShow, TaskFiles, TaskRead, TaskReady, TaskAddresses, TaskRemains}

// Allowed returns an error for a command that the context does not allow.
func (c Command) Allowed(ctx context.Context) error {
	return refuse(ctx, slices.Contains(lookingTasks, c.Task))
}
