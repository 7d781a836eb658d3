package drivers

import (
	"bytes"
	"encoding/json"
	"errors"
	"hash/maphash"
	"unicode/utf8"
)

// slab hands out rows of a result: a thousand values at a time are made at once.
type slab []Cell

func (s *slab) row(columns int) []Cell {
	if len(*s) < columns {
		*s = make([]Cell, max(columns, 1000))
	}
	row := (*s)[:columns:columns]
	*s = (*s)[columns:]
	return row
}

// values goes over lists of texts and numbers in a text that is JSON: the library takes ten times as long for each.
type values struct {
	text []byte
	at   int
	// known has texts that were read, by what they hash to: most are there many times.
	known [1024]string
	seed  maphash.Seed
}

// next goes to the next byte that is no space, and returns it.
func (v *values) next() byte {
	for ; v.at < len(v.text); v.at++ {
		if c := v.text[v.at]; c > ' ' {
			return c
		}
	}
	return 0
}

// list calls item for each item of the list that comes next.
func (v *values) list(item func() error) error {
	if v.next() != '[' {
		return errors.New("this is no list")
	}
	v.at++
	for {
		switch v.next() {
		case ']':
			v.at++
			return nil
		case ',':
			v.at++
		default:
			if err := item(); err != nil {
				return err
			}
		}
	}
}

// cell reads the text, number or truth value that comes next, or that there is none.
func (v *values) cell() (Cell, error) {
	rest := v.text[v.at:]
	switch rest[0] {
	case '[', '{':
		return Cell{}, errors.New("a value that is none")
	case '"':
		return v.quoted(rest)
	}
	end := bytes.IndexAny(rest, ",] \t\r\n")
	v.at += end
	if rest[0] == 'n' {
		return Cell{}, nil
	}
	return Cell{String: v.word(rest[:end]), Valid: true}, nil
}

// quoted reads a text from its quotation mark on.
func (v *values) quoted(rest []byte) (Cell, error) {
	end := 1
	for rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	v.at += end + 1
	if inner := rest[1:end]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return Cell{String: v.word(inner), Valid: true}, nil
	}
	cell := Cell{Valid: true}
	err := json.Unmarshal(rest[:end+1], &cell.String)
	return cell, err
}

// word returns a text, the same one again where it is known.
func (v *values) word(text []byte) string {
	if v.seed == (maphash.Seed{}) {
		v.seed = maphash.MakeSeed()
	}
	at := &v.known[maphash.Bytes(v.seed, text)%uint64(len(v.known))]
	if *at != string(text) {
		*at = string(text)
	}
	return *at
}
