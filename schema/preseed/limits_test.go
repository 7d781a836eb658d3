package preseed_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// decoded reads one file and returns the findings and the bytes that were allocated for it.
func decoded(text string) (schema.Diagnostics, uint64) {
	inputs := []preseed.Input{{Name: "in.yaml", Data: []byte(text)}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, found := preseed.Decode(kinds.Registry(), inputs)
	runtime.ReadMemStats(&after)
	return found, after.TotalAlloc - before.TotalAlloc
}

// TestDepthIsRefusedBeforeParsing is not parallel: it measures memory.
func TestDepthIsRefusedBeforeParsing(t *testing.T) {
	const many = 100_000
	var stairs strings.Builder
	for i := range 5_000 {
		stairs.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, text := range map[string]string{
		"lists":          "config: " + strings.Repeat("[", many) + strings.Repeat("]", many),
		"mappings":       "config: " + strings.Repeat("{a: ", many) + strings.Repeat("}", many),
		"entries":        "config:\n" + strings.Repeat("- ", many) + "x\n",
		"block":          stairs.String(),
		"a thousand":     "config: " + strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
		"returns":        strings.ReplaceAll(stairs.String(), "\n", "\r"),
		"blank lines":    strings.ReplaceAll(stairs.String(), "\n", "\r\n\r\n"),
		"tabs":           strings.ReplaceAll(stairs.String(), " ", "\t"),
		"bracket a line": "config:\n" + strings.Repeat(" [\n", many) + strings.Repeat(" ]\n", many),
	} {
		found, allocated := decoded(text)
		if len(found) != 1 || found[0].Code != schema.CodeLimit || found[0].Line == 0 {
			t.Errorf("%s: got %v, want one finding about the depth", name, found)
		}
		if allocated > 100<<20 {
			t.Errorf("%s: %d MiB were allocated", name, allocated>>20)
		}
	}
}

// TestDepthEndsReading reads texts as they come, in large parts and byte by byte.
func TestDepthEndsReading(t *testing.T) {
	t.Parallel()
	var stairs strings.Builder
	for i := range 1_000 {
		stairs.WriteString(strings.Repeat(" ", i) + "- a:\n")
	}
	for name, text := range map[string]string{"stairs": stairs.String(), "flat": strings.Repeat("- a: [b]\n", 10_000)} {
		for _, in := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			read, err := io.ReadAll(preseed.UntilDeep(in))
			if name == "flat" && string(read) != text || name == "stairs" && len(read) > 20_000 || err != nil {
				t.Errorf("%s: got %d of %d bytes, %v", name, len(read), len(text), err)
			}
			found, _ := decoded(string(read))
			if deep := found[0].Code == schema.CodeLimit && found[0].Line == 100; deep != (name == "stairs") {
				t.Errorf("%s: got %v", name, found[0])
			}
		}
	}
}

func TestTextsAreNotDeep(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"ruler":       "config:\n  user.a: |\n    " + strings.Repeat("-", 200) + "\n    " + strings.Repeat("- ", 40) + "\n",
		"open":        "config:\n  user.a: |\n" + strings.Repeat("    if [ {\n", 500),
		"certificate": "config:\n  user.a: |\n    -----BEGIN CERTIFICATE-----\n",
		"quoted":      `config: {user.a: "` + strings.Repeat("[", 500) + `"}` + "\n",
	} {
		if found, _ := decoded(text); len(found) > 0 {
			t.Errorf("%s: got %v, want nothing", name, found)
		}
	}
}

// TestMergesAreBounded is not parallel: it measures memory.
func TestMergesAreBounded(t *testing.T) {
	var chain, wide strings.Builder
	chain.WriteString("x-0: &a0 {k: v}\n")
	for i := range 1500 {
		fmt.Fprintf(&chain, "x-%d: &a%d {<<: *a%d, k%d: v}\n", i+1, i+1, i, i+1)
	}
	wide.WriteString("x-0: &a\n")
	for i := range 1000 {
		fmt.Fprintf(&wide, "  k%d: v\n", i)
	}
	wide.WriteString("profiles:\n")
	for i := range 1_500 {
		fmt.Fprintf(&wide, "- {name: p%d, config: {<<: *a}}\n", i)
	}
	for name, text := range map[string]string{"chain": chain.String(), "one map": wide.String()} {
		found, allocated := decoded(text)
		if len(found) != 1 || found[0].Code != schema.CodeLimit {
			t.Errorf("%s: got %d findings, want one about the limit: %v", name, len(found), found)
		}
		if allocated > 1<<30 {
			t.Errorf("%s: %d MiB were allocated", name, allocated>>20)
		}
	}
}

// TestMergesOfManyAreFine is about what people write: a few common keys, in every entry.
func TestMergesOfManyAreFine(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("x-common: &c {user.a: a, user.b: b, user.c: c, user.d: d}\nprofiles:\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "- {name: p%d, config: {<<: *c, user.e: e}}\n", i)
	}
	if found, _ := decoded(b.String()); len(found) > 0 {
		t.Errorf("got %v, want nothing", found)
	}
}

// TestManyFindingsTakeNoLongerEach holds ten times the keys against ten times the memory, with room to spare: what was said is
// looked up, not searched.
func TestManyFindingsTakeNoLongerEach(t *testing.T) {
	keys := func(n int) string {
		var b strings.Builder
		b.WriteString("storage_pools:\n- name: a\n  driver: dir\n  config:\n")
		for i := range n {
			fmt.Fprintf(&b, "    key%d: v\n", i)
		}
		return b.String()
	}
	few, a := decoded(keys(500))
	many, b := decoded(keys(5000))
	if len(few) != 500 || len(many) != 5000 {
		t.Fatalf("got %d and %d findings", len(few), len(many))
	}
	if b > 25*a {
		t.Errorf("ten times the keys took %d times the memory", b/a)
	}
}

func TestOnlyTextIsRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, at, summary string }{
		"binary":  {"\x7fELF\x02\x01\x00\x00", "in.yaml:1:7", "it is no text"},
		"latin 1": {"profiles:\n- name: é\xe9\n", "in.yaml:2:10", "it is not UTF-8"},
		"cut":     {"config:\n  user.a: \xe2\x82", "in.yaml:2:11", "it is not UTF-8"},
		"none":    {"config: {user.a: \"\t\ufdd0\"}", "in.yaml:1:20", "U+FDD0 here is no character"},
	} {
		found, _ := decoded(c.text)
		if len(found) != 1 || found[0].Position.String() != c.at || !strings.Contains(found[0].Summary, c.summary) ||
			found[0].Excerpt != "" {
			t.Errorf("%s: got %v, want only %q at %s, and nothing of the file", name, found, c.summary, c.at)
		}
	}
}

func TestHugeKeysAreNotRepeated(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("a", 1<<20)
	_, found := preseed.Decode(kinds.Registry(), []preseed.Input{{Name: "huge.yaml", Data: []byte(key + ": 1\n")}})
	if len(found) != 1 || len(found[0].Summary+found[0].Detail+found[0].Excerpt+found[0].Hint) > 4000 {
		t.Errorf("got %d findings, the first with %d bytes", len(found), len(found[0].Summary))
	}
}
