package preseed

import (
	"math"
	"slices"
	"strings"
)

// outlined are the keys that say who the members are and how each is reached, and what these may name.
var outlined = []string{"cluster", "clusterctl", "config", "members", "members_defaults", "networks", "storage_pools"}

// worthwhile is the size in bytes from which the rest of the inputs takes longer to read than a connection is short.
const worthwhile = 16 << 10

// Outline returns of each input what says who the members are and how each is reached, at the same place, for those who
// want to know that before all is read: what is made of all counts. It returns nothing where there is little else, and
// where one part may refer to another.
func Outline(inputs []Input) []Input {
	var out []Input
	left := 0
	for _, in := range inputs {
		text := string(in.Data)
		all := cut(text, math.MaxInt)
		if shared(text) || len(all) == 0 {
			return nil
		}
		var short strings.Builder
		for _, p := range all {
			if slices.Contains(outlined, p.key) {
				short.WriteString(p.text)
				continue
			}
			left += len(p.text)
			short.WriteString(strings.Repeat("\n", strings.Count(p.text, "\n")))
		}
		out = append(out, Input{Name: in.Name, Data: []byte(short.String())})
	}
	if left < worthwhile {
		return nil
	}
	return out
}
