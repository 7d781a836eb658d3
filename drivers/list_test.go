package drivers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"clusterctl/drivers"
)

// TestSmallThingsInAnswersHaveAnEnd has lists that are short as text and long in memory.
func TestSmallThingsInAnswersHaveAnEnd(t *testing.T) {
	t.Parallel()
	many := func(first, more string) string { return "[" + first + strings.Repeat(more, 1_100_000) + "]" }
	for name, rows := range map[string]string{"rows": many("[]", ",[]"), "no row": "[0]", "nested": `[[[]]]`,
		"no list": "{}"} {
		if _, err := drivers.SQLAnswer([]byte(`{"Results": [{"rows": ` + rows + `}]}`)); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
	var list drivers.List[struct{}]
	if err := json.Unmarshal([]byte(many("{}", ",{}")), &list); err == nil {
		t.Errorf("a list of %d entries was read", len(list))
	}
	for text, want := range map[string]int{"null": 0, "[]": 0, "[{}, {}]": 2} {
		list = nil
		if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != want {
			t.Errorf("%s: got %d entries, error %v", text, len(list), err)
		}
	}
	found, err := drivers.SQLAnswer([]byte(`{"Results": [{"rows": [[9007199254740993, "a", null, true]]}]}`))
	if err != nil || len(found) != 1 || found[0][0].String != "9007199254740993" || found[0][2].Valid ||
		found[0][3].String != "true" {
		t.Errorf("got %v, error %v", found, err)
	}
	if found, err = drivers.SQLAnswer([]byte(`{"Results": [{"rows": null}]}`)); err != nil || len(found) > 0 {
		t.Errorf("no rows: got %v, error %v", found, err)
	}
}

// TestAnswersAreReadAsTheLibraryReadsThem holds the reader of rows against encoding/json, with texts of all kinds and
// blanks wherever JSON has them.
func TestAnswersAreReadAsTheLibraryReadsThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(),
			rapid.String().AsAny(), rapid.SampledFrom([]string{`\`, `"`, `\"`, "é\n\t", "<&>\u2028", ""}).AsAny())
		rows := rapid.SliceOf(rapid.SliceOf(value)).Draw(t, "rows")
		text, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indented") {
			var wide bytes.Buffer
			if err := json.Indent(&wide, text, "\r\n", "\t "); err != nil {
				t.Fatal(err)
			}
			text = wide.Bytes()
		}
		want := read(t, text)
		got, err := drivers.SQLAnswer([]byte(`{"Results": [{"rows": ` + string(text) + `}]}`))
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	})
}

// read has the library read rows.
func read(t *rapid.T, text []byte) (out [][]drivers.Cell) {
	library := json.NewDecoder(bytes.NewReader(text))
	library.UseNumber()
	var rows [][]any
	if err := library.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		cells := []drivers.Cell{}
		for _, value := range row {
			if value == nil {
				cells = append(cells, drivers.Cell{})
			} else {
				cells = append(cells, drivers.Cell{String: fmt.Sprint(value), Valid: true})
			}
		}
		out = append(out, cells)
	}
	return out
}
