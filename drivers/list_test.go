package drivers_test

import (
	"encoding/json"
	"strings"
	"testing"

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
