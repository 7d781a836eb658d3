package view_test

import (
	"fmt"
	"strings"
	"testing"

	"clusterctl/plan/view"
	"clusterctl/schema"
)

// roles reads "m1:voter m2:stand-by@rack2 m3:spare! ...": name, role, failure domain, and ! for one that is offline.
func roles(t *testing.T, text string) []view.MemberRole {
	t.Helper()
	var out []view.MemberRole
	for word := range strings.FieldsSeq(text) {
		rest, offline := strings.CutSuffix(word, "!")
		rest, domain, _ := strings.Cut(rest, "@")
		name, role, ok := strings.Cut(rest, ":")
		if !ok {
			t.Fatalf("member %q", word)
		}
		out = append(out, view.MemberRole{Member: name, Role: schema.RaftRole(role), Online: !offline, Domain: domain})
	}
	return out
}

func TestRolesSettleAsLXDMovesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, want string }{
		{"alone", "m1:voter", ""},
		{"two members have one voter", "m1:voter m2:stand-by", ""},
		{"the second voter of two goes", "m1:voter m2:voter", "m2 voter->spare"},
		{"three members", "m1:voter m2:stand-by m3:spare", "m2 stand-by->voter, m3 spare->voter"},
		{"complete", "m1:voter m2:voter m3:voter m4:stand-by m5:stand-by m6:spare", ""},
		{"a voter is lost", "m1:voter m2:voter! m3:voter m4:stand-by m5:stand-by m6:spare",
			"m4 or m5 stand-by->voter, m2 voter->spare, m6 spare->stand-by"},
		{"a stand-by before a spare", "m1:voter m2:voter! m3:voter m4:spare m5:stand-by",
			"m5 stand-by->voter, m2 voter->spare, m4 spare->stand-by"},
		{"the domain of the lost voter", "m1:voter@a m2:voter@b! m3:voter@c m4:stand-by@a m5:stand-by@b m6:spare@c",
			"m5 stand-by->voter, m2 voter->spare, m6 spare->stand-by"},
		{"a domain without a voter goes before a stand-by", "m1:voter@a m2:voter@b m3:voter@c! m4:stand-by@a m5:spare@c",
			"m5 spare->voter, m3 voter->spare"},
		{"domains that are as good", "m1:voter@a m2:voter@a m3:voter@a! m4:stand-by@b m5:stand-by@c",
			"m4 or m5 stand-by->voter, m3 voter->spare"},
		{"nobody to promote", "m1:voter m2:voter m3:voter!", ""},
		{"no quorum, no change", "m1:voter m2:voter! m3:voter! m4:stand-by m5:stand-by", ""},
		{"too many voters", "m1:voter@a m2:voter@a m3:voter@b m4:voter@c", "m2 or m3 or m4 voter->spare, m2 spare->stand-by"},
		{"a stand-by is lost", "m1:voter m2:voter m3:voter m4:stand-by! m5:stand-by m6:spare",
			"m6 spare->stand-by, m4 stand-by->spare"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, moves := view.PredictRoles(roles(t, c.before), "m1", view.RoleTargets{Voters: 3, StandBys: 2})
			var got []string
			for _, m := range moves {
				got = append(got, fmt.Sprintf("%s %s->%s", strings.Join(append([]string{m.Member}, m.Or...), " or "), m.From, m.To))
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("%s:\n got %s\nwant %s", c.before, text, c.want)
			}
		})
	}
}

func TestMajorityOfVotersInOneDomain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"m1:voter@a m2:voter@a m3:voter@b":             "a",
		"m1:voter@a m2:voter@b m3:voter@c":             "",
		"m1:voter@a m2:voter@a m3:voter@a":             "",
		"m1:voter@a m2:voter@b m3:voter@b m4:spare@a":  "b",
		"m1:voter@a m2:voter@a m3:voter@b m4:voter@b!": "",
	} {
		if got := view.Majority(roles(t, text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
