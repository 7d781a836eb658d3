package emit

import "testing"

func TestKeyPatternFollowsMatchKey(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"user.*":              `^user\..+$`,
		"bgp.peers.*.address": `^bgp\.peers\.[^.]+\.address$`,
	} {
		if got := keyPattern(pattern); got != want {
			t.Errorf("%s becomes %s, want %s", pattern, got, want)
		}
	}
}
