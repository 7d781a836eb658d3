package raftlog

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// File is a file of a Raft folder. Choose needs the name and the size alone.
type File struct {
	Name string
	Size int64
	Data []byte
}

// MaxSize is how much of a folder is read at most: far more than a snapshot and the thousand entries that follow it.
const MaxSize = 256 << 20

// segment is the name of a segment, taken apart: START-END of a closed one, or the number of an open one.
type segment struct {
	file       File
	open       bool
	first, end uint64
}

// snapshot is the name of a snapshot: snapshot-TERM-INDEX-TIME, beside a file of the same name and ".meta".
type snapshot struct {
	file  File
	last  Position
	stamp uint64
}

const metaSuffix = ".meta"

// Choose returns the names of the files that Decode needs: for the whole database when they are at most max bytes, or
// else for the end of the log alone. Files that are no part of the log are left out.
func Choose(files []File, max int64) []string {
	var metadata []File
	for _, f := range files {
		if f.Name == "metadata1" || f.Name == "metadata2" {
			metadata = append(metadata, f)
		}
	}
	segments := segmentsOf(files)
	newest, found := newestSnapshot(files)
	whole, tail := metadata, metadata
	if found {
		whole = append(slices.Clip(whole), newest.file, File{Name: newest.file.Name + metaSuffix})
		tail = append(slices.Clip(tail), File{Name: newest.file.Name + metaSuffix})
	}
	for i, s := range segments {
		if s.open || s.end > newest.last.Index {
			whole = append(whole, s.file)
		}
		if s.open || i+1 == len(segments) || segments[i+1].open {
			tail = append(tail, s.file)
		}
	}
	if size(whole) > max {
		return names(tail)
	}
	return names(whole)
}

func size(files []File) (sum int64) {
	for _, f := range files {
		sum += f.Size
	}
	return sum
}

func names(files []File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name)
	}
	return out
}

// segmentsOf returns the segments, closed ones first, in the order of their entries.
func segmentsOf(files []File) []segment {
	var out []segment
	for _, f := range files {
		first, second, _ := strings.Cut(f.Name, "-")
		end, err := strconv.ParseUint(second, 10, 64)
		if err != nil {
			continue
		}
		start, err := strconv.ParseUint(first, 10, 64)
		switch {
		case first == "open":
			out = append(out, segment{file: f, open: true, first: end})
		case err == nil && start > 0 && start <= end:
			out = append(out, segment{file: f, first: start, end: end})
		}
	}
	slices.SortFunc(out, func(a, b segment) int {
		if a.open != b.open {
			if b.open {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.end, b.end))
	})
	return out
}

// newestSnapshot returns the newest snapshot that is there with what says what it is.
func newestSnapshot(files []File) (newest snapshot, found bool) {
	sizes := map[string]int64{}
	for _, f := range files {
		sizes[f.Name] = f.Size
	}
	for _, f := range files {
		var s snapshot
		n, err := fmt.Sscanf(f.Name, "snapshot-%d-%d-%d", &s.last.Term, &s.last.Index, &s.stamp)
		whole := fmt.Sprintf("snapshot-%d-%d-%d", s.last.Term, s.last.Index, s.stamp) == f.Name
		_, described := sizes[f.Name+metaSuffix]
		if n != 3 || err != nil || !whole || f.Size == 0 || !described {
			continue
		}
		s.file = f
		if !found || cmp.Or(s.last.Compare(newest.last), cmp.Compare(s.stamp, newest.stamp)) > 0 {
			newest, found = s, true
		}
	}
	return newest, found
}
