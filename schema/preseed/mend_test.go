package preseed

import (
	"fmt"
	"strings"
	"testing"
)

// TestNothingIsLostBehindEmptyDocuments puts separators, comments and keys behind each other in every order.
func TestNothingIsLostBehindEmptyDocuments(t *testing.T) {
	t.Parallel()
	const longest = 5
	lines := []string{"k%d: 1", "---", "...", "# c", "--- # c"}
	var try func(text string, keys, left int)
	try = func(text string, keys, left int) {
		r := &reader{report: newReport()}
		got := 0
		for _, root := range r.parse(Input{Name: "f", Data: []byte(text)}) {
			for _, p := range root.pairs {
				if want := fmt.Sprintf("k%d", p.at.Line); p.key != want {
					t.Errorf("%q: the key %s is said to stand in line %d", text, p.key, p.at.Line)
				}
				got++
			}
		}
		if got != keys || len(r.report.list) > 0 {
			t.Errorf("%q: got %d keys, want %d; reported: %v", text, got, keys, r.report.list)
		}
		if left == 0 || t.Failed() {
			return
		}
		number := strings.Count(text, "\n") + 1
		for _, line := range lines {
			if strings.HasPrefix(line, "k") {
				try(text+fmt.Sprintf(line, number)+"\n", keys+1, left-1)
			} else {
				try(text+line+"\n", keys, left-1)
			}
		}
	}
	try("", 0, longest)
}

// TestDirectivesBesideEmptyDocuments has directives, which need a "---" below them.
func TestDirectivesBesideEmptyDocuments(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"%YAML 1.2\n---\n",
		"%YAML 1.2\n---\n---\na: 1\n",
		"%YAML 1.2\n---\n...\na: 1\n",
		"%YAML 1.2\n---\n# c\n...\n---\na: 1\n",
		"a: 1\n...\n%YAML 1.2\n---\nb: 1\n",
		"a: 1\n---\n...\n%YAML 1.2\n---\n---\nb: 1\n",
		"a: 1\n...\n...\n%YAML 1.2\n---\n# c\n---\nb: 1\n",
	} {
		r := &reader{report: newReport()}
		got := len(r.parse(Input{Name: "f", Data: []byte(text)}))
		if want := strings.Count(text, ": 1"); got != want || len(r.report.list) > 0 {
			t.Errorf("%q: got %d documents, want %d; reported: %v", text, got, want, r.report.list)
		}
	}
}

// TestMistakesBehindEmptyDocumentsAreTold has what is no YAML behind an empty document.
func TestMistakesBehindEmptyDocumentsAreTold(t *testing.T) {
	t.Parallel()
	for _, empty := range []string{"---\n---\n", "---\n# c\n---\n", "...\n---\n---\n", "--- # c\n---\n"} {
		r := &reader{report: newReport()}
		r.parse(Input{Name: "f", Data: []byte("a: 1\n" + empty + "{ not yaml [\n")})
		if line := strings.Count(empty, "\n") + 2; len(r.report.list) != 1 || r.report.list[0].Line != line {
			t.Errorf("%q: want one mistake in line %d, got: %v", empty, line, r.report.list)
		}
	}
}
