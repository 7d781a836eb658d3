package cmd

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

func TestExplainKnowsEverythingItLists(t *testing.T) {
	t.Parallel()
	reg := kinds.Registry()
	words := codeNames()
	for _, kind := range reg.All() {
		words = append(words, kind.Plural, string(kind.Name))
		for _, rule := range kind.Rules() {
			words = append(words, kind.Plural+"."+strings.ReplaceAll(rule.Key, "*", "x"))
		}
	}
	for _, word := range append(words, "cluster.max_voters", "core.https_address") {
		var b bytes.Buffer
		if err := explain(&b, reg, word); err != nil || b.Len() < 20 {
			t.Errorf("explain %q: %v, %d bytes", word, err, b.Len())
		}
	}
	if err := explain(&bytes.Buffer{}, reg, "cluster.max_voter"); session.CodeOf(err) != session.ExitUsage {
		t.Errorf("an unknown word: %v", err)
	}
}

// TestHelpExplainsWhatThereIs tries what the texts of help tell to explain.
func TestHelpExplainsWhatThereIs(t *testing.T) {
	t.Parallel()
	files, err := help.ReadDir("help")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, m := range regexp.MustCompile(`clusterctl explain ([a-z0-9._-]+)`).FindAllStringSubmatch(helpText(file.Name()), -1) {
			if err := explain(&bytes.Buffer{}, kinds.Registry(), m[1]); err != nil {
				t.Errorf("%s: %s: %v", file.Name(), m[0], err)
			}
		}
	}
}

// filled returns a template of help with the commands.
func filled(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	if err := fillIn(&b, testApp(), name); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompletionScriptsParse(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script := helpText("completion." + shell)
		if !strings.Contains(script, "clusterctl complete -- ") {
			t.Errorf("%s: nobody is asked", shell)
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			continue // a shell that is not there cannot say what it thinks
		}
		check := exec.Command(path, "-n")
		check.Stdin = strings.NewReader(script)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s does not accept its script: %v\n%s", shell, err, out)
		}
	}
}

func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	folder := t.TempDir()
	text := "storage_pools: [{name: fast, driver: dir}]\nprofiles: [{name: small}]\nmembers: [{name: anna, address: 10.0.0.1}, {name: bert, address: 10.0.0.2}]\n"
	if err := os.WriteFile(filepath.Join(folder, "preseed.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"clusterctl va":                         "validate",
		"clusterctl plan --det":                 "--detailed-exitcode",
		"clusterctl --no-color apply --auto-":   "--auto-approve",
		"clusterctl completion z":               "zsh",
		"clusterctl plan pre":                   "preseed.yaml",
		"clusterctl plan --format prom":         "prometheus",
		"clusterctl plan --format = prom":       "prometheus",
		"clusterctl remove a":                   "anna",
		"clusterctl whatif --down b":            "bert",
		"clusterctl show prof":                  "profile/ profile/small",
		"clusterctl plan --target storage_pool": "storage_pool/ storage_pool/fast",
		"clusterctl explain key-pl":             "key-placement",
		"clusterctl lock br":                    "break",
		"clusterctl sandbox fault disk":         "disk-full",
	} {
		run := exec.Command(bash, "--norc", "-c", helpText("completion.bash")+`
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clusterctl; echo "${COMPREPLY[*]}"`, "-")
		run.Args, run.Dir = append(run.Args, strings.Fields(line)...), folder
		out, err := run.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: completes to %q (%v), want %q", line, got, err, want)
		}
	}
}

func TestManualNamesCommandsFlagsAndExitCodes(t *testing.T) {
	t.Parallel()
	page := filled(t, "manual.1.tmpl")
	for _, want := range []string{".TH CLUSTERCTL 1", ".SS clusterctl apply", `\-\-auto\-approve`,
		`\-\-out, \-o FILE`, ".TP\n143\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestJSONIsDocumented finds every field of the JSON forms in docs/json.md.
func TestJSONIsDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	ref := schema.Ref{Kind: schema.KindProfile, Name: "x"}
	at := schema.Position{File: "f", Line: 1, Column: 1}
	values := map[string]any{
		"plan": &plan.Plan{
			Changes: []plan.Change{{Ref: ref, Action: plan.Update, At: at,
				Fields: []plan.FieldChange{{Path: "p", Member: "m", Device: "d", Key: "k", Secret: true, At: at}}}},
			Steps: []plan.Step{{ID: "s", Cause: ref, Member: "m", Needs: []plan.StepID{"r"},
				Expect: plan.Expect{Ref: ref}, Sections: []plan.Section{plan.SectionCluster}, At: at,
				Risk: plan.Risk{Stops: "x", Undo: "y", Before: plan.Voters{Online: 1}, After: plan.Voters{Online: 2}}}},
			Diagnostics: schema.Diagnostics{{Position: at, Ref: ref, Member: "m", Detail: "d", Hint: "h",
				Excerpt: "e", Related: []schema.Position{at}}},
		},
		"result": session.Result{Verified: true, Remaining: []schema.Ref{ref}, Moved: []schema.Ref{ref}, Error: "e",
			Hint:        "h",
			Diagnostics: schema.Diagnostics{{}}},
	}
	for name, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		for _, key := range jsonKeys(tree) {
			if !strings.Contains(string(doc), "`"+key+"`") {
				t.Errorf("%s: docs/json.md does not speak of %s", name, key)
			}
		}
	}
}

// jsonKeys are the names of all fields; what is inside of op, expect and at speaks for itself.
func jsonKeys(tree any) []string {
	var out []string
	switch value := tree.(type) {
	case []any:
		for _, v := range value {
			out = append(out, jsonKeys(v)...)
		}
	case map[string]any:
		for key, v := range value {
			out = append(out, key)
			if key != "op" && key != "expect" && key != "at" {
				out = append(out, jsonKeys(v)...)
			}
		}
	}
	return out
}
