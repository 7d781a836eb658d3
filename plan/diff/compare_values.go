package diff

import (
	"cmp"
	"math/big"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// revealed is the value that a field is to have. Where nobody knows it, since it is given by a reference that leads to
// nothing here, it is taken for the one that the cluster has.
func (c comparer) revealed(f plan.FieldChange) string {
	name, hidden := schema.SecretName(f.New)
	if !hidden {
		return f.New
	}
	return cmp.Or(c.secrets[name].Reveal(), f.Old, f.New)
}

// secretKept reports that a secret stays as it is: the stored one equals the desired one or cannot be compared with
// it, or there is to be none and is none.
func (c comparer) secretKept(ref schema.Ref, f plan.FieldChange) bool {
	if f.New == "" || f.Old == "" {
		return f.New == f.Old
	}
	equal, known := c.secretEqual(ref, f)
	return equal || !known
}

// secretEqual compares the secret that is stored with the desired one, where both are known.
func (c comparer) secretEqual(ref schema.Ref, f plan.FieldChange) (equal, known bool) {
	if equal, known = c.facts.SecretSet[f.Key]; known {
		return equal, known
	}
	want := f.New
	if name, hidden := schema.SecretName(want); hidden {
		want = c.secrets[name].Reveal()
	}
	stored, known := c.facts.Stored[schema.StoredSecret{Ref: ref, Member: f.Member, Key: f.Key}]
	return stored.Reveal() == want, known && want != ""
}

// masked stands for a secret wherever people may see it; that there is none is no secret.
func masked(secret string) string {
	if secret == "" {
		return ""
	}
	return "***"
}

// same reports whether a desired value asks for what the live one is, under the rule of their key. Values keep
// their literal text; only the spellings that the daemon itself takes as equal are equal here.
func same(rule schema.KeyRule, want, live string) bool {
	if want == live {
		return true
	}
	switch {
	case rule.Literal && (want == "" || live == ""):
		return false
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
	case schema.Address:
		return want != "" && live != "" && schema.AddressForm(want) == schema.AddressForm(live)
	case schema.Bool:
		return schema.IsTrue(want) == schema.IsTrue(live)
	case schema.Size:
		a, okA := bytes(want)
		b, okB := bytes(live)
		return okA && okB && a.Cmp(b) == 0
	default:
		return rule.Listed && want != "" && schema.ListForm(want) == schema.ListForm(live)
	}
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
