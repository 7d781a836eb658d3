package schema

import "testing"

func TestParseServer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"lxd-5.0.2": "lxd 5.0.2", "lxd-5.21": "lxd 5.21.7", "lxd-5": "lxd 5.21.7", "lxd-6": "lxd 6.9", "lxd": "lxd 6.9",
		"incus-6.0": "incus 6.0.6", "incus-6.1": "incus 6.1", "incus-6.1.0": "incus 6.1", "incus-6.10": "incus 6.10.1",
		"incus-7.0.2": "incus 7.0.2", "incus-7": "incus 7.5.1", "lxd-5.2": "lxd 5.2",
		"lxd-9": "", "lxd-5.22": "", "lxc-5.0": "", "incus-": "", "lxd-5.0.2.1": "", "lxd-new": "", "": "",
	} {
		got, ok := ParseServer(text)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%q: got %v %v, want %q", text, got, ok, want)
		}
		if ok && !got.Known() {
			t.Errorf("%v: not known", got)
		}
	}
	for _, f := range []Flavour{{}, {Product: LXD, Version: "6.10"}, {Product: "other", Version: "1.0"}} {
		if f.Known() {
			t.Errorf("%v: known", f)
		}
	}
}
