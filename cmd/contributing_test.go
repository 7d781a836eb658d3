package cmd_test

import (
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const contributing = "../.github/CONTRIBUTING.md"

// imports returns what each package of the tree imports of it. Parts of the sandbox and of labs are one with them, and
// packages of tests are left out.
func imports(t *testing.T) map[string]map[string]bool {
	t.Helper()
	folded := func(pkg string) string {
		for _, whole := range []string{"drivers/sandbox", "drivers/lab"} {
			if strings.HasPrefix(pkg, whole+"/") {
				return whole
			}
		}
		return pkg
	}
	out := map[string]map[string]bool{}
	for _, file := range sourceFiles(t) {
		pkg := folded(path.Dir(file))
		if slices.Contains([]string{"drivers/drivertest", "plan/internal/plantest", "cmd/internal/doctest", "cmd/e2e",
			"cmd/simulation"}, pkg) {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if out[pkg] == nil {
			out[pkg] = map[string]bool{}
		}
		for _, spec := range parsed.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if own, ours := strings.CutPrefix(name, module+"/"); ours && folded(own) != pkg {
				out[pkg][folded(own)] = true
			}
		}
	}
	return out
}

// drawn returns the lines of the picture: a package and what it imports, but for what follows from other arrows.
func drawn(graph map[string]map[string]bool) []string {
	var reaches func(from, to string) bool
	reaches = func(from, to string) bool {
		for next := range graph[from] {
			if next == to || reaches(next, to) {
				return true
			}
		}
		return false
	}
	var out []string
	for _, pkg := range slices.Sorted(maps.Keys(graph)) {
		var uses []string
		for _, to := range slices.Sorted(maps.Keys(graph[pkg])) {
			follows := func(other string) bool { return reaches(other, to) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(graph[pkg])), follows) {
				uses = append(uses, to)
			}
		}
		line := "  " + pkg
		if len(uses) > 0 {
			line += " --> " + strings.Join(uses, " & ")
		}
		out = append(out, line)
	}
	return out
}

func TestContributingDrawsThePackages(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(contributing)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```mermaid\nflowchart TD\n")
	picture, _, _ := strings.Cut(after, "\n```")
	if diff := cmp.Diff(drawn(imports(t)), strings.Split(picture, "\n")); diff != "" {
		t.Errorf("the picture of the packages (-imports +picture):\n%s", diff)
	}
}

var (
	namedFile = regexp.MustCompile("`([a-z.]+/[a-z0-9_/.]+)`")
	namedCode = regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z]+)`")
)

func TestContributingNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(contributing)
	if err != nil {
		t.Fatal(err)
	}
	files := namedFile.FindAllStringSubmatch(string(text), -1)
	for _, name := range files {
		if _, err := os.Stat(filepath.Join("..", name[1])); err != nil {
			t.Errorf("%s: %v", name[1], err)
		}
	}
	names := namedCode.FindAllStringSubmatch(string(text), -1)
	for _, name := range names {
		declared := regexp.MustCompile(`(?m)^(func|type) ` + name[2] + `\b`)
		found := slices.ContainsFunc(sourceFiles(t), func(file string) bool {
			if path.Base(path.Dir(file)) != name[1] {
				return false
			}
			source, err := os.ReadFile(filepath.Join("..", file))
			return err == nil && declared.Match(source)
		})
		if !found {
			t.Errorf("%s: no package %s declares %s", name[0], name[1], name[2])
		}
	}
	if len(files) < 15 || len(names) < 8 {
		t.Errorf("found %d files and %d names, want those of the tables", len(files), len(names))
	}
}
