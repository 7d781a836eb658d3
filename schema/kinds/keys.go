package kinds

import (
	"embed"
	"regexp"
	"strings"
	"sync"

	"clusterctl/schema"
)

//go:embed keys
var tables embed.FS

// keys returns the rules in the table keys/NAME.tsv, which is read when they are first asked for. Each line is a rule,
// in the columns that the line without "#" before the first one names:
//
//	key         as in [schema.KeyRule]
//	value       what values look like: bool, int, size, listen, or what [checkOf] knows; any text when empty
//	default     the value that absence means
//	properties  words: member computed immutable alone once literal volatile secret
//	for         the values of the kind's variant that have it; all when empty
//	lxd, incus  the versions that have it, see [schema.ParseSpans]
//	help        a sentence
func keys(name string) func() *schema.Keys {
	return sync.OnceValue(func() *schema.Keys { return schema.NewKeys(schema.Map(readTable(name), readRule)...) })
}

// combinations reads keys/combination.tsv, once.
var combinations = sync.OnceValue(func() []schema.Combination {
	return schema.Map(readTable("combination"), func(columns []string) schema.Combination {
		return schema.Combination{For: strings.Fields(columns[0]), Want: schema.Condition(columns[2]),
			When: schema.Map(strings.Fields(columns[1]),
				func(word string) schema.Condition { return schema.Condition(word) }),
			Servers: versions(columns[3:5]), Words: columns[5], Example: columns[6]}
	})
})

// readTable returns the columns of each line of keys/NAME.tsv that is no comment, but for the first.
func readTable(name string) [][]string {
	text, err := tables.ReadFile("keys/" + name + ".tsv")
	if err != nil {
		panic("kinds: " + err.Error())
	}
	var out [][]string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		}
	}
	return out[1:]
}

// versions reads the columns lxd and incus.
func versions(columns []string) schema.Versions {
	out := schema.Versions{}
	for i, product := range []schema.Product{schema.LXD, schema.Incus} {
		if spans := schema.ParseSpans(columns[i]); spans != nil {
			out[product] = spans
		}
	}
	return out
}

// readRule reads the columns of a line. It panics on a mistake in our own tables, which a test finds.
func readRule(columns []string) schema.KeyRule {
	rule := schema.KeyRule{Key: columns[0], Default: columns[2], For: strings.Fields(columns[4]),
		Servers: versions(columns[5:7]), Help: columns[7]}
	if kind, plain := valueTypes[columns[1]]; plain {
		rule.Type = kind
	} else {
		rule.Check, rule.Better = checkOf(columns[1]), better[columns[1]]
		rule.Listed = addresses.MatchString(columns[1])
		if columns[1] == "memory" {
			rule.Type = schema.Size // or a share, which is equal to itself alone
		}
	}
	for word := range strings.FieldsSeq(columns[3]) {
		switch word {
		case "member":
			rule.Where = schema.OnMember
		case "computed":
			rule.Computed = true
		case "immutable":
			rule.Immutable = true
		case "alone":
			rule.Alone = true
		case "once":
			rule.Once = true
		case "literal":
			rule.Literal = true
		case "volatile":
			rule.Volatile = true
		case "secret":
			rule.Secret = true
		default:
			panic("kinds: key " + rule.Key + " has an unknown property: " + word)
		}
	}
	return rule
}

// addresses are the words for values that are IP addresses, networks or ranges, or lists of them.
var addresses = regexp.MustCompile(`^(list:)?(ip|ipv[46](-or-none)?|address[46]|bridge[46]|subnet[46]|range[46])$`)

var valueTypes = map[string]schema.ValueType{
	"": schema.Text, "bool": schema.Bool, "int": schema.Int, "size": schema.Size, "listen": schema.Address,
}
