package cmd_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// proofs are words that a script has when it does what a row of docs/servers.md says.
var proofs = map[string]string{
	"form over SSH": `ssh:`, "form over HTTPS": `https:`, "form by the unix socket": `unix:`,
	"documents of `lxd init`":                    `cluster_(password|token|address)`,
	"make and change objects, second plan empty": `(?m)^(unchanged|settled) `, "other spellings of values": `(?m)^settled `,
	"export, plan the export": `clusterctl export|(?m)^settled `, "remove a member": `clusterctl remove`, "evacuate a member": `evacuate`,
	"replace a lost member": `replaces:`, "recover from a lost quorum": `clusterctl recover`,
	"upgrade from the one before": `clusterctl upgrade`, "read a saved database": ``,
	"roles of members": `roles: \[`, "ISO volumes": `\.iso`, "rebuild of instances": `rebuild: true`, "network integrations": `network_integrations:`,
	"storage buckets, their keys": `storage_bucket_keys:`, "identities, groups with permissions": `auth_groups:`,
	"placement groups, cluster links, replicators": `placement_groups:`,
}

// folders are where the scripts of a column are, as the beginning of their names.
var folders = map[string][]string{"LXD 5.0.2": {""}, "LXD of Debian 13": {""}, "Incus 6.0.4": {"incus/", ""},
	"Incus 7.0.2": {"incus7/", "incus/", ""}}

// TestServersAreAsTheScripts holds docs/servers.md against the scripts: each one that a cell names is there, runs on
// that server, and has to do with that row.
func TestServersAreAsTheScripts(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/servers.md")
	if err != nil {
		t.Fatal(err)
	}
	shares := map[string]string{}
	for column, list := range map[string]string{"Incus 6.0.4": "e2e/incus_test.go", "Incus 7.0.2": "e2e/incus7_test.go"} {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		shares[column] = regexp.MustCompile(`incus7?Share = .*`).FindString(string(text))
	}
	var columns []string
	rows := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 8 {
			continue
		}
		name := strings.TrimSpace(cells[0])
		switch proof, known := proofs[name]; {
		case name == "":
			columns = cells
		case strings.HasPrefix(name, "-"):
		case !known:
			t.Errorf("nothing is known of the row %q", name)
		default:
			rows++
			for i, cell := range cells[1:] {
				checkCell(t, strings.TrimSpace(columns[i+1]), cell, shares, regexp.MustCompile(proof))
			}
		}
	}
	if rows != len(proofs) {
		t.Errorf("%d rows, want %d", rows, len(proofs))
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

func checkCell(t *testing.T, column, cell string, shares map[string]string, proof *regexp.Regexp) {
	t.Helper()
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		script, ok := match[1], false
		for _, prefix := range folders[column] {
			ok = ok || strings.HasPrefix(script, prefix) && !strings.Contains(strings.TrimPrefix(script, prefix), "/")
		}
		if !ok {
			t.Errorf("%s: %s does not run there", column, script)
		}
		own := strings.HasPrefix(script, folders[column][0]) && folders[column][0] != ""
		share, shared := shares[column]
		listed, byTask := strings.Contains(share, `"`+script+`"`), strings.Contains(cell, "task")
		if shared && !own && listed == byTask {
			t.Errorf("%s: %s is in %s", column, script, share)
		}
		text, err := os.ReadFile("e2e/testdata/" + script + ".txtar")
		if err != nil {
			t.Error(err)
		} else if !proof.Match(text) {
			t.Errorf("%s has no %s", script, proof)
		}
	}
	words := strings.Fields(strings.ReplaceAll(quoted.ReplaceAllString(cell, ""), ",", " "))
	odd := func(word string) bool {
		return !slices.Contains([]string{"-", "recorded", "sandbox", "no", "such", "task"}, word)
	}
	if slices.ContainsFunc(words, odd) {
		t.Errorf("%s: what does %q mean?", column, cell)
	}
}
