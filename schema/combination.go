package schema

import (
	"slices"
	"strings"
)

// Combination is a rule for keys that a device must or must not have together, as the servers hold it. A table of them
// is read in the package kinds.
type Combination struct {
	// For are the variants of devices that it is about, see [Spec.DeviceVariants]; a type stands for all of its variants.
	For []string
	// When are the conditions under which it holds, Want is what it wants then.
	When []Condition
	Want Condition
	// Servers are the versions that hold it.
	Servers Versions
	// Words are what a daemon says.
	Words string
	// Example is a device that breaks this rule, as KEY=VALUE words.
	Example string
}

// Condition is KEY: given, !KEY: not given, KEY=VALUE: that value, KEY!=VALUE: not that value, or several of these with
// "|" between them, of which one is enough. A boolean may be spelled in any way.
type Condition string

// Any returns the single conditions of which one is enough.
func (c Condition) Any() []Condition {
	var out []Condition // asked for every device: with less garbage than Split and Map make
	for part := range strings.SplitSeq(string(c), "|") {
		out = append(out, Condition(part))
	}
	return out
}

// Parts returns the key of a single condition and its value, with "any" for one that is only given; not turns it
// around.
func (c Condition) Parts() (key, value string, not bool) {
	text, not := strings.CutPrefix(string(c), "!")
	key, value, valued := strings.Cut(text, "=")
	if bare, other := strings.CutSuffix(key, "!"); other {
		return bare, value, true
	}
	if !valued {
		value = "any"
	}
	return key, value, not
}

// Holds reports that a device fulfils the condition.
func (c Condition) Holds(device map[string]string) bool {
	return slices.ContainsFunc(c.Any(), func(one Condition) bool {
		key, value, not := one.Parts()
		is := device[key] == value || value == "true" && IsTrue(device[key])
		if value == "any" {
			is = device[key] != ""
		}
		return is != not
	})
}

// String says the condition in words.
func (c Condition) String() string {
	return strings.Join(Map(c.Any(), func(one Condition) string {
		key, value, not := one.Parts()
		switch {
		case value == "any" && not:
			return "no " + key
		case value == "any":
			return key
		case not:
			return key + " other than " + value
		}
		return key + " " + value
	}), " or ")
}

// String says the rule in words.
func (c Combination) String() string {
	want := "needs " + c.Want.String()
	if _, _, excludes := c.Want.Any()[0].Parts(); excludes {
		want = "no " + strings.Replace(strings.TrimPrefix(c.Want.String(), "no "), " other than", "", 1)
	}
	if len(c.When) == 0 {
		return want
	}
	when := "with " + strings.Join(Map(c.When, Condition.String), " and ") + ": "
	return strings.ReplaceAll(when, "with no ", "without ") + want
}

// Certain reports a rule that a device breaks by keys that it has, whatever it had besides.
func (c Combination) Certain() bool {
	_, _, excludes := c.Want.Parts()
	return excludes && len(c.Want.Any()) == 1 && !slices.ContainsFunc(c.When, func(when Condition) bool {
		return slices.ContainsFunc(when.Any(), func(one Condition) bool { _, _, not := one.Parts(); return not })
	})
}

// about reports that a rule is about devices that are one of these variants.
func (c Combination) about(variants []string) bool {
	return len(variants) > 0 && !slices.ContainsFunc(variants, func(variant string) bool {
		kind, _, _ := strings.Cut(variant, ".")
		return !slices.Contains(c.For, variant) && !slices.Contains(c.For, kind)
	})
}

// said reports that one of the single conditions holds, and is about a key that the device has.
func (c Condition) said(device map[string]string) bool {
	return slices.ContainsFunc(c.Any(), func(one Condition) bool {
		key, _, _ := one.Parts()
		return device[key] != "" && one.Holds(device)
	})
}

// Fault returns what is wrong under the rule with the device of that name, of an object called so; broken is false when
// nothing is. It is an error where no further key would mend it, otherwise a warning: the object may have those
// already.
func (c Combination) Fault(name, of string, variants []string, device map[string]string) (p Problem, broken bool) {
	unmet := func(when Condition) bool { return !when.Holds(device) }
	if !c.about(variants) || c.Want.Holds(device) || slices.ContainsFunc(c.When, unmet) {
		return Problem{}, false
	}
	p = Problem{Severity: SeverityError, Code: CodeDevice, Field: "devices." + name, Detail: strings.TrimSuffix(c.Words,
		".") + "."}
	var beside, keys, missing []string
	for _, when := range c.When {
		if !when.said(device) {
			p.Severity = SeverityWarning
			continue
		}
		key, _, _ := when.Any()[0].Parts()
		beside, keys = append(beside, key+": "+device[key]), append(keys, key)
	}
	for _, one := range c.Want.Any() {
		key, value, not := one.Parts()
		if device[key] == "" {
			p.Severity = SeverityWarning
			missing = append(missing, strings.TrimSuffix(key+": "+value, ": any"))
		} else if not {
			p.Field = "devices." + name + "." + key
			p.Summary, p.Hint = "cannot use "+key+" of device "+name+" of "+of, "remove "+strings.Join(append([]string{key},
				keys...), ", or ")
		}
	}
	if p.Summary == "" {
		p.Summary, p.Hint = "cannot use device "+name+" of "+of+" without "+strings.Join(missing, " or "),
			"add "+strings.Join(missing, ", or ")
	}
	if len(beside) > 0 {
		p.Summary += ": it has " + strings.Join(beside, ", ")
	}
	return p, true
}

// DeviceFaults returns what the rules for keys together find wrong with a device of an object called so, on servers of
// that flavour.
func (s Spec) DeviceFaults(name, of string, device map[string]string, variants []string, server Flavour) []Problem {
	var out []Problem
	for _, c := range s.Combinations() {
		if p, broken := c.Fault(name, of, variants, device); broken && c.Servers.In(server) {
			out = append(out, p)
		}
	}
	return out
}
