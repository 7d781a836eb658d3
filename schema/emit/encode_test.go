package emit_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"clusterctl/schema"
	"clusterctl/schema/emit"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// TestEncodeOfArchives reads every archive of the package preseed that has no errors, writes it and reads it again.
func TestEncodeOfArchives(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("../preseed/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("got %d archives, %v", len(archives), err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, diagnostics := preseed.Decode(kinds.Registry(), inputsOf(archive))
		if diagnostics.Has(schema.SeverityError) || len(p.Secrets) > 0 {
			continue // a secret is not written
		}
		text := emit.Encode(kinds.Registry(), p.Want)
		again, diagnostics := preseed.Decode(kinds.Registry(), []preseed.Input{{Name: "again", Data: text}})
		if diagnostics.Has(schema.SeverityError) {
			t.Errorf("%s: what was written is refused: %v\n%s", name, diagnostics, text)
		}
		if diff := cmp.Diff(p.Want.Objects(), again.Want.Objects(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: objects differ after writing and reading (-first +second):\n%s\n%s", name, diff, text)
		}
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

// TestEncodeKeepsObjects makes up clusters with odd values, writes them and reads them back.
func TestEncodeKeepsObjects(t *testing.T) {
	t.Parallel()
	reg := kinds.Registry()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCluster(t)
		text := emit.Encode(reg, c)
		p, diagnostics := preseed.Decode(reg, []preseed.Input{{Name: "drawn", Data: text}})
		if diagnostics.Has(schema.SeverityError) {
			t.Fatalf("what was written is refused: %v\n%s", diagnostics, text)
		}
		if diff := cmp.Diff(c.Objects(), p.Want.Objects(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("objects differ after writing and reading (-drawn +read):\n%s\n%s", diff, text)
		}
		if again := emit.Encode(reg, p.Want); string(again) != string(text) {
			t.Fatalf("writing twice differs:\n%s\n%s", text, again)
		}
	})
}

var (
	odd = rapid.OneOf(
		rapid.SampledFrom([]string{"", "0755", "yes", "null", "~", "1.10", "1e3", "- a", "a: b", "#x", "two\nlines\n", " lead", "it's", `say "x"`, "---", "...", "*a", "{env: X}"}),
		rapid.StringMatching(`[ -~äöü€\n\t]{0,12}`),
	)
	word = rapid.StringMatching(`[a-z][a-z0-9]{1,8}`)
)

func drawCluster(t *rapid.T) schema.Cluster {
	members := rapid.SliceOfNDistinct(word, 1, 3, rapid.ID).Draw(t, "members")
	pool := schema.Object{
		Ref:     schema.Ref{Kind: schema.KindStoragePool, Name: "local"},
		Body:    schema.Body{Attrs: map[string]string{"driver": "btrfs"}, Config: drawUserKeys(t, "pool")},
		Members: map[string]schema.Part{},
	}
	server := schema.Object{
		Ref:     schema.Ref{Kind: schema.KindServer, Name: schema.ServerName},
		Body:    schema.Body{Config: drawUserKeys(t, "server")},
		Members: map[string]schema.Part{},
	}
	server.Config["user.always"] = "x"
	objects := []schema.Object{drawProfile(t)}
	for i, name := range members {
		o := schema.Object{
			Ref: schema.Ref{Kind: schema.KindMember, Name: name},
			Body: schema.Body{
				Attrs:  map[string]string{"address": "10.0.0." + string(rune('1'+i)) + ":8443"},
				Config: drawUserKeys(t, "member"),
			},
		}
		if rapid.Bool().Draw(t, "part") {
			pool.Members[name] = schema.Part{Config: map[string]string{"size": rapid.SampledFrom([]string{"", "10GiB"}).Draw(t, "size")}}
			server.Members[name] = schema.Part{Config: map[string]string{"maas.machine": rapid.SampledFrom([]string{"x", "0755", "yes"}).Draw(t, "machine")}}
		}
		objects = append(objects, o)
	}
	return schema.NewCluster(schema.Facts{}, append(objects, pool, server)...)
}

func drawUserKeys(t *rapid.T, label string) map[string]string {
	out := map[string]string{}
	for key, value := range rapid.MapOfN(word, odd, 0, 3).Draw(t, label) {
		out["user."+key] = value
	}
	return out
}

func drawProfile(t *rapid.T) schema.Object {
	o := schema.Object{
		Ref:  schema.Ref{Kind: schema.KindProfile, Project: schema.DefaultProject, Name: "default"},
		Body: schema.Body{Config: drawUserKeys(t, "profile"), Devices: map[string]map[string]string{}},
		Refs: []schema.Ref{{Kind: schema.KindProject, Name: schema.DefaultProject}},
	}
	for _, name := range rapid.SliceOfNDistinct(word, 0, 2, rapid.ID).Draw(t, "devices") {
		o.Devices[name] = map[string]string{"type": "disk", "path": odd.Draw(t, "path")}
	}
	return o
}
