package drivertest

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

var rewrite = flag.Bool("rewrite", false, "write what the scenarios' plans are to testdata")

func scenarios(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	return files
}

func parse(t *testing.T, file string) Scenario {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	scenario, err := ParseScenario(strings.TrimSuffix(filepath.Base(file), ".txtar"), archive)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return scenario
}

// play plays the scenario of a file. Its addresses begin with home in the file and with away in the world.
func play(t *testing.T, file, away string, start func(s Scenario) World) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse([]byte(strings.ReplaceAll(string(data), home, away)))
	scenario, err := ParseScenario(strings.TrimSuffix(filepath.Base(file), ".txtar"), archive)
	if err != nil {
		t.Fatal(err)
	}
	got, err := scenario.Play(t.Context(), start(scenario))
	if err != nil {
		t.Error(err)
	}
	if *rewrite {
		for i, f := range archive.Files {
			if text, ok := got[f.Name]; ok {
				archive.Files[i].Data = ofSome.ReplaceAll([]byte(text), nil)
			}
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(txtar.Format(archive)), away, home)),
			0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
		if diff := cmp.Diff(string(archive.Files[i].Data), ofSome.ReplaceAllString(got[name], "")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// ofSome are steps that only some servers need.
var ofSome = regexp.MustCompile(`(?m)^(refresh:server/config|admit:\w+)\n`)

// home begins the addresses of the servers in all files.
const home = "10.76.1."

// TestScenariosOnSandbox plays all scenarios that the sandbox can.
func TestScenariosOnSandbox(t *testing.T) {
	t.Parallel()
	for _, file := range scenarios(t) {
		scenario := parse(t, file)
		if missing := scenario.Missing(sandboxWorld{}); len(missing) > 0 {
			t.Logf("not played by the sandbox: %s needs %s", scenario.Name, strings.Join(missing, ", "))
			continue
		}
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			play(t, file, home, func(s Scenario) World { return startSandbox(t, s, schema.JudgedLXD) })
		})
	}
}

// allServers widens what is played on pretended servers beside LXD 5.0.2.
var allServers = flag.Bool("all-servers", false, "play all scenarios on every server that the sandbox plays")

// share is what is always played on each of them: forming, and every kind that all of them have.
var share = []string{"form_three", "profiles_projects", "network_acls", "volumes", "certificates", "instances"}

// TestScenariosOnOtherServers plays scenarios on what the sandbox plays beside LXD 5.0.2, and those of the folders that
// are called as a server.
func TestScenariosOnOtherServers(t *testing.T) {
	t.Parallel()
	for _, server := range sandbox.Servers()[1:] {
		own, _ := filepath.Glob("testdata/" + string(server.Product) + "-*/*.txtar") // the pattern is right
		for _, file := range own {
			if only, _ := schema.ParseServer(filepath.Base(filepath.Dir(file))); only == server {
				t.Run(server.String()+"/"+filepath.Base(file), func(t *testing.T) {
					t.Parallel()
					play(t, file, home, func(s Scenario) World { return startSandbox(t, s, server) })
				})
			}
		}
		for _, file := range scenarios(t) {
			scenario := parse(t, file)
			if !*allServers && !slices.Contains(share, scenario.Name) {
				continue
			}
			t.Run(server.String()+"/"+scenario.Name, func(t *testing.T) {
				t.Parallel()
				play(t, file, home, func(s Scenario) World { return startSandbox(t, s, server) })
			})
		}
	}
}
