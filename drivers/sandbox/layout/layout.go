package layout

import (
	"cmp"
	"embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"clusterctl/schema"
)

//go:embed *.sql *.tsv *.extensions *.keys
var files embed.FS

// Server is a server that the sandbox plays, as servers.tsv has it.
type Server struct {
	schema.Flavour
	// Schema is the version of its cluster's database, Extensions are those of its API.
	Schema     int
	Extensions []string
	// Folder is where the daemon keeps everything, Next the version to which the hosts' package manager upgrades it.
	Folder, Next string

	// Tables are the statements that make the cluster's database with the rows that a fresh daemon has: the member
	// "none" at 0.0.0.0 (id 1, x86_64) in the cluster group "default", the project and profile "default", and no
	// configuration but what the daemon chooses. Local are those of a member's own database, without rows but for its
	// version.
	Tables, Local string

	statements   map[string]string
	queries      map[string]string
	entitlements map[string][]string
	sayings      []Saying
	lists        func() list
	behaves      map[string][]*regexp.Regexp
	fields       []Field
	// Roles are the numbers of roles that people give, Voter is the name of the role of the database's voters.
	Roles map[string]string
	Voter string
	// Answers are what it answers from its database alone.
	Answers []Answer
	// Refusals are, by method and path of a call, queries for what its database has against it: parts of refusals.sql,
	// where a line with servers, methods and paths is above each. A row is "!STATUS TEXT".
	Refusals map[string][]string
	// Collections are the kinds of objects that are rows and nothing else, also those that it lacks the extension for.
	Collections []Collection
}

// Name is how flags and files spell it, such as lxd-5.0.2.
func (s Server) Name() string { return string(s.Product) + "-" + s.Version }

// Has reports whether its API has the extension.
func (s Server) Has(extension string) bool { return slices.Contains(s.Extensions, extension) }

// Servers are those that the sandbox plays, the one that it plays unless told otherwise first.
var Servers = sync.OnceValue(func() []Server {
	var out []Server
	for _, w := range Table(text("servers.tsv")) {
		s := Server{Flavour: schema.Flavour{Product: schema.Product(w[0]), Version: w[1]}, Tables: text(w[2] + ".sql"),
			Local: text(w[3] + ".sql"), statements: statements(text(w[4] + ".sql")),
			Extensions: strings.Fields(text(w[5] + ".extensions")), Folder: w[6], Next: w[7]}
		s.Schema, _ = strconv.Atoi(versionRow.FindStringSubmatch(s.Tables)[1]) // digits
		s.differ()
		s.Collections = s.collections()
		s.lists = sync.OnceValue(s.list)
		out = append(out, s)
	}
	return out
})

var versionRow = regexp.MustCompile(`INTO schema \(version, updated_at\) VALUES \(([0-9]+),`)

func text(name string) string {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic(err) // servers.tsv names a file that is not there
	}
	return string(raw)
}

// Table are the lines of a file by their columns, which tabs part; lines that begin with # are comments.
func Table(text string) [][]string {
	var out [][]string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		}
	}
	return out
}

// statements are those of a file in which each stands below its name.
func statements(text string) map[string]string {
	out := map[string]string{}
	for _, p := range parts(text) {
		out[p.head] = p.statement
	}
	return out
}

// part is a statement of a file, and the line above it.
type part struct{ head, statement string }

func parts(text string) []part {
	var out []part
	for _, p := range strings.Split("\n"+text, "\n-- ")[1:] {
		head, statement, _ := strings.Cut(p, "\n")
		for strings.HasPrefix(statement, "--| ") { // the head goes on
			more, rest, _ := strings.Cut(statement, "\n")
			head, statement = head+" "+more[2:], rest
		}
		out = append(out, part{head, strings.TrimSpace(statement)})
	}
	return out
}

// Statement returns what the server's daemon asks of its database under that name, such as "trusted".
func (s Server) Statement(name string) string { return s.statements[name] }

// Like returns the server that is played for one of that flavour: of its product the one whose version begins most
// alike and is nearest to it. ok is false where none begins alike. The zero flavour means the first of all.
func Like(f schema.Flavour) (s Server, ok bool) {
	if f.Product == "" {
		return Servers()[0], true
	}
	best := 0
	for _, o := range Servers() {
		if alike := alike(o.Version, f.Version); o.Product == f.Product && (alike > best || alike == best && alike > 0 &&
			f.AtLeast(o.Version)) {
			s, ok, best = o, true, alike
		}
	}
	return s, ok
}

// Nearest returns the server that is played for one of which only the version of its database is known: of its product,
// or of all where that is unknown, too, the one whose database is nearest to it.
func Nearest(product schema.Product, number int) Server {
	candidates := schema.Filter(Servers(), func(s Server) bool { return s.Product == product })
	if len(candidates) == 0 {
		candidates = Servers()
	}
	away := func(s Server) int { return max(s.Schema-number, number-s.Schema) }
	return slices.MinFunc(candidates, func(a, b Server) int { return cmp.Compare(away(a), away(b)) })
}

// alike is how many of the first numbers of two versions are the same.
func alike(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range x {
		if i == len(y) || x[i] != y[i] {
			return i
		}
	}
	return len(x)
}
