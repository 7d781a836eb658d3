package session

import (
	"strings"
	"testing"
)

// What a run saw of a certificate vouches for that URL and those pins of the preseed alone, is said when it is used, and
// is written down by runs that change a cluster, not by those that look.
func TestKeptCertificatesVouchForTheSamePinAlone(t *testing.T) {
	t.Parallel()
	const url, fresh = "https://10.0.0.1:8443", "f00d"
	pin := []string{"0ld"}
	vars := map[string]string{"XDG_STATE_HOME": t.TempDir()}
	var said []string
	run := func(keeps bool) *pins {
		s := testSession(vars)
		s.keeps, s.Warn = keeps, func(err error) { said = append(said, err.Error()) }
		return s.pins()
	}
	run(false).Keep(url, pin, "looked")
	if got := run(true).Kept(url, pin); got != "" {
		t.Errorf("a look has kept %q", got)
	}
	changing := run(true)
	changing.Keep(url, pin, fresh)
	if paste := changing.paste(); !strings.Contains(paste, "fingerprint: f00d") {
		t.Errorf("to be pasted: %q", paste)
	}
	later := run(false)
	for _, c := range []struct {
		url, want string
		pin       []string
	}{{url, fresh, pin}, {url, fresh, pin}, {url, "", []string{"other"}}, {"https://10.0.0.2:8443", "", pin}} {
		if got := later.Kept(c.url, c.pin); got != c.want {
			t.Errorf("%s with %s: got %q, want %q", c.url, c.pin, got, c.want)
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], `connection: {https: {url: "https://10.0.0.1:8443", fingerprint: f00d}}`) {
		t.Errorf("said: %q", said)
	}
}
