package schema

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The flavours that input is judged for as long as nobody has said or found out what runs on the members. The rules of
// the kinds were taken from these two and measured on them.
var (
	JudgedLXD   = Flavour{Product: LXD, Version: "5.0.2"}
	JudgedIncus = Flavour{Product: Incus, Version: "6.0.4"}
)

// Title is the flavour for people: "LXD 5.0.2", "Incus 6.0.4".
func (f Flavour) Title() string { return strings.TrimSpace(f.Product.Title() + " " + f.Version) }

// Flavour is what input is judged for with this registry.
func (r Registry) Flavour() Flavour { return r.flavour }

// For returns the registry for servers of that flavour: where several rules are about the same key, the one that the
// flavour has comes first. A flavour that is not known leaves the registry as
// it is.
func (r Registry) For(f Flavour) Registry {
	if f.Product == "" || f == r.flavour {
		return r
	}
	out := Registry{kinds: slices.Clone(r.kinds), flavour: f}
	for i := range out.kinds {
		k := &out.kinds[i]
		k.Keys, k.DeviceKeys = keysOf(k.Keys, f), keysOf(k.DeviceKeys, f)
	}
	return out
}

// keysOf returns the rules for servers of that flavour, in order when they are first asked for.
func keysOf(all func() *Keys, f Flavour) func() *Keys {
	if all == nil {
		return nil
	}
	return sync.OnceValue(func() *Keys { return all().of(f) })
}

// incusWords turns sentences about LXD and its commands into ones about Incus.
var incusWords = []struct {
	match *regexp.Regexp
	text  string
}{
	{regexp.MustCompile(`\blxd (init|sql|waitready)\b`), "incus admin $1"},
	{regexp.MustCompile(`\blxd cluster\b`), "incus admin cluster"},
	{regexp.MustCompile(`\blxc (cluster|config|image|info|move|network|operation|storage)\b`), "incus $1"},
	{regexp.MustCompile(`\bLXD 5\.0\.2\b`), "Incus"},
	{regexp.MustCompile(`\bLXD\b`), "Incus"},
}

// Words returns a sentence that names LXD and its commands as it has to be for servers of this flavour. One that names
// Incus is about both, and stays.
func (f Flavour) Words(text string) string {
	if f.Product != Incus || strings.Contains(text, "Incus") {
		return text
	}
	for _, w := range incusWords {
		text = w.match.ReplaceAllString(text, w.text)
	}
	return text
}

// Words returns the diagnostics in the words of the flavour.
func (ds Diagnostics) Words(f Flavour) Diagnostics {
	if f.Product != Incus {
		return ds
	}
	out := slices.Clone(ds)
	for i := range out {
		out[i].Summary, out[i].Detail, out[i].Hint = f.Words(out[i].Summary), f.Words(out[i].Detail), f.Words(out[i].Hint)
	}
	return out
}
