package steps

import (
	"strconv"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// imagesPath is where images are by fingerprint; the kind's own path has their aliases.
const imagesPath = "/1.0/images"

// imported plans images: brought in from a file or another server, and given their alias. A file that is not the image
// behind the alias is brought in, and the alias moves to it; the earlier image stays.
func (d *draft) imported(kind schema.Kind, c plan.Change, want schema.Object) {
	live := d.Current(c.Ref)
	switch c.Action {
	case plan.Create:
		if want.Attrs["origin"] != "" {
			d.pull(kind, c, want)
		} else {
			if want.Attrs["file"] != "" {
				d.upload(kind, c, want)
			}
			d.then(kind, c, "create", "Give alias to "+view.Named(kind, c.Ref), plan.Request{Method: "POST", Path: kind.Path, Body: plan.Body(map[string]any{
				"name": c.Ref.Name, "target": want.Attrs["fingerprint"], "description": want.Attrs["description"]})}, plan.OpRequest)
		}
		d.copies(kind, c, want)
	case plan.Update:
		d.reimport(kind, c, want, live)
	case plan.Delete:
		d.forget(kind, c, want, live)
	}
}

// pull plans that LXD gets the image from another server, alias and all.
func (d *draft) pull(kind schema.Kind, c plan.Change, want schema.Object) {
	body := map[string]any{"aliases": []map[string]string{{"name": c.Ref.Name, "description": want.Attrs["description"]}}}
	for field, name := range map[string]string{"source": "origin", "public": "public", "auto_update": "auto_update"} {
		if attr, _ := kind.Attr(name); want.Attrs[name] != "" {
			body[field] = sent(attr, want.Attrs[name])
		}
	}
	d.add(plan.Step{
		ID: plan.StepID("create:" + c.Ref.String()), Title: "Get " + view.Named(kind, c.Ref) + " from " + want.Attrs["server"], Cause: c.Ref,
		Op:    plan.Op{Kind: plan.OpPull, Request: &plan.Request{Method: "POST", Path: imagesPath, Project: view.Project(kind, c.Ref), Body: plan.Body(body)}},
		Needs: d.needs(want), Expect: plan.Expect{Ref: c.Ref}, Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}, At: c.At,
	})
}

func (d *draft) upload(kind schema.Kind, c plan.Change, want schema.Object) {
	d.add(plan.Step{
		ID: plan.StepID("upload:" + c.Ref.String()), Title: "Upload " + want.Attrs["file"] + " for " + view.Named(kind, c.Ref), Cause: c.Ref,
		Op: plan.Op{Kind: plan.OpUpload, Upload: &plan.Upload{Path: want.Attrs["file"], Fingerprint: want.Attrs["fingerprint"],
			Project: view.Project(kind, c.Ref), Public: want.Attrs["public"] == "true"}},
		Needs: d.needs(want), Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}, At: c.At,
	})
}

// reimport plans what differs: the image behind the alias, what LXD keeps with the alias, and what with the image.
func (d *draft) reimport(kind schema.Kind, c plan.Change, want, live schema.Object) {
	alias, image, fingerprint := map[string]any{}, map[string]any{}, live.Attrs["fingerprint"]
	for _, f := range c.Fields {
		attr, _ := kind.Attr(f.Key)
		switch f.Key {
		case "fingerprint":
			if want.Attrs["file"] != "" {
				d.upload(kind, c, want)
			}
			alias["target"], fingerprint = f.New, f.New
		case "description":
			alias[f.Key] = f.New
		default:
			image[f.Key] = sent(attr, f.New)
		}
	}
	if len(alias) > 0 {
		d.then(kind, c, "update", "Update alias of "+view.Named(kind, c.Ref), plan.Request{Method: "PUT", Path: kind.ObjectPath(c.Ref), Body: plan.Body(alias)}, plan.OpEdit)
	}
	if len(image) > 0 {
		d.then(kind, c, "configure", "Update "+view.Named(kind, c.Ref), plan.Request{Method: "PUT", Path: imagesPath + "/" + fingerprint, Body: plan.Body(image)}, plan.OpEdit)
	}
	d.copies(kind, c, want)
}

// copies plans to wait until as many members have the image as cluster.images_minimal_replica says, when the preseed
// asks for that.
func (d *draft) copies(kind schema.Kind, c plan.Change, want schema.Object) {
	if want.Attrs["replicas"] != "wait" {
		return
	}
	count := 3
	server := d.Wanted(plan.ServerRef())
	for _, text := range []string{d.Current(plan.ServerRef()).Config["cluster.images_minimal_replica"], server.Config["cluster.images_minimal_replica"]} {
		if n, err := strconv.Atoi(text); err == nil {
			count = n
		}
	}
	if count < 0 || count > len(d.Members) {
		count = len(d.Members)
	}
	d.add(plan.Step{
		ID: plan.StepID("copies:" + c.Ref.String()), Title: "Wait for " + strconv.Itoa(count) + " copies of " + view.Named(kind, c.Ref), Cause: c.Ref,
		Op:    plan.Op{Kind: plan.OpCopies, Copies: &plan.Copies{Image: c.Ref, Count: count}},
		Needs: []plan.StepID{d.last[c.Ref]}, Risk: plan.Risk{Level: plan.RiskNone}, At: c.At,
	})
}

// forget plans the removal of an alias, and of its image unless another alias stands for it.
func (d *draft) forget(kind schema.Kind, c plan.Change, want, live schema.Object) {
	d.remove(kind, c, want)
	d.steps[len(d.steps)-1].Title = "Delete alias of " + view.Named(kind, c.Ref)
	fingerprint := live.Attrs["fingerprint"]
	for _, other := range d.Live.OfKind(kind.Name) {
		if other.Ref == c.Ref || other.Ref.Project != c.Ref.Project || other.Attrs["fingerprint"] != fingerprint {
			continue
		}
		if _, gone := d.last[other.Ref]; !gone || !d.isToGo(other.Ref) {
			return // it stands for the image, or goes later and takes the image along
		}
	}
	d.then(kind, c, "discard", "Delete "+view.Named(kind, c.Ref), plan.Request{Method: "DELETE", Path: imagesPath + "/" + fingerprint, Gone: true}, plan.OpRequest)
}

func (d *draft) isToGo(r schema.Ref) bool {
	want := d.Wanted(r)
	return want.State == schema.StateAbsent
}

// then adds a step after the earlier ones of the same object.
func (d *draft) then(kind schema.Kind, c plan.Change, action, title string, r plan.Request, op plan.OpKind) {
	r.Project = view.Project(kind, c.Ref)
	s := plan.Step{ID: plan.StepID(action + ":" + c.Ref.String()), Title: title, Cause: c.Ref, Op: plan.Op{Kind: op, Request: &r},
		Expect: plan.Expect{Ref: c.Ref, Absent: c.Action == plan.Delete}, Risk: plan.Risk{Level: plan.RiskLow}, At: c.At}
	if c.Action == plan.Delete {
		s.Risk = plan.Risk{Level: plan.RiskHigh, Stops: "what it holds is lost"}
	}
	if before, ok := d.last[c.Ref]; ok {
		s.Needs = []plan.StepID{before}
	} else {
		want := d.Wanted(c.Ref)
		s.Needs = d.needs(want)
	}
	d.add(s)
}
