package cmd_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestLicensesAreOfTheModulesOfGoMod holds the list of `version --licenses` against go.mod: nothing is missing, and
// nothing is of another version.
func TestLicensesAreOfTheModulesOfGoMod(t *testing.T) {
	t.Parallel()
	read := func(file string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	required, listed := map[string]string{}, map[string]string{}
	direct := []string{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) (v\S+)( // indirect)?$`).FindAllStringSubmatch(read("../go.mod"), -1) {
		required[m[1]] = m[2]
		if m[3] == "" {
			direct = append(direct, m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^== (\S+) (v\S+)$`).FindAllStringSubmatch(read("licenses.txt"), -1) {
		listed[m[1]] = m[2]
		if required[m[1]] != m[2] {
			t.Errorf("%s %s is listed, and go.mod has %q: run task licenses", m[1], m[2], required[m[1]])
		}
	}
	const ofTests = "github.com/google/go-cmp pgregory.net/rapid go.uber.org/goleak github.com/creack/pty"
	for _, module := range direct {
		if listed[module] == "" && !strings.Contains(ofTests, module) {
			t.Errorf("%s is not listed: run task licenses", module)
		}
	}
}
