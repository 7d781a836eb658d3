package cmd

import (
	"context"
	"time"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// World is how commands reach what is outside this machine's files. Tests bring their own.
type World struct {
	// Version is what the version command prints.
	Version string
	// Open connects to the members. The backend does its connecting when it is first asked something.
	Open func(ctx context.Context, t Target) (drivers.Backend, error)
	// LookupHost finds the addresses of a host name.
	LookupHost func(ctx context.Context, host string) ([]string, error)
	// Now is the time of day.
	Now func() time.Time
}

// Target says which members to reach and how.
type Target struct {
	Members []schema.Member
	// Bootstrap is the member that begins a new cluster.
	Bootstrap string
	Registry  schema.Registry
	// ReadFile reads a file of this machine; a path may begin with ~/.
	ReadFile func(path string) ([]byte, error)
	// Secret returns the value of a secret by its name in schema.Preseed.Secrets; asked only when needed.
	Secret func(name string) (string, error)
	// Parallelism limits how many members are spoken to at once.
	Parallelism int
}
