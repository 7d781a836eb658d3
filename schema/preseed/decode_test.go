package preseed_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestDecode runs every archive of testdata: its YAML files are the input, "diagnostics" is what is said about
// them, and "result" is the normal form, where the archive has it. One whose name begins with incus is judged for Incus.
func TestDecode(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("got %d archives, %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			reg := kinds.Registry()
			if strings.HasPrefix(filepath.Base(name), "incus") {
				reg = reg.For(schema.JudgedIncus)
			}
			p, diagnostics := preseed.Decode(reg, inputsOf(archive))
			got := map[string]string{"diagnostics": textOf(diagnostics), "result": resultOf(p)}
			if *update {
				rewrite(t, name, archive, got)
				return
			}
			for _, f := range archive.Files {
				if text, golden := got[f.Name]; golden {
					if diff := cmp.Diff(string(f.Data), text); diff != "" {
						t.Errorf("%s differs (-want +got):\n%s", f.Name, diff)
					}
				}
			}
		})
	}
}

// TestEntriesAreJudgedAgain judges every archive for one flavour after another: what was read is not read again, and no
// judgement leaves anything behind.
func TestEntriesAreJudgedAgain(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("got %d archives, %v", len(archives), err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		entries := preseed.Read(kinds.Registry(), inputsOf(archive), nil)
		for _, flavour := range []schema.Flavour{schema.JudgedLXD, schema.JudgedIncus, schema.JudgedLXD} {
			reg := kinds.Registry().For(flavour)
			p, diagnostics := entries.Judge(reg)
			fresh, expected := preseed.Decode(reg, inputsOf(archive))
			if diff := cmp.Diff(textOf(expected)+resultOf(fresh), textOf(diagnostics)+resultOf(p)); diff != "" {
				t.Errorf("%s for %s (-read anew +judged again):\n%s", name, flavour, diff)
			}
		}
	}
}

// TestWordsOfTheProduct judges every archive for Incus: nothing that is said of it speaks of LXD or its commands, but
// where it compares the two, or repeats the file.
func TestWordsOfTheProduct(t *testing.T) {
	t.Parallel()
	words := regexp.MustCompile(`\bLXD\b|\blxc [a-z]|\blxd (init|cluster)\b`)
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("got %d archives, %v", len(archives), err)
	}
	spoken := 0
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, diagnostics := preseed.Decode(kinds.Registry().For(schema.JudgedIncus), inputsOf(archive))
		for _, d := range diagnostics {
			for _, text := range []string{d.Summary, d.Detail, d.Hint} {
				spoken += strings.Count(text, "Incus") + strings.Count(text, "incus ")
				if words.MatchString(text) && !strings.Contains(strings.ToLower(text), "incus") {
					t.Errorf("%s: %s", name, text)
				}
			}
		}
	}
	if spoken < 20 {
		t.Errorf("the archives have Incus named %d times, too few to prove anything", spoken)
	}
}

func inputsOf(archive *txtar.Archive) []preseed.Input {
	var out []preseed.Input
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".yaml") {
			out = append(out, preseed.Input{Name: f.Name, Data: f.Data})
		}
	}
	return out
}

func rewrite(t *testing.T, name string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	for i, f := range archive.Files {
		if text, golden := got[f.Name]; golden {
			archive.Files[i].Data = []byte(text)
		}
	}
	data := txtar.Format(archive)
	if before, err := os.ReadFile(name); err == nil && bytes.Equal(before, data) {
		return
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func textOf(diagnostics schema.Diagnostics) string {
	var out strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&out, "%s: %s: %s: %s\n", d.Position, d.Severity, d.Code, d.Summary)
		if d.Excerpt != "" {
			fmt.Fprintf(&out, "    | %s\n", d.Excerpt)
		}
		if d.Detail != "" {
			fmt.Fprintf(&out, "    %s\n", d.Detail)
		}
		if d.Hint != "" {
			fmt.Fprintf(&out, "    hint: %s\n", d.Hint)
		}
		for _, at := range d.Related {
			fmt.Fprintf(&out, "    see %s\n", at)
		}
	}
	return out.String()
}

// resultOf writes a preseed as sorted lines, one for each field.
func resultOf(p schema.Preseed) string {
	var lines []string
	line := func(at schema.Position, format string, args ...any) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf(format, args...)+"   @"+at.String())+"\n")
	}
	for _, o := range p.Want.Objects() {
		line(p.Source.At(o.Ref, ""), "%s %s", o.Ref, o.State)
		for name, value := range o.Attrs {
			line(p.Source.At(o.Ref, "attrs."+name), "%s attrs.%s = %s", o.Ref, name, value)
		}
		for key, value := range o.Config {
			line(p.Source.At(o.Ref, "config."+key), "%s config.%s = %q", o.Ref, key, value)
		}
		for name, device := range o.Devices {
			for key, value := range device {
				line(p.Source.At(o.Ref, "devices."+name+"."+key), "%s devices.%s.%s = %q", o.Ref, name, key, value)
			}
		}
		for name, list := range o.Lists {
			line(p.Source.At(o.Ref, "lists."+name), "%s lists.%s = %v", o.Ref, name, list)
		}
		for member, part := range o.Members {
			for name, value := range part.Attrs {
				line(p.Source.At(o.Ref, "members."+member+"."+name), "%s members.%s.%s = %s", o.Ref, member, name, value)
			}
			if part.State != "" {
				line(p.Source.At(o.Ref, "members."+member+".state"), "%s members.%s is %s", o.Ref, member, part.State)
			}
			for key, value := range part.Config {
				line(p.Source.At(o.Ref, "members."+member+"."+key), "%s members.%s.%s = %q", o.Ref, member, key, value)
			}
		}
		if len(o.Refs) > 0 {
			line(schema.Position{}, "%s needs %v", o.Ref, o.Refs)
		}
	}
	slices.Sort(lines)
	for _, m := range p.Members {
		lines = append(lines, fmt.Sprintf("join %s at %s over %s password=%s certificate=%t\n", m.Name, m.Address, wayOf(m.Connection), m.Password, m.Certificate != ""))
	}
	for name, secret := range p.Secrets {
		lines = append(lines, fmt.Sprintf("secret %s clear=%t env=%s file=%s\n", name, secret.Reveal() != "", secret.Env, secret.File))
	}
	slices.Sort(lines[len(lines)-len(p.Secrets):])
	lines = append(lines, fmt.Sprintf("bootstrap %s prune=%v protect=%v\n", p.Bootstrap, p.Settings.Prune, p.Settings.Protect))
	return strings.Join(lines, "")
}

func wayOf(c schema.Connection) string {
	switch {
	case c.SSH != nil:
		return fmt.Sprintf("ssh %+v", *c.SSH)
	case c.HTTPS != nil:
		return fmt.Sprintf("https %+v", *c.HTTPS)
	case c.Unix != nil:
		return fmt.Sprintf("unix %+v", *c.Unix)
	}
	return "nothing"
}

// TestAssumedOnlyWhereItMatters judges every archive and example for servers that nobody has named, and for the same
// ones named: where the first says that it was not assumed, both must say the same.
func TestAssumedOnlyWhereItMatters(t *testing.T) {
	t.Parallel()
	inputs := map[string][]preseed.Input{}
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs[name] = inputsOf(archive)
	}
	examples, err := filepath.Glob("../../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range examples {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs[name] = []preseed.Input{{Name: name, Data: data}}
	}
	settled := 0
	for name, in := range inputs {
		entries := preseed.Read(kinds.Registry(), in, nil)
		for _, f := range []schema.Flavour{schema.JudgedLXD, schema.JudgedIncus} {
			open, _ := entries.Judge(kinds.Registry().Assuming(f))
			if open.Assumed {
				continue
			}
			settled++
			named, found := entries.Judge(kinds.Registry().For(f))
			if diff := cmp.Diff(resultOf(named), resultOf(open)); diff != "" || len(found) > 0 {
				t.Errorf("%s for %s: %s differs (-named +assumed):\n%s", name, f.Title(), textOf(found), diff)
			}
		}
	}
	if settled < len(examples) {
		t.Errorf("%d judgements were not assumed; the %d examples alone have as many", settled, len(examples))
	}
}

// TestAssumed has preseeds with advice at most for servers that nobody has named, and something may be wrong once
// somebody names them.
func TestAssumed(t *testing.T) {
	t.Parallel()
	const member = "members: [{name: m1, address: \"10.0.0.1:8443\"}]\n"
	for _, test := range []struct {
		text   string
		judged schema.Flavour
		want   bool
	}{
		{member, schema.JudgedLXD, false},
		{member + "network_integrations: [{name: i1, type: ovn}]\n", schema.JudgedLXD, true},
		{member + "placement_groups:\n", schema.JudgedLXD, true},
		{member + "projects: [{name: p}]\nnetwork_zones: [{name: z.example, project: p}]\n", schema.JudgedLXD, true},
		{"cluster: {server_name: m2, enabled: true, server_address: \"10.0.0.2:8443\", cluster_address: \"10.0.0.1:8443\",\n" +
			"  cluster_password: secret}\n", schema.JudgedIncus, true},
	} {
		in := []preseed.Input{{Name: "preseed.yaml", Data: []byte(test.text)}}
		p, found := preseed.Decode(kinds.Registry().Assuming(test.judged), in)
		if p.Assumed != test.want || found.Has(schema.SeverityError) || found.Has(schema.SeverityWarning) {
			t.Errorf("got assumed %v, want %v:\n%s%s", p.Assumed, test.want, test.text, textOf(found))
		}
	}
}
