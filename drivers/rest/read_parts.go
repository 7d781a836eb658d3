package rest

import (
	"context"
	"net/url"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// partOf is one member's part of one object, to be read.
type partOf struct {
	collection
	object int // its index
	name   string
	config map[string]string // cluster-wide
	member string
	part   *schema.Part // nil when the object has gone meanwhile
}

// addParts reads the parts and puts them into the objects. It asks some members at a time, and one that does not
// answer only once.
func (r reader) addParts(ctx context.Context, objects []schema.Object, parts []partOf) error {
	err := each(ctx, len(r.members), func(ctx context.Context, i int) error {
		silent := r.members[i].silent()
		for p := range parts {
			if parts[p].member != r.members[i].Name {
				continue
			}
			part := &schema.Part{State: schema.StateUnknown}
			if !silent {
				var err error
				if part, err = r.part(ctx, parts[p]); err != nil {
					return err
				}
			}
			silent = silent || part != nil && part.State == schema.StateUnknown
			parts[p].part = part
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.part != nil {
			objects[p.object].Members = schema.With(objects[p.object].Members, p.member, *p.part)
		}
	}
	return nil
}

// part reads one member's part: its state there, and the keys that it has and the cluster-wide answer has not. Its
// state is unknown when the member does not answer.
func (r reader) part(ctx context.Context, p partOf) (*schema.Part, error) {
	query := map[string]string{"target": p.member}
	if p.project != "" {
		query["project"] = p.project
	}
	limited, cancel := context.WithTimeout(ctx, partTimeout)
	defer cancel()
	e, err := drivers.Get[entry](limited, r.api, p.path()+"/"+url.PathEscape(p.name), query)
	switch {
	case drivers.Is(err, drivers.NotFound):
		return nil, nil
	case ctx.Err() == nil && (drivers.Is(err, drivers.Unreachable) || drivers.Is(err, drivers.Timeout)):
		return &schema.Part{State: schema.StateUnknown}, nil
	case err != nil:
		return nil, err
	}
	part := &schema.Part{State: stateOf(e.Status)}
	for key, value := range e.Config {
		if _, everywhere := p.config[key]; !everywhere && value != "" {
			rule, _ := p.kind.Rule(e.text(p.kind.Variant), key)
			part.Config = schema.With(part.Config, key, public(rule, value))
			if err := drivers.Keep(ctx, len(key)+len(value)); err != nil {
				return nil, err
			}
		}
	}
	return part, nil
}
