package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Remove plans the removal of the member as if the preseed said so and nothing else, and carries it out. By force it is
// given up, which needs consent by name.
func (r *Run) Remove(ctx context.Context, where Where, name string, force bool) error {
	return r.on(ctx, where, func(ctx context.Context, seen opened) error { return r.remove(ctx, seen, name, force) })
}

func (r *Run) remove(ctx context.Context, seen opened, name string, force bool) error {
	live, err := r.readAtRest(ctx, seen.backend)
	if err != nil {
		return err
	}
	if _, there := live.Facts.Members[name]; !there {
		return Fail(ExitUsage, schema.DidYouMean(name, live.Facts.MemberOrder()),
			fmt.Errorf("the cluster has no member %q", name))
	}
	state := schema.StateAbsent
	if force {
		state = schema.StateLost
	} else { // it was named on the command line, and loses nothing
		r.Options.AllowDestroy = append(slices.Clone(r.Options.AllowDestroy), "member/"+name)
	}
	gone := schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name}, State: state}
	return r.removing(ctx, r.operation(seen, r.heard(ctx, seen.backend, live), r.Options, gone))
}

// removing carries the removal of members out, and says of those that the preseed still has how they would come back.
func (r *Run) removing(ctx context.Context, v *Survey) error {
	err := r.whole(ctx, v)
	if err != nil || r.result.Result != "applied" {
		return err
	}
	var still []string
	for _, m := range v.want.Members {
		if _, gone := v.want.Want.Get(plan.MemberRef(m.Name)); gone && m.Pos.Line > 0 {
			at := schema.Position{File: m.Pos.File, Line: m.Pos.Line}
			still = append(still, fmt.Sprintf("Take %s out of %s, or the next apply joins it again.", m.Name, at))
		}
	}
	r.result.Verified, r.result.Hint = len(still) == 0 && r.result.Verified, strings.Join(still, " ")
	return nil
}
