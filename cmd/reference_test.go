package cmd

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// update rewrites docs/reference, as `task reference` does.
var update = flag.Bool("update", false, "write docs/reference anew")

// TestReference holds docs/reference to what the registry says: a page for each kind, one for devices, one for the keys
// that belong to no kind, and one for the codes of messages.
func TestReference(t *testing.T) {
	t.Parallel()
	pages := reference(kinds.Registry())
	folder := filepath.Join("..", "docs", "reference")
	there, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		for _, file := range there {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range pages {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for _, file := range there {
		got, err := os.ReadFile(file)
		if diff := cmp.Diff(pages[filepath.Base(file)], string(got)); err != nil || diff != "" {
			t.Errorf("%s (run task reference): %v\n%s", file, err, diff)
		}
	}
	if len(there) != len(pages) {
		t.Errorf("docs/reference has %d pages, and should have %d: run task reference", len(there), len(pages))
	}
}

// reference is all that explain knows, as pages.
func reference(reg schema.Registry) map[string]string {
	pages := map[string]string{}
	index := "# Reference\n\nMade by `task reference` from what `clusterctl explain` knows.\n\n| Section | What it has |\n|---|---|\n"
	for _, kind := range reg.All() {
		var b strings.Builder
		fmt.Fprintf(&b, "# %s\n\n%s\n", kind.Plural, kind.Help)
		if kind.Example != "" {
			fmt.Fprintf(&b, "\n```yaml\n%s\n```\n", strings.TrimSpace(kind.Example))
		}
		if kind.New != nil && kind.Lifecycle != schema.Singleton {
			rows := schema.Map(kind.EntryFields(), func(f schema.Field) [2]string { return [2]string{f.Path, fieldText(f)} })
			referenceTable(&b, "Keys of an entry", rows)
		}
		rows := schema.Map(kind.Rules(), func(r schema.KeyRule) [2]string { return [2]string{r.Key, ruleText(r)} })
		referenceTable(&b, "Keys of its config", rows)
		if kind.OpenKeys && kind.New != nil {
			b.WriteString("\nOther keys are passed on as they are.\n")
		}
		if len(kind.DeviceRules()) > 0 {
			b.WriteString("\nIts devices: [devices](devices.md).\n")
		}
		pages[kind.Plural+".md"] = b.String()
		index += fmt.Sprintf("| [%s](%[1]s.md) | %s |\n", kind.Plural, kind.Help)
	}
	pages["devices.md"], pages["settings.md"], pages["codes.md"] = devicePage(reg), settingsPage(reg), codesPage()
	pages["README.md"] = index + "| [devices](devices.md) | Devices of profiles and instances. |\n" +
		"| [settings](settings.md) | Connections, and the sections that belong to no kind. |\n" +
		"| [codes](codes.md) | The codes of messages: what each means, and what to do. |\n"
	return pages
}

func devicePage(reg schema.Registry) string {
	profile, _ := reg.Kind(schema.KindProfile)
	b := strings.Builder{}
	b.WriteString("# Devices\n\nThose of profiles and instances.\n")
	rows := schema.Map(profile.DeviceRules(), func(r schema.KeyRule) [2]string { return [2]string{r.Key, ruleText(r)} })
	referenceTable(&b, "Keys", rows)
	b.WriteString("\n## What goes together\n\n")
	for _, c := range profile.Combinations() {
		fmt.Fprintf(&b, "- %s: %s\n", strings.Join(c.For, ", "), c)
	}
	return b.String()
}

func settingsPage(reg schema.Registry) string {
	b := strings.Builder{}
	b.WriteString("# Settings\n")
	places := map[string][][2]string{}
	var order []string
	for _, f := range fields(reg) {
		section, _, _ := strings.Cut(f.place, ".")
		if _, kind := reg.Plural(section); kind {
			continue
		}
		if !slices.Contains(order, f.place) {
			order = append(order, f.place)
		}
		places[f.place] = append(places[f.place], [2]string{f.name, f.help})
	}
	for _, place := range order {
		referenceTable(&b, place, places[place])
	}
	return b.String()
}

func codesPage() string {
	b := strings.Builder{}
	b.WriteString("# Codes of messages\n")
	for _, code := range codeNames() {
		text, _ := schema.Explain(schema.Code(code))
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", code, strings.TrimSpace(text))
	}
	return b.String()
}

func referenceTable(b *strings.Builder, title string, rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| Key | |\n|---|---|\n", title)
	for _, row := range rows {
		fmt.Fprintf(b, "| `%s` | %s |\n", row[0], strings.NewReplacer("|", `\|`, "\n", " ").Replace(row[1]))
	}
}
