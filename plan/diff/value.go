package diff

import (
	"math/big"
	"strings"

	"clusterctl/schema"
)

// same reports whether a desired value asks for what the live one is, under the rule of their key. Values keep
// their literal text; only the spellings that the daemon itself takes as equal are equal here.
func same(rule schema.KeyRule, want, live string) bool {
	if want == live || rule.Literal {
		return want == live
	}
	switch {
	case live == "" && rule.Default != "":
		return same(schema.KeyRule{Type: rule.Type}, want, rule.Default)
	case want == "" && rule.Default != "":
		return same(schema.KeyRule{Type: rule.Type}, rule.Default, live)
	case want == "" && rule.Computed:
		return true // the server chooses
	case want == "auto" && rule.Computed:
		return live != "" && live != "none" // the daemon stores what it chose
	}
	switch rule.Type {
	case schema.Bool:
		return isTrue(want) == isTrue(live)
	case schema.Size:
		a, okA := bytes(want)
		b, okB := bytes(live)
		return okA && okB && a.Cmp(b) == 0
	default:
		return false
	}
}

// isTrue follows LXD's reading of a boolean: absent is false (lxd 5.0.2, shared/util.go IsTrue).
func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
}

var units = []struct {
	suffix string
	factor int64
}{
	{"EiB", 1 << 60}, {"PiB", 1 << 50}, {"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"EB", 1e18}, {"PB", 1e15}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"bytes", 1}, {"B", 1}, {"", 1},
}

// bytes reads a size with one of LXD's suffixes (lxd 5.0.2, shared/units/units.go ParseByteSizeString).
func bytes(s string) (*big.Int, bool) {
	for _, u := range units {
		digits, found := strings.CutSuffix(s, u.suffix)
		if !found {
			continue
		}
		n, ok := new(big.Int).SetString(strings.TrimSpace(digits), 10)
		if !ok {
			return nil, false
		}
		return n.Mul(n, big.NewInt(u.factor)), true
	}
	return nil, false
}
