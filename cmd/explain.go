package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"clusterctl/schema"
)

func explainCommand(c *console) *cli.Command {
	return c.command("explain", func(_ context.Context, args []string) error {
		out := c.folded(c.Out, true)
		defer out.close()
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		defer func() { _ = table.Flush() }() // out knows whether it could
		switch len(args) {
		case 0:
			explainList(table, c.Registry)
			return nil
		case 1:
			return explain(table, c.Registry, args[0])
		}
		return usage("One thing at a time.", "%d arguments", len(args))
	})
}

func explain(w io.Writer, reg schema.Registry, word string) error {
	kind, key := splitWord(reg, word)
	if text, ok := schema.Explain(schema.Code(word)); ok {
		fmt.Fprintf(w, "%s\n\n%s\n", word, strings.TrimSpace(text))
		if kind.Name == "" {
			return nil
		}
		fmt.Fprintln(w) // a kind has the same name: certificate is both
	}
	switch {
	case kind.Name == "" && (explainDevice(w, reg, word) || explainDeviceKey(w, reg, word) || explainField(w, reg, word)):
	case kind.Name == "":
		hint := cmp.Or(schema.DidYouMean(word, knownWords(reg)), "Run 'clusterctl explain' for the list.")
		return usage(hint, "nothing is called %q", word)
	case key == "":
		explainKind(w, kind)
	default:
		rule, _ := kind.Rule("", key)
		fmt.Fprintf(w, "%s of %s\n\n%s\n", key, kind.Plural, ruleText(rule))
	}
	return nil
}

// splitWord finds the kind, by its name or its YAML key, and the key behind it; a word that is neither may be a
// key of config: itself.
func splitWord(reg schema.Registry, word string) (schema.Kind, string) {
	name, key, _ := strings.Cut(word, ".")
	for _, kind := range reg.All() {
		if name == kind.Plural || name == string(kind.Name) {
			if _, ok := kind.Rule("", key); ok || key == "" {
				return kind, key
			}
		}
	}
	for _, owner := range []schema.KindName{schema.KindServer, schema.KindInstance} {
		if kind, ok := reg.Kind(owner); ok {
			if rule, ok := kind.Rule("", word); ok && !rule.Volatile {
				return kind, word
			}
		}
	}
	return schema.Kind{}, ""
}

// explainDevice explains a type of device, such as nic or nic.bridged; ok is false when nothing is called so.
func explainDevice(w io.Writer, reg schema.Registry, word string) (ok bool) {
	profile, _ := reg.Kind(schema.KindProfile)
	kinds := map[string]bool{"nic": true, "gpu": true} // the types whose devices have kinds
	for _, rule := range profile.DeviceRules() {
		own := slices.DeleteFunc(slices.Clone(rule.For), func(variant string) bool {
			return variant != word && !strings.HasPrefix(variant, word+".")
		})
		if len(own) == 0 {
			continue
		}
		if !ok {
			fmt.Fprintf(w, "Keys of a device of type %s:\n", word)
		}
		if rule.For, ok = own, true; len(own) == 1 && !kinds[word] {
			rule.For = nil
		}
		fmt.Fprintf(w, "  %s\t%s\n", rule.Key, ruleText(rule))
	}
	for _, c := range profile.Combinations() {
		of, _, _ := strings.Cut(word, ".")
		if slices.ContainsFunc(c.For, func(v string) bool { return v == word || v == of || strings.HasPrefix(v, word+".") }) {
			fmt.Fprintf(w, "  %s: %s\n", strings.Join(c.For, ", "), c)
		}
	}
	return ok
}

// explainDeviceKey explains a key of devices; ok is false when none is called so.
func explainDeviceKey(w io.Writer, reg schema.Registry, word string) (ok bool) {
	profile, _ := reg.Kind(schema.KindProfile)
	for _, rule := range profile.DeviceRules() {
		if schema.MatchKey(rule.Key, word) {
			fmt.Fprintf(w, "%s of devices\n\n%s\n\n", word, ruleText(rule))
			ok = true
		}
	}
	return ok
}

// knownWords are all that can be explained.
func knownWords(reg schema.Registry) []string {
	known := codeNames()
	for _, f := range fields(reg) {
		known = append(known, f.name, f.place, f.place+"."+f.name)
	}
	for _, kind := range reg.All() {
		known = append(known, kind.Plural)
		for _, rule := range kind.DeviceRules() {
			known = append(known, rule.Key)
		}
		for _, rule := range kind.Rules() {
			known = append(known, kind.Plural+"."+rule.Key)
			if kind.Name == schema.KindServer || kind.Name == schema.KindInstance {
				known = append(known, rule.Key)
			}
		}
	}
	return known
}

func explainList(w io.Writer, reg schema.Registry) {
	fmt.Fprintln(w, "Kinds, by their key in the preseed:")
	for _, kind := range reg.All() {
		fmt.Fprintf(w, "  %s\t%s\n", kind.Plural, kind.Help)
	}
	fmt.Fprintf(w, "\nCodes of messages:\n  %s\n", strings.Join(codeNames(), "\n  "))
}

func codeNames() []string {
	out := schema.Map(schema.Codes(), func(code schema.Code) string { return string(code) })
	slices.Sort(out)
	return out
}

func explainKind(w io.Writer, kind schema.Kind) {
	fmt.Fprintf(w, "%s: %s\n\n", kind.Plural, kind.Help)
	if kind.Example != "" {
		fmt.Fprintf(w, "Example of an entry:\n\n    %s\n\n",
			strings.ReplaceAll(strings.TrimSpace(kind.Example), "\n", "\n    "))
	}
	if kind.New != nil && kind.Lifecycle != schema.Singleton {
		fmt.Fprintln(w, "Keys of an entry:")
		for _, field := range kind.EntryFields() {
			fmt.Fprintf(w, "  %s\t%s\n", field.Path, fieldText(field))
		}
		fmt.Fprintln(w)
	}
	if len(kind.Rules()) > 0 {
		fmt.Fprintln(w, "Keys of its config:")
	}
	for _, rule := range kind.Rules() {
		fmt.Fprintf(w, "  %s\t%s\n", rule.Key, ruleText(rule))
	}
	if kind.OpenKeys && kind.New != nil {
		fmt.Fprintln(w, "Other keys are passed on as they are.")
	}
}

// fieldText is what is known of a key of an entry in one line.
func fieldText(f schema.Field) string {
	text := f.Help
	if f.Required {
		text += " Required."
	}
	if len(f.OneOf) > 0 && !slices.Contains(f.OneOf, "present") {
		text += " One of " + strings.Join(f.OneOf, ", ") + "."
	}
	return text
}

// ruleText is what is known of a key in one line.
func ruleText(rule schema.KeyRule) string {
	var parts []string
	add := func(yes bool, text string) {
		if yes {
			parts = append(parts, text)
		}
	}
	add(rule.Help != "", rule.Help)
	add(rule.Where == schema.OnMember, "Each member has its own value.")
	add(rule.Default != "", "Default: "+rule.Default+".")
	add(rule.Computed, "The server fills it in when it is not given.")
	add(rule.Immutable, "It cannot be changed later.")
	add(rule.Volatile, "The server's own note: never compared, never sent.")
	add(rule.Secret, "A secret: never shown; {env: NAME} or {file: PATH} keep it out of the preseed.")
	for _, product := range []schema.Product{schema.LXD, schema.Incus} {
		versions := rule.Servers.Words(product)
		add(versions != "", versions)
	}
	add(len(rule.For) > 0, "Only for "+strings.Join(rule.For, ", ")+".")
	if len(parts) == 0 {
		return "The daemon takes any text."
	}
	return strings.Join(parts, " ")
}
