package session

import (
	"context"

	"clusterctl/schema"
)

// ValidateOptions say what to judge for.
type ValidateOptions struct {
	// Server is what the members run; unknown stands for LXD 5.0.2.
	Server schema.Flavour
	// Resolve looks up the host names of the members.
	Resolve bool
}

// Validation is what was found in a preseed.
type Validation struct {
	Want  schema.Preseed
	Found schema.Diagnostics
	// ForIncus reports that it is valid for Incus, where nobody has said what it is for.
	ForIncus bool
}

// Validate reads and checks the inputs and speaks to no server.
func (s *Session) Validate(ctx context.Context, names []string, o ValidateOptions) (v Validation, err error) {
	inputs, err := s.Inputs(names)
	if err != nil {
		return v, err
	}
	entries, err := s.Entries(ctx, inputs)
	if err != nil {
		return v, err
	}
	if v.Want, v.Found, err = s.judgeFor(ctx, entries, s.Judging(o.Server)); err != nil {
		return v, err
	}
	if o.Resolve && !v.Found.Has(schema.SeverityError) {
		v.Found = append(v.Found, s.Resolve(ctx, v.Want)...).Sorted()
	}
	if o.Server.Product == "" && v.Found.Has(schema.SeverityError) {
		other, fewer, err := s.Judge(ctx, entries)
		v.ForIncus = err == nil && other.Judged != v.Want.Judged && !fewer.Has(schema.SeverityError)
	}
	return v, nil
}
