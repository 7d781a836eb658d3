package preseed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestPlainIsWhatTheLibraryReads makes texts of lines that may be plain, and holds what is read of them against what the
// library reads.
func TestPlainIsWhatTheLibraryReads(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{"a", "b.c", "x-y", "_z", "/", "/a b", "2", "0755", "1e3", "1_000", ".5", "-1", "0x1F",
		"1:20", "a:b", "a: b", "a:", "a b", "a  b", "null", "~", "True", "yes", "2026-01-01", "10%", "'a'", `"a: b"`, `"a\\b"`,
		"'it''s'", `"a"b`, "''", `""`, "{}", "[]", "{a: b}", "{a: b, c: [d, {e: \"f, g\"}]}", "[a, 'b']", "{a: , b: c}", "[a,b]",
		"{ a: b }", "[a ]", "{a: b, a: c}", "{a: b", "a]", "[[a], []]", "{a:b}", "<<", "?", "@a", "%a", "a #b", "a#b", "#b", "=",
		"(a)", "+1", "a,b", "1,2", "inf", ".inf", "0o7", "\u00e4", "|", ">-", "- a", "-", "---", "a\tb", "!t a", "1.10", "9e", "a=b c"})
	key := rapid.SampledFrom([]string{"a", "b", "c.d", "e-f", "_g", "h", "1", "true", "null", "'q'", "y", "i j", "/k", "0x1"})
	draw := func(t *rapid.T) string {
		var text strings.Builder
		text.WriteString("top:\n")
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			text.WriteString(strings.Repeat(" ", rapid.IntRange(0, 6).Draw(t, "indent")))
			text.WriteString(strings.Repeat("- ", rapid.IntRange(0, 2).Draw(t, "dashes")))
			switch rapid.IntRange(0, 3).Draw(t, "form") {
			case 0:
				text.WriteString(word.Draw(t, "word"))
			case 1:
				text.WriteString(key.Draw(t, "key") + ":")
			default:
				text.WriteString(key.Draw(t, "key") + ": " + word.Draw(t, "word"))
			}
			text.WriteString(rapid.SampledFrom([]string{"\n", "\n", "\n", "\n\n", " \n", "\n# c\n", "\n  # c\n", ""}).Draw(t, "end"))
		}
		return text.String()
	}
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		text := draw(t)
		got, ok := readPlain("f", text, 0)
		if !ok {
			return
		}
		read++
		want, fine := whole(quiet{}, text)
		if !fine {
			t.Fatalf("the library does not read\n%s", text)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, pair{})); diff != "" {
			t.Fatalf("%q(-library +plain)\n%s", text, diff)
		}
	})
	if read == 0 {
		t.Error("read no text: nothing is held")
	}
}

// quiet is no test: what the library does not read is no failure by itself.
type quiet struct{ testing.TB }

func (quiet) Helper() {}
