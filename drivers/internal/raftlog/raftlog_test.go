package raftlog_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/internal/raftlog"
)

func torn(data []byte) []byte { return data[:len(data)-3] }

func broken(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)-1] ^= 1
	return data
}

func snapshotFiles(name string, content ...[]byte) []raftlog.File {
	return []raftlog.File{file(name, content...), file(name+".meta", []byte("configuration"))}
}

func TestLastEntry(t *testing.T) {
	t.Parallel()
	first := closed(1, entries(1, 1, 2)...)
	for name, c := range map[string]struct {
		files []raftlog.File
		want  raftlog.Position
		torn  string
	}{
		"closed segments":   {[]raftlog.File{closed(4, entries(2)...), first}, raftlog.Position{Term: 2, Index: 4}, ""},
		"open ones after":   {[]raftlog.File{first, open(2, batch(entries(3)...)), open(1, batch(entries(2, 2)...))}, raftlog.Position{Term: 3, Index: 6}, ""},
		"open ones alone":   {[]raftlog.File{open(1, batch(entries(1, 1)...), batch(entries(1)...))}, raftlog.Position{Term: 1, Index: 3}, ""},
		"made in advance":   {[]raftlog.File{first, file("open-9", make([]byte, 64)), file("open-10")}, raftlog.Position{Term: 2, Index: 3}, ""},
		"torn at the end":   {[]raftlog.File{first, file("open-1", u64(1), batch(entries(2)...), torn(batch(entries(2)...)))}, raftlog.Position{Term: 2, Index: 4}, "open-1"},
		"broken at the end": {[]raftlog.File{first, open(1, batch(entries(2)...), broken(batch(entries(2)...)))}, raftlog.Position{Term: 2, Index: 4}, "open-1"},
		"full":              {[]raftlog.File{first, file("open-1", u64(1), batch(entries(2)...))}, raftlog.Position{Term: 2, Index: 4}, ""},
		"recovered":         {[]raftlog.File{first, closed(4, entries(1)...)}, raftlog.Position{Term: 2, Index: 4}, ""},
		"snapshot alone":    {snapshotFiles("snapshot-2-9-100", page("")), raftlog.Position{Term: 2, Index: 9}, ""},
		"newest snapshot": {append(snapshotFiles("snapshot-2-9-100", page("")), snapshotFiles("snapshot-2-12-50", page(""))...),
			raftlog.Position{Term: 2, Index: 12}, ""},
		"half a snapshot": {append(snapshotFiles("snapshot-2-9-100", page("")), file("snapshot-3-12-50", page(""))),
			raftlog.Position{Term: 2, Index: 9}, ""},
		"snapshot and open": {append(snapshotFiles("snapshot-2-9-100", page("")), open(1, batch(entries(3)...))), raftlog.Position{Term: 3, Index: 10}, ""},
		"snapshot and closed": {append(snapshotFiles("snapshot-2-5-100", page("")), closed(4, entries(2, 2, 4)...)),
			raftlog.Position{Term: 4, Index: 6}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := raftlog.Decode(append(c.files, metadata(1, 3, 8), metadata(2, 4, 9), file("db.bin", page("")), file("metadata3")))
			if err != nil || l.Last() != c.want || l.Torn != c.torn || l.Term != 9 {
				t.Errorf("got %v in term %d, torn %q, error %v, want %v in 9, torn %q", l.Last(), l.Term, l.Torn, err, c.want, c.torn)
			}
		})
	}
}

func TestWhatDoesNotAddUpIsNoLog(t *testing.T) {
	t.Parallel()
	name := closed(1, entries(1, 1)...).Name
	for want, files := range map[string][]raftlog.File{
		"it has no entries": {file("db.bin")},
		"reading segment " + name + ": it ends with entry 1":                              {file(name, u64(1), batch(entries(1)...))},
		"reading segment " + name + ": it ends too early":                                 {file(name)},
		"reading segment " + name + ": its format is 2, not 1":                            {file(name, u64(2), batch(entries(1)...))},
		"reading segment " + name + ": the checksum of a batch's data is wrong":           {file(name, u64(1), broken(batch(entries(1)...)))},
		"reading segment " + name + ": a batch has 0 entries":                             {file(name, u64(1), make([]byte, 32))},
		"reading segment 0000000000000005-0000000000000005: the entry after 2 is missing": {closed(1, entries(1, 1)...), closed(5, entries(1)...)},
		"reading segment open-2: open-1 before it is not whole":                           {open(1, broken(batch(entries(1)...))), open(2, batch(entries(1)...))},
		"its last entry has the index 3, and its snapshot goes to 5":                      append(snapshotFiles("snapshot-1-5-1", page("")), closed(3, entries(1)...)),
	} {
		if _, err := raftlog.Decode(files); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := raftlog.Decode([]raftlog.File{closed(1, entries(1)...), file("metadata1", u64(7), make([]byte, 24))}); err == nil {
		t.Error("metadata of an unknown format is read")
	}
}

// TestOnlyWhatIsNeededIsRead: a folder may keep thousands of entries before its snapshot.
func TestOnlyWhatIsNeededIsRead(t *testing.T) {
	t.Parallel()
	files := []raftlog.File{closed(1, entries(1, 1, 1)...), closed(4, entries(1)...), closed(5, entries(1, 1)...), open(1), metadata(1, 1, 1),
		file("db.bin", page("")), file("corrupt-1-open-3", page("")), {Name: "snapshot-1-4-1", Size: 100}, {Name: "snapshot-1-4-1.meta", Size: 9}}
	for limit, want := range map[int64]string{
		1000: "metadata1 snapshot-1-4-1 snapshot-1-4-1.meta 0000000000000005-0000000000000006 open-1",
		300:  "metadata1 snapshot-1-4-1.meta 0000000000000005-0000000000000006 open-1",
	} {
		if got := strings.Join(raftlog.Choose(files, limit), " "); got != want {
			t.Errorf("of %d bytes: got %s, want %s", limit, got, want)
		}
	}
}

// TestEndOfTheLogIsEnough: of a folder that is too large the end is read, and the copies can be compared.
func TestEndOfTheLogIsEnough(t *testing.T) {
	t.Parallel()
	l, err := raftlog.Decode([]raftlog.File{closed(5000, entries(3, 3)...), open(1, batch(entries(4)...))})
	if want := (raftlog.Position{Term: 4, Index: 5002}); err != nil || l.Last() != want {
		t.Fatalf("got %v, %v, want %v", l.Last(), err, want)
	}
	if _, err := l.Database(); err == nil || err.Error() != "the log begins with entry 5000, and nothing is before it" {
		t.Errorf("got %v", err)
	}
}

func TestEntriesBeyondAnotherCopy(t *testing.T) {
	t.Parallel()
	decode := func(first uint64, terms ...uint64) raftlog.Log {
		l, err := raftlog.Decode([]raftlog.File{closed(first, entries(terms...)...)})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for name, c := range map[string]struct {
		mine, other raftlog.Log
		want        uint64
		exact       bool
	}{
		"equal":             {decode(1, 1, 1), decode(1, 1, 1), 0, true},
		"shorter":           {decode(1, 1), decode(1, 1, 1), 0, true},
		"longer":            {decode(1, 1, 1, 2, 2), decode(1, 1, 1), 2, true},
		"another past":      {decode(1, 1, 1, 3), decode(1, 1, 1, 2, 2), 1, true},
		"nothing in common": {decode(1, 2, 2), decode(1, 1, 1), 0, false},
		"apart":             {decode(10, 2, 2), decode(1, 1, 1), 9, false},
	} {
		if got, exact := c.mine.Beyond(c.other); got != c.want || exact != c.exact {
			t.Errorf("%s: got %d, %t, want %d, %t", name, got, exact, c.want, c.exact)
		}
	}
}

func TestDatabaseIsReplayed(t *testing.T) {
	t.Parallel()
	log := []entry{
		frames(true, 2, map[uint64]string{1: "one", 2: "two"}),
		{1, raftlog.Barrier, nil},
		frames(false, 0, map[uint64]string{2: "undone"}),
		{1, raftlog.Command, command(3, u64(7))},
		frames(false, 0, map[uint64]string{3: "three"}),
		frames(true, 3, map[uint64]string{1: "uno"}),
	}
	wal := func(page1 string) []byte {
		header := append([]byte{0, 0, 0, 1, 0, 0, 0, 2}, make([]byte, 16)...)
		return join(make([]byte, 8), []byte{0, 0, 2, 0}, make([]byte, 20), header, page(page1), make([]byte, 10))
	}
	content := join(u64(1), u64(1), text("db.bin"), u64(1024), u64(uint64(len(wal("")))), page("old"), page("two"), wal("uno"))
	const literal = 1 << 31 // a block that is not compressed
	plain := join(u32(0x184D2204), []byte{0x60, 0x40, 0x82}, u32(literal|uint32(len(content))), content, u32(0))
	for name, c := range map[string]struct {
		files []raftlog.File
		want  []string
	}{
		"entries":             {[]raftlog.File{closed(1, log...)}, []string{"uno", "two", "three"}},
		"smaller":             {[]raftlog.File{closed(1, append(log, frames(true, 1, map[uint64]string{1: "last"}))...)}, []string{"last"}},
		"snapshot":            {snapshotFiles("snapshot-1-4-1", content), []string{"uno", "two"}},
		"compressed snapshot": {snapshotFiles("snapshot-1-4-1", plain), []string{"uno", "two"}},
		"snapshot and entries": {append(snapshotFiles("snapshot-1-4-1", content), closed(4, log[0], frames(true, 2, map[uint64]string{2: "zwei"}))),
			[]string{"uno", "zwei"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := raftlog.Decode(c.files)
			if err != nil {
				t.Fatal(err)
			}
			image, err := l.Database()
			var got []string
			for p := range slices.Chunk(image, 512) {
				got = append(got, string(bytes.TrimRight(p, "\x00")))
			}
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("error %v, pages differ (-want +got):\n%s", err, diff)
			}
		})
	}
}

// FuzzFolder: whatever the files hold, nothing panics or grows without limit.
func FuzzFolder(f *testing.F) {
	f.Add(closed(1, frames(true, 1, map[uint64]string{1: "x"})).Data, open(1, batch(entries(1)...)).Data, page("x"), true)
	f.Add([]byte{}, []byte{1}, join(u32(0x184D2204), []byte{0x60, 0x40, 0x82}, u32(6), []byte{0x1f, 'a', 1, 0, 255, 1}, u32(0)), false)
	f.Fuzz(func(_ *testing.T, first, second, image []byte, fixed bool) {
		if fixed { // past the checksum
			first = join(u64(1), batch(entry{1, raftlog.Command, first}))
		}
		files := []raftlog.File{file("0000000000000001-0000000000000001", first), file("open-1", second)}
		for _, more := range [][]raftlog.File{nil, snapshotFiles("snapshot-1-1-1", image)} {
			if l, err := raftlog.Decode(append(slices.Clone(files), more...)); err == nil {
				_, _ = l.Database()
				_, _ = l.Beyond(l)
			}
		}
	})
}

// TestServers reads a configuration as dqlite 1.18 with raft 0.22 wrote it for a server in no cluster (lxd 5.0.2), the
// newest of a log, and that beside a snapshot.
func TestServers(t *testing.T) {
	t.Parallel()
	recorded := []byte("\x01\x00\x00\x00\x00\x00\x00\x00\x7f\xf2\x04\x9b\x6f\x5f\xe0\xa5\x01\x00\x00\x00\x00\x00\x00\x00" +
		"\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x18\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00" +
		"\x00\x31\x00\x01\x00\x00\x00\x00")
	alone := raftlog.File{Name: "0000000000000001-0000000000000001", Size: int64(len(recorded)), Data: recorded}
	two := entry{2, raftlog.Configuration, join([]byte{1}, u64(2), u64(1), []byte("10.0.0.1:8443\x00\x01"), u64(7),
		[]byte("10.0.0.2:8443\x00\x00"))}
	short := entry{2, raftlog.Configuration, two.data[:len(two.data)-3]}
	described := raftlog.Snapshot(raftlog.Position{Term: 2, Index: 9}, page(""),
		raftlog.Server{ID: 3, Address: "10.0.0.3:8443"})
	spoilt := raftlog.Snapshot(raftlog.Position{Term: 2, Index: 9}, page(""),
		raftlog.Server{ID: 3, Address: "10.0.0.3:8443"})
	spoilt[1].Data[40] ^= 1
	both := []raftlog.Server{{ID: 1, Address: "10.0.0.1:8443"}, {ID: 7, Address: "10.0.0.2:8443"}}
	for name, c := range map[string]struct {
		files []raftlog.File
		want  []raftlog.Server
		fault string
	}{
		"recorded": {[]raftlog.File{alone}, []raftlog.Server{{ID: 1, Address: "1"}}, ""},
		"the newest": {[]raftlog.File{alone, closed(2, append(entries(1), two)...), open(1, batch(entries(2)...))},
			both, ""},
		"in a snapshot": {append(described, open(1, batch(entries(3)...))),
			[]raftlog.Server{{ID: 3, Address: "10.0.0.3:8443"}}, ""},
		"after a snapshot": {append(described, open(1, batch(two))), both, ""},
		"cut":              {[]raftlog.File{closed(1, short)}, nil, "reading entry 1: it ends too early"},
		"spoilt":           {spoilt, nil, "reading what describes the snapshot: its checksum is wrong"},
		"none":             {[]raftlog.File{closed(1, entries(1)...)}, nil, "the log has no configuration"},
	} {
		l, err := raftlog.Decode(c.files)
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := l.Servers()
		if diff := cmp.Diff(c.want, got); diff != "" || c.fault == "" && err != nil ||
			c.fault != "" && (err == nil || err.Error() != c.fault) {
			t.Errorf("%s: got error %v, want %q, differs (-want +got):\n%s", name, err, c.fault, diff)
		}
	}
}
