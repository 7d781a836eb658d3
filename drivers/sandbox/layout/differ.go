package layout

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// Saying is how a server words a refusal that the handlers have in the words of LXD 5.0.2: a line of words.tsv.
type Saying struct {
	call, text *regexp.Regexp
	// status is that of the handler's refusal; 0 is any.
	status int
	// Now reports that it comes at once, where others of that call are the end of an operation; Op the opposite.
	Now, Op bool
	// Status is its HTTP status, 0 the handler's; to is its text.
	Status int
	to     string
}

// Field is a field that a server shows beside those of LXD 5.0.2, or does not show: a line of fields.tsv.
type Field struct {
	Path, Name string
	// JSON is its value, Query finds it; neither means that it is not shown.
	JSON, Query string
}

// Answer is what a server answers beside what handlers know, from its database alone: a part of answers.sql, where
// brackets are around the end of a path that is served without it too. It is a list, or one object where Missing is
// said.
type Answer struct {
	Path, Query string
	// Missing is the refusal where there is no object.
	Missing string
}

// differences are the rows of a table of differences that are for the server.
func (s Server) differences(name string) [][]string {
	var out [][]string
	for _, columns := range Table(text(name)) {
		if s.Among(columns[0]) {
			out = append(out, append(columns, make([]string, 6)...))
		}
	}
	return out
}

// Among reports whether the server is one of those: words such as "lxd", "lxd:5.21.." or "all".
func (s Server) Among(words string) bool {
	for word := range strings.FieldsSeq(words) {
		product, span, _ := strings.Cut(word, ":")
		spans := schema.Versions{s.Product: schema.ParseSpans(span)}
		if product == "all" || product == string(s.Product) && (span == "" || spans.In(s.Flavour)) {
			return true
		}
	}
	return false
}

// differ reads the tables of differences.
func (s *Server) differ() {
	s.Roles, s.Voter = s.readRoles()
	s.sayings = schema.Map(s.differences("words.tsv"), readSaying)
	s.fields = schema.Map(s.differences("fields.tsv"), readField)
	s.behaves = map[string][]*regexp.Regexp{}
	for _, c := range s.differences("behaves.tsv") {
		s.behaves[c[1]] = append(s.behaves[c[1]], regexp.MustCompile("^("+c[2]+")$"))
	}
	s.entitlements = map[string][]string{}
	for _, c := range s.differences("entitlements.tsv") {
		for about := range strings.FieldsSeq(c[1]) {
			s.entitlements[about] = append(s.entitlements[about], entitlements(c[2])...)
		}
	}
	s.Answers, s.queries, s.Refusals = s.readAnswers(), s.readQueries(), s.readRefusals()
}

func (s Server) readRoles() (roles map[string]string, voter string) {
	roles, voter = map[string]string{}, "database"
	for _, c := range s.differences("roles.tsv") {
		if c[2] == "voter" {
			voter = c[1]
		} else {
			roles[c[1]] = c[2]
		}
	}
	return roles, voter
}

// readSaying reads the columns of words.tsv.
func readSaying(c []string) Saying {
	status, now := strings.CutPrefix(strings.TrimPrefix(c[4], "op "), "now ")
	saying := Saying{call: regexp.MustCompile("^(" + c[1] + ")$"), text: regexp.MustCompile("(?s)^" + c[3] + "$"),
		Now: now, Op: strings.HasPrefix(c[4], "op"), to: c[5]}
	saying.status, _ = strconv.Atoi(c[2]) // empty is any
	saying.Status, _ = strconv.Atoi(status)
	return saying
}

// readField reads the columns of fields.tsv.
func readField(c []string) Field {
	if strings.HasPrefix(c[3], "SELECT") {
		return Field{Path: c[1], Name: c[2], Query: c[3]}
	}
	return Field{Path: c[1], Name: c[2], JSON: c[3]}
}

func (s Server) readAnswers() []Answer {
	var out []Answer
	for _, p := range parts(text("answers.sql")) {
		c := append(strings.Split(p.head, " | "), "", "")
		if !s.Among(c[0]) {
			continue
		}
		path, one, both := strings.Cut(strings.TrimSuffix(c[1], "]"), "[")
		if both {
			out = append(out, Answer{Path: path, Query: p.statement})
		}
		out = append(out, Answer{Path: path + one, Missing: c[2], Query: p.statement})
	}
	return out
}

// readQueries puts together those of a name that several parts of the files have for the server.
func (s Server) readQueries() map[string]string {
	out := map[string]string{}
	for _, p := range slices.Concat(parts(text("users.sql")), parts(text("entities.sql"))) {
		words, name, _ := strings.Cut(p.head, " | ")
		switch before := out[name]; {
		case !s.Among(words):
		case before == "":
			out[name] = p.statement
		default:
			out[name] = before + "\nUNION ALL " + p.statement
		}
	}
	return out
}

// readRefusals returns the statements that refuse, by call such as "POST /1.0/profiles".
func (s Server) readRefusals() map[string][]string {
	out := map[string][]string{}
	for _, p := range parts(text("refusals.sql")) {
		servers, calls, _ := strings.Cut(p.head, " | ")
		methods, paths, _ := strings.Cut(calls, " ")
		if !s.Among(servers) {
			continue
		}
		for method := range strings.SplitSeq(methods, ",") {
			for path := range strings.FieldsSeq(paths) {
				out[method+" "+path] = append(out[method+" "+path], p.statement)
			}
		}
	}
	return out
}

// Permits reports whether groups may be permitted that on things of a type; with no entitlement, whether anything.
func (s Server) Permits(about, entitlement string) bool {
	all, known := s.entitlements[about]
	return known && (entitlement == "" || slices.Contains(all, entitlement))
}

// entitlements are those of a line of entitlements.tsv.
func entitlements(words string) []string {
	var out []string
	for word := range strings.FieldsSeq(words) {
		objects, all := strings.CutPrefix(word, "*")
		if !all {
			out = append(out, word)
			continue
		}
		for _, done := range []string{"create", "delete", "edit", "view"} {
			out = append(out, "can_"+done+"_"+objects)
		}
	}
	return out
}

// Query is a query of users.sql or entities.sql: the paths of what uses a "pool", a "network", a "profile" or a
// "volume" or lives in a "project", or the "entities" that permissions can be about.
func (s Server) Query(name string) string { return s.queries[name] }

// Entitlements are what may be permitted, by the type of what it is permitted on; as JSON.
func (s Server) Entitlements() string {
	text, _ := json.Marshal(s.entitlements) // plain data always marshals
	return string(text)
}

// Say returns how the server says what a handler refused, in a call such as "POST /1.0/profiles".
func (s Server) Say(call string, status int, text string) (to string, how Saying) {
	for _, x := range s.sayings {
		if x.call.MatchString(call) && (x.status == 0 || x.status == status) && x.text.MatchString(text) {
			if x.to == "" {
				return text, x
			}
			return x.text.ReplaceAllString(text, x.to), x
		}
	}
	return text, Saying{}
}

// Does reports whether the server does something otherwise than LXD 5.0.2 in that call, as behaves.tsv has it: "async".
func (s Server) Does(what, call string) bool {
	for _, x := range s.behaves[what] {
		if x.MatchString(call) {
			return true
		}
	}
	return false
}

// Fields are those that objects at the path have otherwise.
func (s Server) Fields(path string) []Field {
	var out []Field
	for _, f := range s.fields {
		if f.Path == path {
			out = append(out, f)
		}
	}
	return out
}
