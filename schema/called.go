package schema

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// CalledBy returns the reference by which people call an object whose own name is nothing to remember: that of a
// certificate has its name instead of the fingerprint. ok is false for other kinds, and when another object of the
// cluster is called the same.
func (c Cluster) CalledBy(spec Spec, o Object) (called Ref, ok bool) {
	if spec.Called == "" || o.Attrs[spec.Called] == "" {
		return Ref{}, false
	}
	for _, other := range c.OfKind(o.Ref.Kind) {
		if other.Ref != o.Ref && other.Attrs[spec.Called] == o.Attrs[spec.Called] {
			return Ref{}, false
		}
	}
	return Ref{Kind: o.Ref.Kind, Project: o.Ref.Project, Name: o.Attrs[spec.Called]}, true
}

// Names returns the references that mean an object: its own, and last the one by which people call it.
func (c Cluster) Names(reg Registry, ref Ref) []Ref {
	names := []Ref{ref}
	kind, _ := reg.Kind(ref.Kind)
	o, _ := c.Get(ref)
	if called, ok := c.CalledBy(kind.Spec, o); ok {
		names = append(names, called)
	}
	return names
}

// Meant returns the object that a text means, spelled as for ParseRef. An object's own name counts more than what
// another one is called.
func (c Cluster) Meant(reg Registry, text string) (Object, bool) {
	kind, _, ok := cutKind(reg, text)
	if !ok {
		return Object{}, false
	}
	var called Object
	for _, o := range c.OfKind(kind.Name) {
		names := c.Names(reg, o.Ref)
		switch {
		case names[0].Means(reg, text):
			return o, true
		case names[len(names)-1].Means(reg, text):
			called = o
		}
	}
	return called, called.Ref.Kind != ""
}

// NameOf is how people call an object: "storage pool local", "profile web of project shop", "the server configuration".
func (r Registry) NameOf(ref Ref) string {
	kind, ok := r.Kind(ref.Kind)
	switch {
	case !ok:
		return ref.String()
	case kind.Lifecycle == Singleton:
		return "the " + kind.Title
	case ref.Project != "" && ref.Project != DefaultProject:
		return fmt.Sprintf("%s %s of project %s", kind.Title, ref.Name, ref.Project)
	}
	return kind.Title + " " + ref.Name
}

// CompareNames orders names as people do: digits by their number, so that node2 comes before node10.
func CompareNames(a, b string) int {
	if a == b {
		return 0
	}
	x, y := a, b
	for x != "" && y != "" {
		i, j := digits(x), digits(y)
		if i == 0 || j == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		m, n := strings.TrimLeft(x[:i], "0"), strings.TrimLeft(y[:j], "0")
		if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
			return c
		}
		x, y = x[i:], y[j:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b)) // one begins as the other, or they differ by zeros alone
}

// digits is how many digits a text begins with.
func digits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// Count says how many there are: "1 step", "2 steps", "3 copies".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, is := strings.CutSuffix(noun, "y"); is && !strings.HasSuffix(stem, "e") {
		noun = stem + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// DidYouMean returns a hint that names the word closest to the one given, or lists the words when none is
// close and there are few. It returns "" when there is nothing to say.
func DidYouMean(given string, words []string) string {
	best := Meant(given, words)
	switch {
	case best != "":
		return "did you mean " + best + "?"
	case len(words) > 0 && len(words) <= 24 && len(given) <= longestName:
		return "use one of: " + strings.Join(words, ", ")
	}
	return ""
}

// longestName is how long a name may be that is compared with others: none is longer, and comparing takes its time.
const longestName = 200

// Meant returns the word that is spelled like the given one but for a few letters; empty if there is none.
func Meant(given string, words []string) string {
	best, distance := "", len(given)/3+1
	if len(given) > longestName {
		return ""
	}
	for _, word := range words {
		if d := editDistance(strings.ToLower(given), strings.ToLower(word)); d < distance {
			best, distance = word, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, replace or swap with their neighbour to make b out of a.
func editDistance(a, b string) int {
	s, t := []rune(a), []rune(b)
	var before []int
	last, row := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if before != nil && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(t)+1)
	}
	return last[len(t)]
}

var hostName = regexp.MustCompile(`^[\pL\pN_.:\[][\pL\pN_.:%+\[\]-]*$`)

// HostName reports whether that can be the name or the address of a host: nothing that a shell, a terminal or the
// flags of a program read as something else.
func HostName(text string) bool { return hostName.MatchString(text) }
