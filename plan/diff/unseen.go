package diff

import (
	"cmp"
	"maps"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// notSeen returns what the preseed declares of an object and nobody saw: all of it when the kind was not read, else the
// parts of members that did not answer.
func (d differ) notSeen(want, live schema.Object) (unseen []plan.Unseen, all bool) {
	if s, hidden := d.facts.KindNotSeen(want.Ref.Kind, ""); hidden {
		return []plan.Unseen{d.unseen(want.Ref, "", "", s)}, true
	}
	look := schema.LookParts
	if d.spec.Lifecycle == schema.Singleton {
		look = schema.LookServerKeys
	}
	for _, member := range want.MemberNames() {
		part, there := live.Members[member]
		m, known := d.facts.Members[member]
		switch {
		case len(want.Members[member].Config)+len(want.Members[member].Attrs) == 0, !known, m.State == schema.StatePending:
		case there && part.State != schema.StateUnknown, !there && look != schema.LookServerKeys:
		default:
			s, _ := d.facts.NotSeen(look, member)
			u := d.unseen(want.Ref, member, "members."+member, s)
			for _, key := range schema.SortedKeys(want.Members[member].Config)[:min(1,
				len(want.Members[member].Config))] {
				u.At = d.source.At(want.Ref, u.Path+"."+key)
			}
			unseen = append(unseen, u)
		}
	}
	unseen = append(unseen, d.hiddenSecrets(want, live)...)
	if live.State == schema.StateUnknown && d.spec.Lifecycle == schema.Running {
		member := ""
		if names := live.MemberNames(); len(names) > 0 {
			member = names[0]
		}
		s, _ := d.facts.NotSeen(schema.LookParts, member)
		return append(unseen, d.unseen(want.Ref, member, "", s)), true
	}
	return unseen, false
}

// hiddenSecrets returns the secrets that are set on both sides, of which no reader but that of the database shows
// whether they are the same. The trust password is told of once, for the whole cluster.
func (d differ) hiddenSecrets(want, live schema.Object) (unseen []plan.Unseen) {
	if d.facts.Source != "rest" {
		return nil
	}
	for _, key := range schema.SortedKeys(want.Config) {
		rule, _ := d.spec.Rule(d.variant(want, live), key)
		if !rule.Secret || want.Config[key] == "" || live.Config[key] == "" || key == "core.trust_password" {
			continue
		}
		unseen = append(unseen, d.unseen(want.Ref, "", "config."+key, schema.Sighting{
			Cause: `REST does not tell its value; to send it again, apply once with ""`}))
	}
	return unseen
}

// seen returns the differences in what was seen, and what else is declared there.
func (d differ) seen(ref schema.Ref, fields []plan.FieldChange) (seen []plan.FieldChange, unseen []plan.Unseen) {
	for _, f := range fields {
		if s, hidden := d.facts.KindNotSeen(ref.Kind, f.Path); hidden {
			unseen = append(unseen, d.unseen(ref, f.Member, f.Path, s))
		} else {
			seen = append(seen, f)
		}
	}
	return seen, unseen
}

func (d differ) unseen(ref schema.Ref, member, path string, s schema.Sighting) plan.Unseen {
	return plan.Unseen{Ref: ref, Member: member, Path: path, Fault: s.Fault, Cause: cmp.Or(s.Cause, "it was not read"),
		At: d.source.At(ref, path)}
}

// Restored returns the live side of a plan that is made from a dump with the texts that a dump spoils. LXD 5.0.2
// (lxd sql .dump) writes the line feeds of a text as \n, and so a \n that was in it before reads as a line feed. Where
// that is all that differs, nothing does.
func Restored(want, live schema.Cluster) schema.Cluster {
	if live.Facts.Source != schema.SourceDump {
		return live
	}
	objects := live.Objects()
	for i, o := range objects {
		wanted, declared := want.Get(o.Ref)
		if !declared {
			continue
		}
		o = o.Clone()
		o.Attrs, o.Config = unspoilt(wanted.Attrs, o.Attrs), unspoilt(wanted.Config, o.Config)
		for name, device := range o.Devices {
			o.Devices[name] = unspoilt(wanted.Devices[name], device)
		}
		for member, part := range o.Members {
			part.Config = unspoilt(wanted.Members[member].Config, part.Config)
			o.Members[member] = part
		}
		objects[i] = o
	}
	return schema.NewCluster(live.Facts, objects...)
}

func unspoilt(want, live map[string]string) map[string]string {
	out := maps.Clone(live)
	for key, value := range live {
		if w := want[key]; w != value && strings.Contains(w, "\n") && strings.ReplaceAll(w, `\n`, "\n") == value {
			out[key] = w
		}
	}
	return out
}
