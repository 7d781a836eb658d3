//go:build e2e && linux

package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/drivers/lab"
)

// binFlag names a folder with a clusterctl to test; empty: one is built.
var binFlag = flag.String("bin", "", "test the clusterctl in this `folder` instead of building one")

func TestMain(m *testing.M) {
	flag.Parse()
	for _, name := range []string{"FORCE_COLOR", "GITHUB_ACTIONS", "GITLAB_CI"} {
		_ = os.Unsetenv(name) // what is compared has no colours; the names are well-formed
	}
	// A script and its daemons use a quarter of a processor (69 s of 255, ten scripts); the rest are waits.
	if err := flag.Set("test.parallel", "4"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	defer removeSwitchFolder()
	if *binFlag == "" {
		dir, err := os.MkdirTemp("", "clusterctl-bin")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
		if err := build(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		*binFlag = dir
	}
	return m.Run()
}

// build makes the command as it is released: one static binary.
func build(dir string) error {
	cmd := exec.Command("go", "build", "-tags", "nosqlite3", "-o", filepath.Join(dir, "clusterctl"), "clusterctl/cmd/clusterctl")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building clusterctl: %w\n%s", err, out)
	}
	return nil
}

// TestScripts runs testdata/*.txtar, each as a parallel test of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	runScripts(t, lab.LXD, testscript.Params{Dir: "testdata"})
}

// runScripts runs scripts on daemons of that kind, which is a condition in them: [lxd] or [incus].
func runScripts(t *testing.T, kind lab.Kind, p testscript.Params) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 p.Dir,
		Files:               p.Files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands(),
		Condition: func(name string) (bool, error) {
			if name != string(lab.LXD) && name != string(lab.Incus) {
				return false, fmt.Errorf("what is the condition %q?", name)
			}
			return name == string(kind), nil
		},
		Setup: func(env *testscript.Env) error {
			if p.Setup != nil {
				_ = p.Setup(env) // it sets values
			}
			env.Setenv("PATH", *binFlag+":"+env.Getenv("PATH"))
			env.Values[labKey{}], env.Values[testKey{}], env.Values[kindKey{}] = new(*lab.Lab), env.T(), kind
			env.Values[northboundKey{}] = new(northbound)
			return nil
		},
	})
}
