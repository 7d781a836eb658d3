package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer is what one package, or one subtree of packages, may import.
type layer struct {
	// packages it is about, within the module; NAME/... is also everything below NAME. The first layer that fits
	// counts.
	packages string
	// uses are the packages of this module, in the same spelling.
	uses string
	// modules are the other modules' packages, as beginnings of import paths.
	modules string
	// pure packages use nothing of the world outside: see impure; but they may use what is named in except.
	pure   bool
	except string
}

// layers is the order of the architecture, lowest first. A package that is in none of them has no place yet.
var layers = []layer{
	{packages: "schema", pure: true, except: "embed"},                       // the explanations of codes, part of the program
	{packages: "schema/kinds", uses: "schema", pure: true, except: "embed"}, // tables of keys, part of the program
	{packages: "schema/preseed", uses: "schema",
		modules: "github.com/goccy/go-yaml github.com/go-playground/validator/v10", pure: true},
	{packages: "schema/emit", uses: "schema", pure: true}, // it writes YAML by itself, and reads none
	{packages: "plan", uses: "schema", pure: true},
	{packages: "plan/internal/plantest", uses: "plan schema"}, // test code
	{packages: "plan/view", uses: "schema plan", pure: true},
	{packages: "plan/diff", uses: "schema plan plan/view", pure: true},
	{packages: "plan/steps", uses: "schema plan plan/view plan/diff", pure: true},
	{packages: "plan/order", uses: "schema plan", pure: true},
	{packages: "plan/guard", uses: "schema plan plan/view", pure: true, except: "embed"}, // what is said of members and joins, part of the program
	{packages: "plan/care", uses: "schema plan plan/view plan/guard", pure: true},
	{packages: "plan/build", uses: "schema plan plan/view plan/diff plan/steps plan/order plan/guard", pure: true},
	{packages: "drivers", uses: "schema"},
	{packages: "drivers/internal/memdb", modules: "modernc.org/sqlite"},
	{packages: "drivers/internal/raftlog", pure: true, modules: "github.com/pierrec/lz4/v4"},
	{packages: "drivers/rows", uses: "schema drivers", modules: "golang.org/x/crypto/scrypt"},
	{packages: "drivers/dqlite", uses: "schema drivers",
		modules: "github.com/canonical/go-dqlite github.com/rs/zerolog golang.org/x/sync"},
	{packages: "drivers/dump", uses: "schema drivers drivers/rows drivers/internal/memdb"},
	{packages: "drivers/offline", uses: "schema drivers drivers/rows drivers/internal/memdb drivers/internal/raftlog"},
	{packages: "drivers/rest", uses: "schema drivers",
		modules: "github.com/rs/zerolog golang.org/x/sync"},
	{packages: "drivers/ssh", uses: "schema drivers", modules: "golang.org/x/crypto/ssh golang.org/x/sync " +
		"github.com/kevinburke/ssh_config github.com/skeema/knownhosts github.com/rs/zerolog"},
	{packages: "drivers/remote", uses: "schema drivers drivers/rows drivers/dqlite drivers/rest drivers/ssh",
		modules: "golang.org/x/sync github.com/rs/zerolog"},
	{packages: "apply", uses: "schema plan drivers", modules: "golang.org/x/sync github.com/rs/zerolog"},
	{packages: "drivers/lab/...", uses: "drivers/lab/...",
		modules: "golang.org/x/crypto/ssh golang.org/x/sync golang.org/x/sys/unix"},
	{packages: "drivers/sandbox/...", uses: "schema drivers drivers/rows drivers/rest drivers/remote drivers/internal/memdb drivers/internal/raftlog drivers/sandbox/...",
		// An image says in YAML what it is.
		modules: "golang.org/x/crypto golang.org/x/sync github.com/canonical/go-dqlite github.com/goccy/go-yaml"},
	{packages: "drivers/drivertest", uses: "schema/... plan/... apply drivers/...", modules: "github.com/"},
	{packages: "cmd/session", uses: "schema/... plan/... apply drivers/...",
		modules: "github.com/rs/zerolog golang.org/x/sync"},
	{packages: "cmd/render", uses: "schema plan plan/view plan/care apply cmd/session",
		modules: "github.com/rogpeppe/go-internal/diff github.com/owenrumney/go-sarif/v2 github.com/jstemmer/go-junit-report/v2"},
	{packages: "cmd/clusterctl", uses: "cmd/... drivers/..."},
	{packages: "cmd/...", uses: "schema/... plan/... apply drivers/... cmd/...",
		modules: "github.com/urfave/cli/v2 github.com/rs/zerolog golang.org/x/term github.com/vbauerster/mpb/v8 github.com/mattn/go-runewidth"},
}

// impure are the parts of the standard library, as beginnings of import paths, that know a clock, a file, a network,
// the environment, chance or a log. Of time only durations and values that are handed in are pure: see clockCalls.
const impure = "os io/fs path/filepath net context log math/rand crypto/rand syscall runtime embed plugin testing"

// harmless are the parts of them that only take texts apart. Of net itself only netTexts are.
const harmless = "net net/netip net/url"

// netTexts are the functions of net that open nothing.
const netTexts = "SplitHostPort JoinHostPort ParseIP"

// clockCalls are the functions of time that read or wait for the clock.
const clockCalls = "Now Since Until Sleep After AfterFunc Tick NewTimer NewTicker"

const module = "clusterctl"

// TestPackagesImportOnlyLowerLayers reads the import lines itself: Go's test cache does not see what `go list` reads.
func TestPackagesImportOnlyLowerLayers(t *testing.T) {
	t.Parallel()
	files := sourceFiles(t)
	if len(files) < 20 {
		t.Fatalf("found %d source files, want the whole tree", len(files))
	}
	for _, file := range files {
		pkg := path.Dir(file)
		i := slices.IndexFunc(layers, func(l layer) bool { return matches(l.packages, pkg, matchPackage) })
		if i < 0 {
			t.Errorf("%s: the package %s has no layer: give it one in this test and in the architecture", file, pkg)
			continue
		}
		for _, problem := range check(t, file, layers[i]) {
			t.Error(problem)
		}
	}
}

// TestOnlyApplyChanges holds the way around [drivers.Looking], which every command line runs under, to the package
// apply.
func TestOnlyApplyChanges(t *testing.T) {
	t.Parallel()
	for _, file := range sourceFiles(t) {
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		if path.Dir(file) != "apply" && strings.Contains(string(text), "drivers.Changing(") {
			t.Errorf("%s sends what changes something", file)
		}
	}
}

// check returns what a file breaks of its layer.
func check(t *testing.T, file string, l layer) []string {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, filepath.Join("..", file), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	add := func(pos token.Pos, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s:%d: ", file, fset.Position(pos).Line)+fmt.Sprintf(format, args...))
	}
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		own, inModule := strings.CutPrefix(name, module+"/")
		first, _, _ := strings.Cut(name, "/")
		switch {
		case inModule && own != path.Dir(file) && !matches(l.uses, own, matchPackage):
			add(spec.Pos(), "must not import %s: allowed are %q", name, l.uses)
		case !inModule && strings.Contains(first, ".") && !matches(l.modules, name, matchBeginning):
			add(spec.Pos(), "must not import %s: allowed modules are %q", name, l.modules)
		case l.pure && matches(impure, name, matchBeginning) && !matches(harmless+" "+l.except, name, matchPackage):
			add(spec.Pos(), "must not import %s: the package is pure, what it needs comes in as a value", name)
		}
	}
	if l.pure {
		ast.Inspect(parsed, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			switch {
			case !ok:
			case isIdent(s.X, "time") && matches(clockCalls, s.Sel.Name, matchPackage):
				add(s.Pos(), "must not call time.%s: the package is pure and has no clock", s.Sel.Name)
			case isIdent(s.X, "net") && !matches(netTexts, s.Sel.Name, matchPackage):
				add(s.Pos(), "must not use net.%s: the package is pure and opens nothing", s.Sel.Name)
			}
			return true
		})
	}
	return problems
}

// TestGoroutinesAreWaitedFor wants goleak in the tests of each package that starts some. Package lab starts them beside
// real daemons alone; a command that asks somebody cannot end the reading of a terminal.
func TestGoroutinesAreWaitedFor(t *testing.T) {
	t.Parallel()
	packages := 0
	seen := map[string]bool{"drivers/lab": true, "cmd": true}
	for _, file := range sourceFiles(t) {
		dir := path.Dir(file)
		if seen[dir] || !startsGoroutine(t, file) {
			continue
		}
		packages, seen[dir] = packages+1, true
		tests, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(tests, func(test string) bool {
			text, err := os.ReadFile(test)
			return err == nil && strings.Contains(string(text), "goleak."+"VerifyTestMain")
		}) {
			t.Errorf("%s: starts goroutines, and the tests of %s do not hold that they end", file, dir)
		}
	}
	if packages == 0 {
		t.Error("found no goroutine at all")
	}
}

func startsGoroutine(t *testing.T, file string) (starts bool) {
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.SelectorExpr)
		if _, statement := n.(*ast.GoStmt); statement || ok && call.Sel.Name == "Go" {
			starts = true
		}
		return !starts
	})
	return starts
}

// TestOnlyApplySendsChangingCalls looks for calls of the REST API with another method than GET.
func TestOnlyApplySendsChangingCalls(t *testing.T) {
	t.Parallel()
	found := 0
	harmless := map[string]string{
		"drivers/remote/sql.go": "a query",
		"drivers/rest/trust.go": "a client that lets itself in with its password, before it can look at anything",
	}
	for _, file := range sourceFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			method := methodOf(n)
			if method == "" || method == `"GET"` || method == "http.MethodGet" {
				return true
			}
			if found++; !strings.HasPrefix(file, "apply/") && harmless[file] == "" {
				t.Errorf("%s: sends %s: only apply changes anything, by a step of a plan", file, method)
			}
			return true
		})
	}
	if found == 0 {
		t.Error("found no changing call at all")
	}
}

// methodOf is the method of a drivers.Call as it is written, empty for anything else.
func methodOf(n ast.Node) string {
	literal, ok := n.(*ast.CompositeLit)
	if !ok {
		return ""
	}
	if s, ok := literal.Type.(*ast.SelectorExpr); !ok || s.Sel.Name != "Call" || !isIdent(s.X, "drivers") {
		return ""
	}
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok || !isIdent(pair.Key, "Method") {
			continue
		}
		switch value := pair.Value.(type) {
		case *ast.BasicLit:
			return value.Value
		case *ast.SelectorExpr:
			return "http." + value.Sel.Name
		}
	}
	return ""
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// matches reports whether one of the words of list fits the name.
func matches(list, name string, fits func(word, name string) bool) bool {
	return slices.ContainsFunc(strings.Fields(list), func(word string) bool { return fits(word, name) })
}

func matchPackage(word, name string) bool {
	if tree, ok := strings.CutSuffix(word, "/..."); ok {
		return name == tree || strings.HasPrefix(name, tree+"/")
	}
	return name == word
}

func matchBeginning(word, name string) bool {
	return name == word || strings.HasPrefix(name, strings.TrimSuffix(word, "/")+"/")
}

// sourceFiles lists the tree's Go files but tests, relative to its top, with slashes.
func sourceFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(".."), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return fs.SkipDir
		case strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go"):
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestLayersRefuse holds the test above against files that break it.
func TestLayersRefuse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ source, packages, want string }{
		"file system in schema": {`package p; import _ "os"`, "schema", "must not import os"},
		"yaml in schema": {`package p; import _ "github.com/goccy/go-yaml"`, "schema",
			"must not import github.com/goccy/go-yaml"},
		"yaml at its door": {`package p; import _ "github.com/goccy/go-yaml"`, "schema/preseed", ""},
		"yaml on the way out": {`package p; import _ "github.com/goccy/go-yaml"`, "schema/emit",
			"must not import github.com/goccy/go-yaml"},
		"door in plan": {`package p; import _ "clusterctl/schema/preseed"`, "plan",
			"must not import clusterctl/schema/preseed"},
		"network in plan":       {`package p; import _ "net/http"`, "plan", "must not import net/http"},
		"sockets in schema":     {"package p; import \"net\"\nvar _ = net.Dial", "schema", "must not use net.Dial"},
		"host and port in plan": {"package p; import \"net\"\nvar _ = net.SplitHostPort", "plan", ""},
		"context in plan":       {`package p; import _ "context"`, "plan", "must not import context"},
		"chance in schema":      {`package p; import _ "math/rand/v2"`, "schema", "must not import math/rand/v2"},
		"logger in plan": {`package p; import _ "github.com/rs/zerolog"`, "plan",
			"must not import github.com/rs/zerolog"},
		"clock in plan":     {"package p; import \"time\"\nvar _ = time.Now()", "plan", "must not call time.Now"},
		"durations in plan": {"package p; import \"time\"\nvar _ = time.Second", "plan", ""},
		"kinds in apply": {`package p; import _ "clusterctl/schema/kinds"`, "apply",
			"must not import clusterctl/schema/kinds"},
		"driver in apply": {`package p; import _ "clusterctl/drivers/rest"`, "apply",
			"must not import clusterctl/drivers/rest"},
		"plan in the sandbox": {`package p; import _ "clusterctl/plan"`, "drivers/sandbox/...",
			"must not import clusterctl/plan"},
		"own part of sandbox": {`package p; import _ "clusterctl/drivers/sandbox/wire"`, "drivers/sandbox/...", ""},
		"yaml in cmd": {`package p; import _ "github.com/goccy/go-yaml"`, "cmd/...",
			"must not import github.com/goccy/go-yaml"},
		"apply in plan": {`package p; import _ "clusterctl/apply"`, "plan",
			"must not import clusterctl/apply"},
		"steps in the view": {`package p; import _ "clusterctl/plan/steps"`, "plan/view",
			"must not import clusterctl/plan/steps"},
		"build in care": {`package p; import _ "clusterctl/plan/build"`, "plan/care",
			"must not import clusterctl/plan/build"},
		"guards in the values": {`package p; import _ "clusterctl/plan/guard"`, "plan",
			"must not import clusterctl/plan/guard"},
		"cli in cmd/session": {`package p; import _ "github.com/urfave/cli/v2"`, "cmd/session",
			"must not import github.com/urfave/cli/v2"},
		"words in cmd/session": {`package p; import _ "clusterctl/cmd/render"`, "cmd/session",
			"must not import clusterctl/cmd/render"},
		"cmd in cmd/render": {`package p; import _ "clusterctl/cmd"`, "cmd/render",
			"must not import clusterctl/cmd"},
		"drivers in cmd/render": {`package p; import _ "clusterctl/drivers"`, "cmd/render",
			"must not import clusterctl/drivers"},
		"addresses in schema": {`package p; import _ "net/netip"`, "schema", ""},
		"strings in plan":     {`package p; import _ "strings"`, "plan", ""},
		"unknown dependency": {`package p; import _ "example.org/new"`, "drivers/rest",
			"must not import example.org/new"},
		"similar name is no net": {`package p; import _ "netx"`, "plan", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "x.go")
			if err := os.WriteFile(file, []byte(c.source), 0o600); err != nil {
				t.Fatal(err)
			}
			relative, err := filepath.Rel(mustAbs(t, ".."), file)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(layers, func(l layer) bool { return l.packages == c.packages })
			got := strings.Join(check(t, relative, layers[i]), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func mustAbs(t *testing.T, file string) string {
	t.Helper()
	absolute, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	return absolute
}
