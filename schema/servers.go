package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// releases are the versions whose rules the tables of keys have, in order. A run counts its last part up.
var releases = map[Product]string{
	LXD:   "5.0.0..6 5.1..20 5.21.0..7 6.1..9",
	Incus: "0.1..7 6.0.0..6 6.1..10 6.10.1 6.11..19 6.19.1 6.20..23 7.0.0..2 7.1..5 7.5.1",
}

var serverForm = regexp.MustCompile(`^(lxd|incus)(-[0-9]+(\.[0-9]+){0,2})?$`)

// ParseServer reads PRODUCT-VERSION, such as lxd-5.21.4. The beginning of a version means the newest one that begins
// so: incus-6.0, lxd. ok is false for what clusterctl does not know; [KnownServers] says what that is.
func ParseServer(text string) (f Flavour, ok bool) {
	if !serverForm.MatchString(text) {
		return Flavour{}, false
	}
	product, given, _ := strings.Cut(text, "-")
	parts := 0
	if given != "" {
		parts = strings.Count(given, ".") + 1
	}
	f.Product = Product(product)
	for _, version := range Releases(f.Product) {
		if slices.Equal(numbers(version)[:parts], numbers(given)[:parts]) {
			f.Version, ok = version, true
		}
	}
	return f, ok
}

// Releases are the versions of a product whose rules are known, the oldest first.
func Releases(p Product) []string {
	var out []string
	for run := range strings.FieldsSeq(releases[p]) {
		first, last, _ := strings.Cut(run, "..")
		out = append(out, first)
		dot := strings.LastIndex(first, ".") + 1
		from, _ := strconv.Atoi(first[dot:]) // our own table, which a test reads
		until, _ := strconv.Atoi(last)
		for n := from + 1; n <= until; n++ {
			out = append(out, first[:dot]+strconv.Itoa(n))
		}
	}
	return out
}

// Known reports that the rules for the version are in the tables, so that a key that they lack is one that it lacks.
func (f Flavour) Known() bool {
	return slices.ContainsFunc(Releases(f.Product), func(version string) bool {
		return slices.Equal(numbers(version), numbers(f.Version))
	})
}

// KnownServers says in a sentence for which servers [ParseServer] has an answer.
func KnownServers() string {
	var out []string
	for _, p := range []Product{LXD, Incus} {
		all := Releases(p)
		out = append(out, fmt.Sprintf("%s-%s to %s-%s", p, all[0], p, all[len(all)-1]))
	}
	return "Known are " + strings.Join(out, " and ") + "; the beginning of a version, such as lxd-5.21, means its newest."
}
