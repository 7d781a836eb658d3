package raftlog

import (
	"strings"
	"testing"
)

func TestSnapshotsAreUnpacked(t *testing.T) {
	t.Parallel()
	frame := func(block ...byte) []byte {
		head := []byte{0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, byte(len(block)), 0, 0, 0}
		return append(append(head, block...), 0, 0, 0, 0)
	}
	for name, c := range map[string]struct {
		packed    []byte
		want, err string
	}{
		"plain":         {[]byte("abcdef"), "abcdef", ""},
		"literals":      {frame(0x30, 'a', 'b', 'c'), "abc", ""},
		"repetition":    {frame(0x22, 'a', 'b', 2, 0, 0x10, 'c'), "abababab" + "c", ""},
		"long literals": {frame(append([]byte{0xf0, 1}, strings.Repeat("x", 16)...)...), strings.Repeat("x", 16), ""},
		"too far back":  {frame(0x11, 'a', 2, 0), "", "its compressed data is broken"},
		"too short":     {frame(0x50, 'a'), "", "its compressed data is broken"},
		"too large":     {frame(0x1f, 'a', 1, 0, 255, 255, 0), "", "it is too large"},
		"no end":        {frame(0x10, 'a')[:14], "", "it ends too early"},
		"dictionary":    {append([]byte{0x04, 0x22, 0x4D, 0x18, 0x61, 0x40}, make([]byte, 12)...), "", "its compressed data is broken"},
	} {
		got, err := unpack(c.packed, 100)
		if string(got) != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: got %q, %v, want %q, %q", name, got, err, c.want, c.err)
		}
	}
}
