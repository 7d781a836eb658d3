package schema

import "testing"

func TestVersions(t *testing.T) {
	t.Parallel()
	lxd := func(version string) Flavour { return Flavour{Product: LXD, Version: version} }
	for _, c := range []struct {
		spans  string
		server Flavour
		in     bool
		next   string
	}{
		{"", lxd("5.0.2"), true, ""},
		{"-", lxd("5.0.2"), false, ""},
		{"-", Flavour{Product: Incus, Version: "6.0.4"}, true, ""},
		{"5.17..", lxd("5.0.2"), false, "5.17"},
		{"5.17..", lxd("5.17"), true, ""},
		{"..6.0", lxd("5.21.3"), true, ""},
		{"..6.0", lxd("6.0.9"), true, ""},
		{"..6.0", lxd("6.1"), false, ""},
		{"5.21.4..5.21 6.5..", lxd("5.21.3"), false, "5.21.4"},
		{"5.21.4..5.21 6.5..", lxd("5.21.12"), true, "6.5"},
		{"5.21.4..5.21 6.5..", lxd("6.4"), false, "6.5"},
		{"5.21.4..5.21 6.5..", lxd("6.9"), true, ""},
		{"6.3", lxd("6.3.1"), true, ""},
		{"6.3", lxd("6.4"), false, ""},
		{"6.10.1..", lxd("6.9.2"), false, "6.10.1"},
		{"5.17..", Flavour{}, true, ""},
	} {
		v := Versions{}
		if spans := ParseSpans(c.spans); spans != nil {
			v[LXD] = spans
		}
		next, ok := v.Next(c.server)
		if in := v.In(c.server); in != c.in || next != c.next || ok != (c.next != "") {
			t.Errorf("%q %v: got %v, next %q; want %v, %q", c.spans, c.server, in, next, c.in, c.next)
		}
	}
}

// TestVersionsInWords: a run that ends with the beginning of its own start reads forwards.
func TestVersionsInWords(t *testing.T) {
	t.Parallel()
	for spans, want := range map[string][2]string{
		"":                   {"", "LXD"},
		"5.17..":             {"LXD has it from 5.17 on.", "LXD 5.17 or later"},
		"..6.0":              {"LXD has it up to 6.0.", "LXD 6.0 or earlier"},
		"5.0.3..5.21":        {"LXD has it from 5.0.3 to 5.21.", "LXD 5.0.3 to 5.21"},
		"6.3":                {"LXD has it in 6.3.", "LXD 6.3"},
		"5.21.4..5.21 6.5..": {"LXD has it from 5.21.4 on in 5.21 and from 6.5 on.", "LXD 5.21.4 or later of 5.21, or 6.5 or later"},
		"-":                  {"Incus alone has it so.", "LXD"},
	} {
		v := Versions{}
		if list := ParseSpans(spans); list != nil {
			v[LXD] = list
		}
		if got := [2]string{v.Words(LXD), v.Needed(LXD)}; got != want {
			t.Errorf("%q: got %q, want %q", spans, got, want)
		}
	}
}
