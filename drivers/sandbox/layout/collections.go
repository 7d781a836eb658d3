package layout

import (
	"io/fs"
	"slices"
	"strings"
)

// Collection is a kind of objects that are rows of the cluster's database and nothing else: the parts of the files
// collections-*.sql that begin with its path. A part's head is the path and words after bars, which may go on in
// lines that begin with --|.
//
//	table T, owner C    its rows are in T, its configuration in T_config by the column C; this part's query reads id,
//	                    name and JSON of all objects, or of those called :name
//	in W                where it is: what :scope is the number of, and what is refused of it
//	devices O           it has devices, in the tables of this owner
//	missing, acting     what is said where nothing has the name, "!STATUS TEXT" or TEXT; the latter of a deletion or
//	                    a POST
//	changing, several   the same of a PUT, and where more than one has it
//	ends TEXT           a deletion is an operation of that description
//	list                this part's query reads id, path and JSON of what is listed, where that is more than the objects
//	config whole        a PATCH that names a configuration replaces all of it
//	keeps F             a PATCH begins with these fields, a PUT with none
//	needs X             servers without that extension of the API do not have it; without M: nor these
//	                    methods, or any of ONE object
//	phased K            it is created in two phases, on the member that is asked, which looks at ?target itself; K
//	                    are the keys that belong to a member
//	tag F               its ETag is of these fields alone, or there is none; otherwise of all but used_by
//	on target           it is the member at ?target that has it
//	reach               what calls of the other members a change without a target makes: "always", or only while it is
//	                    "used"
//	row A B C           this part's query gives values for these columns of the row that is made, or changed
//	refuse M            of these methods this part's query is asked first; a row is "!STATUS TEXT", or "?STATUS TEXT"
//	                    where a server may well know what the sandbox does not, or "!000" where the daemon breaks
//	                    the connection;
//	                    the method CHECKED is after the checks of the handler, AFTER is when all is stored, PART is
//	                    while :node makes its part
//	then                these statements end a creation and a change
//	half                these statements are what stays of a change that is refused by "*STATUS TEXT"
//	for S               the part is for these servers
//	query Q             it is the query that [Server.Query] gives by that name, in parts of the path *
//	as F                what {F} stands for in queries, in parts of the path *
//
// Queries may name :id of the object, :body that it is to be, with its name and what it keeps, :sent that was sent,
// :servers, the members' own configurations, :raft with the :roles that people give and :voter, the :keys of a member,
// and what others in this package may.
type Collection struct {
	Path, Read  string
	Columns     []string
	Row         string
	Then, Half  string
	List        string
	words       map[string]string
	refusals    []string
	refusalsFor []string
}

// Say is what follows a word in the head of the first part.
func (k Collection) Say(word string) string { return k.words[word] }

// Has reports a word in the head of the first part.
func (k Collection) Has(word string) bool {
	_, has := k.words[word]
	return has
}

// Collection is the one at that path.
func (s Server) Collection(path string) Collection {
	i := slices.IndexFunc(s.Collections, func(k Collection) bool { return k.Path == path })
	return s.Collections[i]
}

// Refusals are the queries for what is against a call of that method.
func (k Collection) Refusals(method string) []string {
	var out []string
	for i, methods := range k.refusalsFor {
		if slices.Contains(strings.Fields(methods), method) {
			out = append(out, k.refusals[i])
		}
	}
	return out
}

// collections reads them, in the order of the files.
func (s Server) collections() []Collection {
	var out []Collection
	fragments, asked := s.fragments(), []string(nil)
	names, _ := fs.Glob(files, "collections-*.sql") // the pattern is right
	for _, name := range names {
		for _, p := range parts(text(name)) {
			path, words := head(p.head)
			i := slices.IndexFunc(out, func(k Collection) bool { return k.Path == path })
			switch {
			case words["for"] != "" && !s.Among(words["for"]):
			case words["query"] != "":
				s.queries[words["query"]] = p.statement
				asked = append(asked, words["query"])
			case path == "*":
				fragments = append(fragments, "{"+words["as"]+"}", p.statement)
			case i < 0:
				out = append(out, Collection{Path: path, words: words, Read: p.statement})
			default:
				out[i].add(words, p.statement)
			}
		}
	}
	filled := strings.NewReplacer(fragments...)
	for i := range out {
		out[i].fill(filled)
	}
	for i := range s.Answers {
		s.Answers[i].Query = whole(filled, s.Answers[i].Query)
	}
	for _, name := range asked {
		s.queries[name] = whole(filled, s.queries[name])
	}
	return out
}

// fragments are those that are not in the files of collections, each after what stands for it.
func (s Server) fragments() []string {
	ofIt := func(query, id string) string { return strings.ReplaceAll(query, ":id", id) }
	ofObject := strings.NewReplacer(":name", "o.name", ":node", "iif({alone}, :node, 0)",
		":snapshots", ":server LIKE 'lxd-%'")
	return []string{"{entities}", s.queries["entities"], "{project users}", s.queries["project"],
		"{profile users}", s.queries["profile"], "{volume users}", ofIt(s.queries["volume"], "x.id"),
		"{pool users}", ofObject.Replace(s.queries["pool"]), "{network users}", ofObject.Replace(s.queries["network"]),
		"{trusted}", s.Statement("trusted"), "{projects of it}", ofIt(s.Statement("projects"), "o.id"),
		"{certificate}", ofIt(s.Statement("certificate"), "i.id")}
}

// fill puts fragments, and those in them, into all queries.
func (k *Collection) fill(fragments *strings.Replacer) {
	for _, query := range []*string{&k.Read, &k.List, &k.Row, &k.Then, &k.Half} {
		*query = whole(fragments, *query)
	}
	for i := range k.refusals {
		k.refusals[i] = whole(fragments, k.refusals[i])
	}
}

// add takes a further part.
func (k *Collection) add(words map[string]string, statement string) {
	if columns := words["row"]; columns != "" {
		k.Columns, k.Row = strings.Fields(columns), statement
	}
	if methods := words["refuse"]; methods != "" {
		k.refusals, k.refusalsFor = append(k.refusals, statement), append(k.refusalsFor, methods)
	}
	if _, ends := words["then"]; ends {
		k.Then = statement
	}
	if _, stays := words["half"]; stays {
		k.Half = statement
	}
	if _, lists := words["list"]; lists {
		k.List = statement
	}
}

// whole is a query with fragments, and those in fragments.
func whole(fragments *strings.Replacer, query string) string {
	for next := fragments.Replace(query); next != query; next = fragments.Replace(query) {
		query = next
	}
	return query
}

func head(line string) (path string, words map[string]string) {
	path, rest, _ := strings.Cut(line, " | ")
	words = map[string]string{}
	for part := range strings.SplitSeq(rest, " | ") {
		word, value, _ := strings.Cut(part, " ")
		words[word] = value
	}
	return path, words
}
