package steps

import (
	"cmp"
	"strconv"

	"clusterctl/plan"
	"clusterctl/schema"
)

// imagesPath is where images are by fingerprint; the kind's own path has their aliases.
const imagesPath = "/1.0/images"

// imported plans images: brought in from a file or another server, and given their alias. A file that is not the image
// behind the alias is brought in, and the alias moves to it; the earlier image stays.
func imported(j job) []plan.Step {
	switch j.change.Action {
	case plan.Create:
		if j.want.Attrs["server"] != "" {
			return chain(append([]plan.Step{j.pull()}, j.copies()...)...)
		}
		alias := j.aliasStep("create", "Give alias to", plan.OpRequest, j.request("POST", j.kind.Path, map[string]any{
			"name": j.change.Ref.Name, "target": j.want.Attrs["fingerprint"], "description": j.want.Attrs["description"]}))
		return chain(append(append(j.upload(), alias), j.copies()...)...)
	case plan.Update:
		return j.reimport()
	case plan.Delete:
		return j.forget()
	}
	return nil
}

// pull plans that LXD gets the image from another server, alias and all.
func (j job) pull() plan.Step {
	from := j.want.Attrs
	source := map[string]string{"type": "image", "mode": "pull", "server": from["server"], "alias": from["source"],
		"protocol": cmp.Or(from["protocol"], "simplestreams")}
	if certificate := (schema.CertificateEntry{Base64: from["certificate"]}).PEM(); certificate != "" {
		source["certificate"] = certificate
	}
	body := map[string]any{"source": source, "aliases": []map[string]string{{"name": j.change.Ref.Name,
		"description": from["description"]}}}
	for _, name := range []string{"public", "auto_update"} {
		if attr, _ := j.kind.Attr(name); from[name] != "" {
			body[name] = sent(attr, from[name])
		}
	}
	return j.step("create", "", plan.Step{Title: j.title("Get") + " from " + j.want.Attrs["server"],
		Op:     plan.Op{Kind: plan.OpPull, Request: j.request("POST", imagesPath, body)},
		Expect: plan.Expect{Ref: j.change.Ref}, Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"}})
}

// upload plans to bring in the file, if there is one.
func (j job) upload() []plan.Step {
	if j.want.Attrs["file"] == "" {
		return nil
	}
	return []plan.Step{j.step("upload", "", plan.Step{
		Title: j.title("Upload " + j.want.Attrs["file"] + " for"),
		Op: plan.Op{Kind: plan.OpUpload,
			Upload: &plan.Upload{Path: j.want.Attrs["file"], Fingerprint: j.want.Attrs["fingerprint"],
				Project: j.request("", "", nil).Project, Public: j.want.Attrs["public"] == "true"}},
		Risk: plan.Risk{Level: plan.RiskNone, Undo: "delete it again"},
	})}
}

// reimport plans what differs: the image behind the alias, what LXD keeps with the alias, and what with the image.
func (j job) reimport() []plan.Step {
	alias, image, fingerprint := map[string]any{}, map[string]any{}, j.live.Attrs["fingerprint"]
	var out []plan.Step
	for _, f := range j.change.Fields {
		attr, _ := j.kind.Attr(f.Key)
		switch f.Key {
		case "fingerprint":
			out = append(out, j.upload()...)
			alias["target"], fingerprint = f.New, f.New
		case "description":
			alias[f.Key] = wanted(f, j.want)
		default:
			image[f.Key] = sent(attr, f.New)
		}
	}
	if len(alias) > 0 {
		out = append(out, j.aliasStep("update", "Update alias of", plan.OpEdit,
			j.request("PUT", j.kind.ObjectPath(j.change.Ref), alias)))
	}
	if len(image) > 0 {
		out = append(out, j.aliasStep("configure", "Update", plan.OpEdit,
			j.request("PUT", imagesPath+"/"+fingerprint, image)))
	}
	return chain(append(out, j.copies()...)...)
}

// copies plans to wait until as many members have the image as cluster.images_minimal_replica says, when the preseed
// asks for that.
func (j job) copies() []plan.Step {
	if j.want.Attrs["replicas"] != "wait" {
		return nil
	}
	count := 3
	for _, o := range []schema.Object{j.Current(plan.ServerRef()), j.Wanted(plan.ServerRef())} {
		if n, err := strconv.Atoi(o.Config["cluster.images_minimal_replica"]); err == nil {
			count = n
		}
	}
	if count < 0 || count > len(j.Members) {
		count = len(j.Members)
	}
	return []plan.Step{j.step("copies", "", plan.Step{
		Title: j.title("Wait for " + strconv.Itoa(count) + " copies of"), Risk: plan.Risk{Level: plan.RiskNone},
		Op: plan.Op{Kind: plan.OpCopies, Copies: &plan.Copies{Image: j.change.Ref, Count: count}}})}
}

// forget plans the removal of an alias, and of its image unless another alias stands for it. Of several aliases that
// go it is the first by name that takes the image along, after the others.
func (j job) forget() []plan.Step {
	remove := j.remove()
	remove.Title = j.title("Delete alias of")
	fingerprint := j.live.Attrs["fingerprint"]
	others := []plan.Need{}
	for _, other := range j.Live.OfKind(j.kind.Name) {
		switch {
		case other.Ref == j.change.Ref || other.Ref.Project != j.change.Ref.Project ||
			other.Attrs["fingerprint"] != fingerprint:
		case !j.deleted[other.Ref] || other.Ref.Name < j.change.Ref.Name:
			return []plan.Step{remove}
		default:
			others = append(others, plan.AfterStep(stepID("delete", other.Ref, "")))
		}
	}
	request := j.request("DELETE", imagesPath+"/"+fingerprint, nil)
	request.Gone = true
	discard := j.aliasStep("discard", "Delete", plan.OpRequest, request)
	discard.Follows = others
	return chain(remove, discard)
}

// aliasStep is a step about an alias or its image.
func (j job) aliasStep(action, verb string, op plan.OpKind, r *plan.Request) plan.Step {
	s := plan.Step{Title: j.title(verb), Op: plan.Op{Kind: op, Request: r}, Expect: plan.Expect{Ref: j.change.Ref},
		Risk: plan.Risk{Level: plan.RiskLow}}
	if j.change.Action == plan.Delete {
		s.Expect.Absent, s.Risk = true, plan.Risk{Level: plan.RiskHigh, Stops: j.kind.Loses()}
	}
	return j.step(action, "", s)
}
