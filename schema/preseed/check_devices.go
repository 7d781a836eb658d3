package preseed

import (
	"cmp"
	"slices"
	"strings"

	"clusterctl/schema"
)

// checkDevices holds the keys of an object's devices against the rules for their types.
func (j *judge) checkDevices(kind schema.Kind, o schema.Object) {
	for _, name := range schema.SortedKeys(o.Devices) {
		device := o.Devices[name]
		variants := kind.DeviceVariants(device, j.networkType(o, device["network"]))
		if schema.DeviceGoes(device) || kind.DeviceKeys == nil || len(variants) == 0 {
			continue // a type that nobody knows is reported by the kind
		}
		for _, key := range schema.SortedKeys(device) {
			if key != "type" && key != schema.DeviceState {
				j.checkDeviceKey(kind, o, name, key, variants)
			}
		}
		for _, found := range kind.DeviceFaults(name, j.reg.NameOf(o.Ref), device, variants, j.reg.Flavour()) {
			j.say(o.Ref, "", found)
		}
	}
}

// networkType is the type of a network that a device names; empty when the preseed does not have it.
func (j *judge) networkType(o schema.Object, name string) string {
	if name == "" {
		return ""
	}
	ref := j.effective(schema.Ref{Kind: schema.KindNetwork, Project: o.Ref.Project, Name: name}, j.p.Want)
	network, _ := j.p.Want.Get(ref)
	return network.Attrs["type"]
}

func (j *judge) checkDeviceKey(kind schema.Kind, o schema.Object, name, key string, variants []string) {
	judged, value := j.reg.Flavour(), o.Devices[name][key]
	rule, known := kind.DeviceRule(variants, key, judged)
	fault := ""
	if known && rule.Servers.In(judged) {
		if fault = valueFault(rule, value); fault == "" {
			return
		}
	}
	p := schema.Wrong(schema.CodeUnknownKey, "devices."+name+"."+key,
		"cannot set "+key+" of device "+name+" of "+j.reg.NameOf(o.Ref), "", "")
	switch {
	case !known:
		what := an("device of type " + strings.ReplaceAll(variants[0], ".", " "))
		if len(variants) > 1 {
			what = an("device of type " + o.Devices[name]["type"])
		}
		p.Detail = j.unknownDetail(what)
		p.Hint = deviceKeyHint(kind, variants, key)
	case !rule.Servers.In(judged):
		p = j.notSupported(rule, "key", strings.TrimPrefix(p.Summary, "cannot set "), p.Field)
	default:
		p.Code, p.Summary = schema.CodeValue, p.Summary+" to "+quote(value)
		p.Detail, p.Hint = strings.TrimSuffix(fault, ".")+".", valueHint(rule, value)
	}
	j.say(o.Ref, "", p)
}

// deviceKeyHint says which key was meant, or which devices have it.
func deviceKeyHint(kind schema.Kind, variants []string, key string) string {
	var words, others []string
	for _, rule := range kind.DeviceRules() {
		own := slices.ContainsFunc(rule.For, func(v string) bool { return slices.Contains(variants, v) })
		switch {
		case own:
			words = append(words, rule.Key)
		case schema.MatchKey(rule.Key, key):
			others = append(others, rule.For...)
		}
	}
	if len(others) > 0 {
		slices.Sort(others)
		return key + " is a key of " + strings.Join(slices.Compact(others), ", ")
	}
	kindOf, _, _ := strings.Cut(variants[0], ".")
	return cmp.Or(meant(key, words), "see clusterctl explain "+kindOf)
}

// meant is [schema.DidYouMean] without the list of all words.
func meant(key string, words []string) string {
	if hint := schema.DidYouMean(key, words); strings.HasPrefix(hint, "did") {
		return hint
	}
	return ""
}
