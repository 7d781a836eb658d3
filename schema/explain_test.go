package schema_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"clusterctl/schema"
)

// TestEveryCodeIsExplained reads the constants of type Code from the sources, so that a new one cannot be
// forgotten.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	found := map[schema.Code]bool{}
	for _, folder := range []string{".", "../plan"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			for _, code := range codesIn(t, name) {
				found[code] = true
				if text, ok := schema.Explain(code); !ok || strings.TrimSpace(text) == "" {
					t.Errorf("%s: code %s has no text in explanations.md", name, code)
				}
			}
		}
	}
	for _, code := range schema.Codes() {
		if !found[code] {
			t.Errorf("explanations.md has a text for %s, which nothing uses", code)
		}
	}
}

func codesIn(t *testing.T, name string) []schema.Code {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []schema.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 || !isCode(spec.Type) {
			return true
		}
		if text, ok := spec.Values[0].(*ast.BasicLit); ok {
			value, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, schema.Code(value))
		}
		return true
	})
	return out
}

func isCode(n ast.Expr) bool {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name == "Code"
	case *ast.SelectorExpr:
		return n.Sel.Name == "Code"
	}
	return false
}
