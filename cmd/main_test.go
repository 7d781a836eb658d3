package cmd_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/cmd"
)

// TestMain makes this test binary the program clusterctl for the scripts: the same code, in a pretended world.
func TestMain(m *testing.M) {
	for _, name := range []string{"FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"} {
		_ = os.Unsetenv(name) // what is compared has no colours; the names are well-formed
	}
	if _, given := os.LookupEnv("CLUSTERCTL_JOURNAL"); !given {
		_ = os.Setenv("CLUSTERCTL_JOURNAL", "none") // documents are run with this machine's home folder; the name is well-formed
	}
	// The scripts wait more than they work: a daemon of the pretended world that dies is waited for like a real one.
	if err := flag.Set("test.parallel", strconv.Itoa(max(6, runtime.GOMAXPROCS(0)))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testscript.Main(m, map[string]func(){
		"clusterctl": func() {
			signals := make(chan os.Signal, 2)
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM) // as cmd/clusterctl does
			signal.Ignore(syscall.SIGPIPE)
			os.Exit(int(cmd.Run(cmd.OSStreams(signals), fakeWorld(".", os.Getenv("FAKE"), func() {}), os.Args[1:])))
		},
	})
}

// TestScripts runs whole command lines: testdata/script, each file a story.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TERM", "xterm")
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache")) // of this script alone
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			dump, err := filepath.Abs(filepath.Join("..", "drivers", "dump", "testdata", "lxd-5.0.2.sql"))
			e.Setenv("DUMP", dump) // see there
			action, failed := filepath.Abs(filepath.Join("..", ".github", "actions", "clusterctl"))
			e.Setenv("ACTION", action)
			return errors.Join(err, failed)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "forge": forge, "terminal": terminal},
	})
}
