package preseed

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

// places are paths with what stands there. Nearly all entries have few, and a map for each takes the most of all
// memory.
type places struct {
	list []place
	// index has the places in list, once there are many.
	index map[string]int
}

type place struct {
	path string
	at   schema.Position
	// stands reports that at is known.
	stands bool
	// words are the texts, of a list those of its items.
	words []word
}

func (p *places) find(path string) int {
	if p.index == nil {
		return slices.IndexFunc(p.list, func(at place) bool { return at.path == path })
	}
	if i, ok := p.index[path]; ok {
		return i
	}
	return -1
}

// of returns what stands at a path, new where nothing is known of it.
func (p *places) of(path string) *place {
	if i := p.find(path); i >= 0 {
		return &p.list[i]
	}
	p.list = append(p.list, place{path: path})
	n := len(p.list)
	switch {
	case p.index != nil:
		p.index[path] = n - 1
	case n > few:
		p.index = make(map[string]int, 2*n)
		for i, at := range p.list {
			p.index[at.path] = i
		}
	}
	return &p.list[n-1]
}

// at returns the position of a path.
func (f *filling) at(path string) (schema.Position, bool) {
	if i := f.places.find(path); i >= 0 {
		return f.places.list[i].at, f.places.list[i].stands
	}
	return schema.Position{}, false
}

// stand notes the position of a path.
func (f *filling) stand(path string, at schema.Position) {
	of := f.places.of(path)
	of.at, of.stands = at, true
}

// where returns the position of a path or of the closest path above it.
func (f *filling) where(path string) schema.Position {
	for {
		if at, ok := f.at(path); ok {
			return at
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return f.place()
		}
		path = path[:cut]
	}
}

// place is where the entry stands.
func (f *filling) place() schema.Position {
	at, _ := f.at("")
	return at
}
