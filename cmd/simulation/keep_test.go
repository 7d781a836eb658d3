package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// kept is the test that plays a case again, which the function plays from its argument.
const kept = `package simulation

import "testing"

/*
%s
*/
func TestAgain%s(t *testing.T) {
	%s(t, %#v)
}
`

// word parts of a case make the name of its test.
var nameParts = regexp.MustCompile(`[A-Za-z0-9]+`)

// failed reports a case that failed, which play plays from its argument, and keeps it where that is wanted.
func failed(t *testing.T, play string, argument any, err error) {
	t.Helper()
	t.Errorf("%v\nto keep it: -keep, or a test with %s(t, %#v)", err, play, argument)
	fmt.Fprintf(os.Stderr, "FAIL %s(t, %#v)\n", play, argument)
	if *keepFlag {
		if err := keep(".", play, argument, err); err != nil {
			t.Error(err)
		}
	}
}

// keep writes the test of a case into a file of its own.
func keep(dir, play string, argument any, err error) error {
	name := ""
	for _, part := range nameParts.FindAllString(fmt.Sprint(strings.TrimPrefix(play, "play"), " ", argument), -1) {
		name += strings.ToUpper(part[:1]) + part[1:]
	}
	text := fmt.Sprintf(kept, strings.ReplaceAll(err.Error(), "*/", "* /"), name, play, argument)
	return os.WriteFile(filepath.Join(dir, strings.ToLower(name)+"_test.go"), []byte(text), 0o600)
}

// TestKeep writes the tests of a case and of a walk, in a world that breaks, and lets go test run them: they compile,
// and fail as they did.
func TestKeep(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir, reason := t.TempDir(), errors.New("the world broke")
	if err := errors.Join(keep(dir, "playLine", "form create:profile/big broken@6", reason),
		keep(dir, "playWalk", uint64(7), reason)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	replaced := map[string]string{filepath.Join(here, "broken_test.go"): filepath.Join(here, "testdata/broken.go")}
	for _, f := range files {
		replaced[filepath.Join(here, filepath.Base(f))] = f
	}
	text, _ := json.Marshal(map[string]any{"Replace": replaced}) // plain values
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay,
		"-run", "Again.*(Broken|Walk)", ".").CombinedOutput()
	if err == nil {
		t.Errorf("what was kept does not fail:\n%s", out)
	}
	for _, want := range []string{"--- FAIL: TestAgainLineFormCreateProfileBigBroken6", "--- FAIL: TestAgainWalk7",
		"the world broke"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}
