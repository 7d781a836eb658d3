package preseed

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

// checkKeys holds every configuration key against the rules of its kind.
func (j *judge) checkKeys(kind schema.Kind, o schema.Object) {
	variant := o.Attrs[kind.Variant]
	if variant != "" && j.report.hasError(j.p.Source.At(o.Ref, "attrs."+kind.Variant)) {
		variant = "" // it is not what it should be
	}
	for _, attr := range kind.Attrs {
		if v, limited := attr.Values[o.Attrs[attr.Name]]; limited && !v.In(j.reg.Flavour()) {
			what := attr.Name + " of " + j.reg.NameOf(o.Ref) + " to " + o.Attrs[attr.Name]
			j.say(o.Ref, "", j.notSupported(schema.KeyRule{Servers: v}, "value", what, "attrs."+attr.Name))
		}
	}
	for list, limits := range kind.ListValues {
		for _, item := range o.Lists[list] {
			if v, limited := limits[item]; limited && !v.In(j.reg.Flavour()) {
				what := list + " of " + j.reg.NameOf(o.Ref) + " to " + item
				j.say(o.Ref, "", j.notSupported(schema.KeyRule{Servers: v}, "value", what, "lists."+list))
			}
		}
	}
	for _, key := range schema.SortedKeys(o.Config) {
		j.checkKey(kind, o, "", key, o.Config[key], variant)
	}
	j.checkDevices(kind, o)
	for _, member := range o.MemberNames() {
		for _, key := range schema.SortedKeys(o.Members[member].Config) {
			j.checkKey(kind, o, member, key, o.Members[member].Config[key], variant)
		}
	}
}

func (j *judge) checkKey(kind schema.Kind, o schema.Object, member, key, value, variant string) {
	rule, known := kind.Rule(variant, key)
	judged, fault := j.reg.Flavour(), ""
	everywhere := member != "" && rule.Where == schema.OnCluster && kind.Lifecycle != schema.Membership &&
		kind.Lifecycle != schema.Placed
	if known && rule.Servers.In(judged) && !everywhere {
		if fault = valueFault(rule, value); fault == "" {
			return // as nearly all: what would be said is not even made
		}
	}
	field, of := "config."+key, j.reg.NameOf(o.Ref)
	if member != "" {
		field, of = "members."+member+"."+key, of+" on "+member
	}
	switch {
	case !known:
		j.wrong(o.Ref, member, field, schema.Mistake(schema.CodeUnknownKey, "cannot set "+key+" of "+of,
			j.unknownDetail(ofVariant(kind, variant)), j.keyHint(kind, variant, key)))
	case !rule.Servers.In(judged):
		j.say(o.Ref, member, j.notSupported(rule, "key", key+" of "+of, field))
	case everywhere:
		j.wrong(o.Ref, member, field, schema.Mistake(schema.CodePlacement, "cannot set "+key+" of "+of+" alone",
			"The key is the same for the whole cluster: "+j.product.Title()+" refuses it as a member-specific one.",
			"move it into config: of "+placeForCluster(kind)))
	default:
		j.wrong(o.Ref, member, field, schema.Mistake(schema.CodeValue, fmt.Sprintf("cannot set %s of %s to %s", key, of,
			quote(value)), strings.TrimSuffix(fault, ".")+".", valueHint(rule, value)))
	}
}

// notSupported is the problem with a key that the servers lack; while nobody has said what they run, it is advice.
func (j *judge) notSupported(rule schema.KeyRule, thing, what, field string) schema.Problem {
	if j.reg.Assumed() {
		p := j.needs(rule.Servers, strings.Replace(what, " to ", ": ", 1))
		p.Field, p.Severity = field, schema.SeverityAdvice
		return p
	}
	judged := j.reg.Flavour()
	return schema.Wrong(schema.CodeNotSupported, field, "cannot set "+what,
		judged.Title()+" has no such "+thing+".", versionsHint(judged, rule.Servers, "this "+thing))
}

// needs says which servers have something, where nobody has said what these are.
func (j *judge) needs(v schema.Versions, what string) schema.Problem {
	product := j.reg.Flavour().Product
	if v.Never(product) {
		product = schema.Incus
	}
	return schema.Mistake(schema.CodeNotSupported, what+" needs "+v.Needed(product),
		"It is not known what the members run: nobody has said it, and no member was asked.",
		"say it: clusterctl: {server: "+string(product)+"-VERSION}, or validate --server")
}

func placeForCluster(kind schema.Kind) string {
	if kind.Lifecycle == schema.Singleton {
		return "the document"
	}
	return "the entry under " + kind.Plural + ":"
}

// unknownDetail says who has no such key for a thing: a release whose keys are all known, or what is known of a later
// one.
func (j *judge) unknownDetail(thing string) string {
	judged := j.reg.Flavour()
	switch {
	case j.reg.Assumed():
		return "No LXD or Incus that clusterctl knows has such a key for " + thing + "."
	case judged.Known():
		return judged.Title() + " has no such key for " + thing + "."
	case j.reg.Informed():
		return "It is known neither to this clusterctl nor to the server, which is " + judged.Title() + "."
	}
	return "It is not known to this clusterctl, which is older than " + judged.Title() + "."
}

func ofVariant(kind schema.Kind, variant string) string {
	if variant == "" {
		return an(kind.Title)
	}
	return an(kind.Title) + " with " + kind.Variant + " " + variant
}

// versionsHint says who has something that the servers have not.
func versionsHint(judged schema.Flavour, v schema.Versions, thing string) string {
	this, other := schema.Flavour{Product: judged.Product}.Title(), schema.Flavour{Product: schema.Incus}.Title()
	if judged.Product == schema.Incus {
		other = schema.Flavour{Product: schema.LXD}.Title()
	}
	if next, ok := v.Next(judged); ok {
		return this + " has " + thing + " from " + next + " on: remove it, or upgrade first"
	}
	if !v.Never(judged.Product) {
		return strings.TrimSuffix(v.Words(judged.Product), ".") + ": remove it"
	}
	return other + " has " + thing + ", " + this + " has not: remove it"
}

// mostMeant is how many findings may come before nobody is asked any more which key was meant.
const mostMeant = 1000

// keyHint says whose key it is, or which one was meant.
func (j *judge) keyHint(kind schema.Kind, variant, key string) string {
	if len(j.report.list) > mostMeant {
		return "see clusterctl explain " + string(kind.Name)
	}
	var others, words []string
	for _, rule := range kind.Rules() {
		switch {
		case schema.MatchKey(rule.Key, key):
			others = append(others, rule.For...)
		case len(rule.For) == 0 || variant == "" || slices.Contains(rule.For, variant):
			words = append(words, rule.Key)
		}
	}
	if len(others) > 0 {
		return fmt.Sprintf("%s is a key of %s %s", key, kind.Variant, strings.Join(others, ", "))
	}
	for _, other := range j.reg.All() {
		if rule, ok := other.Rule("", key); ok && !other.OpenKeys && other.Name != kind.Name && !rule.Volatile {
			return key + " is a key of the kind " + other.Title
		}
	}
	if hint := schema.DidYouMean(key, words); strings.HasPrefix(hint, "did") {
		return hint
	}
	return "see clusterctl explain " + string(kind.Name)
}
