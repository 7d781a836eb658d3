package schema

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Severity ranks a diagnostic.
type Severity string

// The severities. An error stops before anything is touched; a refusal comes from a guard: the plan is shown
// and cannot be applied.
const (
	SeverityError   Severity = "error"
	SeverityRefusal Severity = "refusal"
	SeverityWarning Severity = "warning"
	SeverityAdvice  Severity = "advice"
)

func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityError, SeverityRefusal, SeverityWarning, SeverityAdvice}, s)
}

// Position is a place in an input file. Line and Column count from 1; Column counts characters.
// The zero Position is "nowhere".
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String returns "file:line:column", "file:line", "file" or "".
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// Diagnostic is one problem with the input or with the plan: what, where, why and how to go on.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	// Code is stable and has a long text, see [Explain].
	Code Code `json:"code"`
	Position
	// Ref and Member say what it is about, when it is about an object.
	Ref    Ref    `json:"ref,omitzero"`
	Member string `json:"member,omitempty"`
	// Summary is one sentence; Detail says why; Hint says how to go on.
	Summary string `json:"summary"`
	Detail  string `json:"detail,omitempty"`
	Hint    string `json:"hint,omitempty"`
	// Excerpt is the line of input at the position, without its line end.
	Excerpt string `json:"excerpt,omitempty"`
	// Names is what it is about that the input lacks, and that a cluster may have.
	Names Ref `json:"-"`
	// Related is a second place, for disagreements between two documents.
	Related []Position `json:"related,omitempty"`
}

// Diagnostics is a list of them; as an error it shows the first and counts the rest.
type Diagnostics []Diagnostic

// Error implements error.
func (ds Diagnostics) Error() string {
	if len(ds) == 0 {
		return "no problem"
	}
	text := ds[0].Summary
	if at := ds[0].String(); at != "" {
		text = at + ": " + text
	}
	if len(ds) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(ds)-1)
	}
	return text
}

// Sorted returns the diagnostics by file, line, column, severity, code.
func (ds Diagnostics) Sorted() Diagnostics {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Code, b.Code),
			strings.Compare(a.Summary, b.Summary))
	})
	return out
}

// Has reports whether one of the diagnostics has that severity.
func (ds Diagnostics) Has(s Severity) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == s })
}

// Count counts the diagnostics of that severity.
func (ds Diagnostics) Count(s Severity) int {
	return len(Filter(ds, func(d Diagnostic) bool { return d.Severity == s }))
}

// Code names a kind of problem. It is stable: scripts and the explain command rely on it.
type Code string

// The codes of input problems.
const (
	CodeSyntax        Code = "syntax"
	CodeEmpty         Code = "empty"
	CodeUnknownKey    Code = "unknown-key"
	CodeDuplicateKey  Code = "duplicate-key"
	CodeType          Code = "type"
	CodeRequired      Code = "required"
	CodeValue         Code = "value"
	CodeName          Code = "name"
	CodeElided        Code = "elided-certificate"
	CodeCertificate   Code = "certificate"
	CodePlacement     Code = "key-placement"
	CodeReference     Code = "reference"
	CodeDuplicate     Code = "duplicate"
	CodeConflict      Code = "conflict"
	CodeAddress       Code = "address"
	CodePassword      Code = "password"
	CodeToken         Code = "token"
	CodeJoin          Code = "join"
	CodeBootstrap     Code = "bootstrap"
	CodeConnection    Code = "connection"
	CodeSecret        Code = "secret"
	CodeEnvNotAllowed Code = "env-not-allowed"
	CodeOutside       Code = "outside"
	CodeUnreadable    Code = "unreadable"
	CodeBuiltin       Code = "builtin"
	CodeDevice        Code = "device"
	CodeReadOnly      Code = "read-only"
	CodeNotSupported  Code = "not-supported"
	CodeLimit         Code = "limit"
	CodeFile          Code = "file"
	CodeTemplate      Code = "template"
	CodeWrapped       Code = "wrapped"
	CodeIgnore        Code = "ignore"
	CodeUnsaid        Code = "unsaid"
)

// The codes of advice about what is right and often regretted.
const (
	CodeAddressByName     Code = "address-by-name"
	CodeFewVoters         Code = "few-voters"
	CodeFewDomains        Code = "few-failure-domains"
	CodeTrustPassword     Code = "trust-password"
	CodeListensEverywhere Code = "listens-everywhere"
	CodeLoopFile          Code = "loop-file"
	CodeNoRootDisk        Code = "no-root-disk"
)

// explanationsText has every code of the product, those of the package plan among them: they are told and explained in
// one place.
//
//go:embed explanations.md
var explanationsText string

// explanations returns the texts by their code: what follows a heading "## CODE".
var explanations = sync.OnceValue(func() map[Code]string {
	out := map[Code]string{}
	for _, part := range strings.Split(explanationsText, "\n## ")[1:] {
		code, text, _ := strings.Cut(part, "\n")
		out[Code(code)] = strings.TrimSpace(text)
	}
	return out
})

// Explain returns the long text of a code: what it means, why it matters, and the ways on. ok is false for a code
// that does not exist.
func Explain(code Code) (text string, ok bool) {
	text, ok = explanations()[code]
	return text, ok
}

// Codes returns every code that a diagnostic can have, in order.
func Codes() []Code { return slices.Sorted(maps.Keys(explanations())) }
