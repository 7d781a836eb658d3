package preseed

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"clusterctl/schema"
)

// Input is one file of a preseed.
type Input struct {
	// Name is how the caller calls it in messages: a path, or "-" for standard input.
	Name string
	Data []byte
}

// parse returns the documents of an input. Problems go to the report; the documents before one are returned.
func (r *reader) parse(in Input) []*node {
	in.Data = bytes.TrimPrefix(in.Data, []byte("\ufeff")) // the byte order mark of some editors
	if at, p := noText(in); p.Code != "" {
		r.report.errorAt(at, p)
		return nil
	}
	if line := new(depth).deepLine(in.Data); line > 0 {
		r.report.errorAt(schema.Position{File: in.Name, Line: line}, tooDeep())
		return nil
	}
	text := string(in.Data)
	r.report.source(in.Name, text)
	text, elided := mendElision(in.Name, text, r.report)
	if len(text) > large {
		if root, ok := r.inPieces(in.Name, text, pieceSize); ok {
			return []*node{root}
		}
	}
	file, err := parseYAML(text)
	if err != nil {
		if !elided { // else the cause is said already
			r.report.errorAt(syntaxProblem(in, err))
		}
		return nil
	}
	var roots []*node
	for _, doc := range file.Docs {
		t := tree{reader: r, file: in.Name, anchors: map[string]*node{}}
		if n := t.node(doc.Body); !n.empty() {
			roots = append(roots, n)
		}
	}
	return roots
}

// noText finds the first byte that no text in UTF-8 has. Nothing of the file is quoted: it may be anything.
func noText(in Input) (schema.Position, schema.Problem) {
	p := schema.Mistake(schema.CodeSyntax, "cannot read this file: it is no text", "", "name a YAML file")
	bad := bytes.IndexByte(in.Data, 0)
	if bad < 0 {
		bad = 0
		for bad < len(in.Data) {
			r, size := utf8.DecodeRune(in.Data[bad:])
			if r == utf8.RuneError && size == 1 || r == tabMark {
				break
			}
			bad += size
		}
		p.Summary, p.Hint = "cannot read this file: it is not UTF-8 here", "save it as UTF-8, for example with iconv"
		if bytes.HasPrefix(in.Data[bad:], []byte(string(tabMark))) {
			p.Summary, p.Hint = "cannot read this file: U+FDD0 here is no character", "take it out"
		}
	}
	if bad == len(in.Data) {
		return schema.Position{}, schema.Problem{}
	}
	before := in.Data[:bad]
	line := bytes.LastIndexByte(before, '\n') + 1
	return schema.Position{File: in.Name, Line: bytes.Count(before, []byte("\n")) + 1,
		Column: utf8.RuneCount(before[line:]) + 1}, p
}

// parseYAML calls the library. A fault of the library on odd input must not end the program.
func parseYAML(text string) (file *ast.File, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = errors.New("the YAML parser gave up on this file")
		}
	}()
	tokens := tokenize(text)
	if tk := deepToken(tokens); tk != nil {
		return nil, &deepError{tk.Position}
	}
	return parser.Parse(oneSeparator(tokens), 0, parser.AllowDuplicateMapKey())
}

// tokenize calls the library's scanner with what it would take for something else put right.
func tokenize(text string) token.Tokens { return lexer.Tokenize(endBlocks(markTabs(text))) }

// deepError says that values are nested too deep.
type deepError struct{ at *token.Position }

func (*deepError) Error() string { return tooDeep().Summary }

// syntaxProblem translates the library's error.
func syntaxProblem(in Input, err error) (schema.Position, schema.Problem) {
	p := schema.Problem{Code: schema.CodeSyntax, Summary: "cannot read this file as YAML", Detail: firstLine(err.Error())}
	at := schema.Position{File: in.Name}
	if deep := (*deepError)(nil); errors.As(err, &deep) {
		at.Line, at.Column = deep.at.Line, deep.at.Column
		return at, tooDeep()
	}
	if syntax, ok := errors.AsType[*yaml.SyntaxError](err); ok {
		p.Detail = syntax.Message
		if syntax.Token != nil && syntax.Token.Position != nil {
			at.Line, at.Column = syntax.Token.Position.Line, syntax.Token.Position.Column
		}
	}
	line := lineOf(in.Data, at.Line)
	switch {
	case strings.Contains(p.Detail, "tab character") || strings.HasPrefix(line, "\t"):
		p.Hint = "YAML is indented with spaces: replace the tabs"
	case strings.Contains(p.Detail, "end character of"):
		p.Hint = "a quoted text is not closed"
	case strings.Contains(p.Detail, "unknown escape"):
		p.Hint = "put the text into single quotes, or double the backslash"
	case strings.Contains(p.Detail, "reserved character"):
		p.Hint = "put the value into quotes; backticks and $( ) belong to a shell that has not run"
	case strings.HasPrefix(line, "-----") || strings.HasPrefix(line, "$"):
		p.Hint = "indent the lines of a block (|) more than its key"
	default:
		p.Hint = "check the indentation of this line and the one before, and quote values with special characters"
	}
	return at, p
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

func lineOf(data []byte, line int) string {
	lines := strings.Split(string(data), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return lines[line-1]
}

// mendElision looks for a line "..." at the left margin between the lines BEGIN and END of a certificate. There it
// ends the YAML document, even inside quotes, and every parser says something else about it. It is said
// once, and the line is replaced so that the rest of the file can be checked.
func mendElision(file, text string, r *report) (mended string, elided bool) {
	if !strings.Contains(text, "-----BEGIN") {
		return text, false
	}
	lines := strings.Split(text, "\n")
	inside := false
	for i, line := range lines {
		switch bare := strings.TrimRight(line, " \t\r"); {
		case strings.Contains(line, "-----BEGIN"):
			inside = !strings.Contains(line, "-----END")
		case strings.Contains(line, "-----END"):
			inside = false
		case inside && bare == "...":
			r.errorAt(schema.Position{File: file, Line: i + 1, Column: 1}, elidedCertificate())
			lines[i], elided = " "+elision, true
		}
	}
	return strings.Join(lines, "\n"), elided
}

// elision stands for a line "..." of a certificate that was reported; it is no base64.
const elision = "(elided)"

func elidedCertificate() schema.Problem {
	return schema.Mistake(schema.CodeElided, "cannot use a certificate with \"...\" in place of its lines",
		"The example of the documentation leaves lines out, and a line of three dots ends a YAML document.",
		"put in the whole of cluster.crt of a member, or leave cluster_certificate out: it is then asked for")
}
