package preseed

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// simplyWhole reads a text as the one simple piece that it is.
func simplyWhole(text string) (*node, bool) {
	if shared(text) {
		return nil, false
	}
	return simply("f", piece{text: text})
}

// TestSimpleTexts reads texts that are simple, which both ways must read alike.
func TestSimpleTexts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"lists":    "# a\n\nprofiles:\n# b\n- name: a\n  # c\n  config:\n    x: 1\n\n- name:   b\n   \nprojects:\n- c\n- 'd e'\n",
		"indented": "profiles:\n    - name: a\n      devices:\n        root:\n          type: disk\n    -   name: b\nx-y: z\n",
		"texts": "a: 0755\nb: yes\nc: 1.10\nd: 1e3\ne: \"a # b: c\"\nf: ''\ng: 10.0.0.1/24\nh: fd42::1/64\ni: a (b), c; d.\n" +
			"j: 2026-01-01 00:00:00\nk: /dev/sda\nl: \"\"\nm: 0x1F\nn: 1_000\no: a-b=c@d%\np: Zürich, Ødegård\nq: äß\nr: 'ä \"b\"'\n",
		"flow": "a: {}\nb: []\nc: [ a, \"b c\", {d: e, f: [g]}, [h], 1 ]\nd: {limits.cpu: \"2\", user.x: 'ä', z: {a: b c, d: /}}\n" +
			"e:\n- {name: a, config: {b: \"c\"}}\n- [a, b]\n",
		"same indent": "a:\n  b:\n  - c\n  - d:\n    - e\n    f: g\nh: i\n",
	} {
		want, ok := whole(t, text)
		got, simple := simplyWhole(text)
		if !ok || !simple {
			t.Errorf("%s: parsed by the library: %v, simply: %v", name, ok, simple)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, pair{})); diff != "" {
			t.Errorf("%s: (-library +simple)\n%s", name, diff)
		}
	}
}

// TestOddTextsAreNotSimple has texts that are left to the library.
func TestOddTextsAreNotSimple(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "# a\n", "- a\n", "a\n", " a: b\n", "---\na: b\n", "a: b\n...\n", "a: b\na: c\n", "a: {b: c, b: d}\n",
		"a:\n", "a: null\n", "a: ~\n", "Null: a\n", "a: b: c\n", "a: b:\n", "a: b # c\n", "a: |\n  b\n", "a: b\n  c\n",
		"a:\n- b\n  c\n", "a: \"b\n  c\"\n", "a: \"b\\n\"\n", "a: 'b''c'\n", "a: \"b\" c\n", "a: \"b\tc\"\n", "a:\tb\n",
		"a: {b: c\n", "a: {b: c,}\n", "a: {b}\n", "a: {b: }\n", "a: [b: c]\n", "a: {b: c}}\n", "a: [[[[[[[[[a]]]]]]]]]\n",
		"a:\n    b: c\n  d: e\n", "a:\n  - b\n - c\n", "a:\n- b\nc: d\n- e\n", "a: .inf\n", "a: -1\n", "a: *b\n", "a: !b c\n",
		"a: @b\n", "a: b \n", "a: `b`\n", "? a\n: b\n", "a: -\n", "a:\n-\n", "a:\n- - b\n", "\"a\": b\n", "a:b\n", "a : b\n",
	} {
		if got, ok := simplyWhole(text); ok {
			t.Errorf("%q was read simply, as %+v", text, got)
		}
	}
}

// FuzzSimple looks for a text that is read simply and that the library reads otherwise, or not at all.
func FuzzSimple(f *testing.F) {
	for _, text := range []string{
		"profiles:\n- name: a\n  config: {limits.cpu: \"2\", x: 'y'}\n  devices:\n    root: {type: disk, path: /}\nb: [c, d]\n",
		"a:\n  b:\n  - c\n  # d\n\n  - e: f, g; (h)\n    i: fd42::1/64\nj: Zürich\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, _ := noText(Input{Data: []byte(text)}); at.Line > 0 || new(depth).deepLine([]byte(text)) > 0 {
			return // such a text is refused before
		}
		got, ok := simplyWhole(text)
		if !ok {
			return
		}
		want, ok := whole(t, text)
		if !ok {
			t.Fatal("the library does not read it")
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, pair{})); diff != "" {
			t.Errorf("(-library +simple)\n%s", diff)
		}
	})
}
