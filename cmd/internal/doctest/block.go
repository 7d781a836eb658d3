package doctest

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Mark says where a block runs.
type Mark string

// Marks of blocks.
const (
	Plain   Mark = ""
	E2E     Mark = "e2e"
	Sandbox Mark = "sandbox"
	Lab     Mark = "lab"
	Never   Mark = "never"
	CI      Mark = "ci"
	// World is what a reader does not see: Text has the words.
	World Mark = "world"
)

// Block is one part of a page that a test acts on: a fenced block or a change of the world.
type Block struct {
	// File is the page and Line, counted from 1, where the block begins there.
	File string
	Line int
	// Language is yaml, sh or text; empty for a change of the world.
	Language string
	// Name is the file that a yaml block becomes; empty for none.
	Name string
	Mark Mark
	// Exit is the code that the last command must end with.
	Exit int
	// Reason says why a block does not run everywhere.
	Reason string
	Text   string
}

// Where names the block for an error.
func (b Block) Where() string { return fmt.Sprintf("%s:%d", b.File, b.Line) }

var (
	fence   = regexp.MustCompile("^```(\\w*)$")
	comment = regexp.MustCompile(`^<!-- (\w+)(?: exits (\d+))?(?:: (.+))? -->$`)
	named   = regexp.MustCompile("`([\\w.-]+\\.yaml)`:$")
)

// Read returns the blocks of a page in their order. The error names the line of a comment or fence that is none of
// ours.
func Read(file string) ([]Block, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parse(file, strings.Split(string(data), "\n"))
}

func parse(file string, lines []string) ([]Block, error) {
	var out []Block
	mark, before := Block{}, ""
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "<!--"):
			b, err := parseComment(line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
			}
			if b.Mark == World {
				b.File, b.Line = file, i+1
				out = append(out, b)
				continue
			}
			mark = b
		case fence.MatchString(line):
			end := closing(lines, i)
			if end < 0 {
				return nil, fmt.Errorf("%s:%d: the block has no end", file, i+1)
			}
			b := mark
			b.File, b.Line, b.Language = file, i+1, fence.FindStringSubmatch(line)[1]
			b.Text = strings.Join(lines[i+1:end], "\n") + "\n"
			if m := named.FindStringSubmatch(before); m != nil && b.Language == "yaml" {
				b.Name = m[1]
			}
			out = append(out, b)
			mark, before, i = Block{}, "", end
		case strings.HasPrefix(line, "    clusterctl "):
			return nil, fmt.Errorf("%s:%d: an indented command is not tested: fence it", file, i+1)
		case strings.HasPrefix(line, "```"):
			return nil, fmt.Errorf("%s:%d: a fence that is not understood: %s", file, i+1, line)
		case line != "":
			if mark.Mark != Plain {
				return nil, fmt.Errorf("%s:%d: the mark %q belongs to no block", file, i+1, mark.Mark)
			}
			before = line
		}
	}
	return out, nil
}

func closing(lines []string, opening int) int {
	for i := opening + 1; i < len(lines); i++ {
		if lines[i] == "```" {
			return i
		}
	}
	return -1
}

func parseComment(line string) (Block, error) {
	m := comment.FindStringSubmatch(line)
	if m == nil {
		return Block{}, fmt.Errorf("a comment that is not understood: %s", line)
	}
	b := Block{Mark: Mark(m[1]), Reason: m[3]}
	if m[2] != "" {
		b.Exit, _ = strconv.Atoi(m[2]) // digits
	}
	switch b.Mark {
	case E2E, CI:
		if b.Reason != "" {
			return b, fmt.Errorf("%s takes no reason", b.Mark)
		}
	case Sandbox, Lab, Never:
		if b.Reason == "" {
			return b, fmt.Errorf("%s needs a reason", b.Mark)
		}
	case World:
		b.Text, b.Reason = b.Reason, ""
	default:
		return b, fmt.Errorf("%q is no mark", b.Mark)
	}
	return b, nil
}

// Servers says whether the block has its page begin with servers outside a cluster.
func (b Block) Servers() bool { return b.Mark == World && b.Text == "servers" || b.Incus() }

// Incus says whether these run Incus.
func (b Block) Incus() bool { return b.Mark == World && b.Text == "incus" }

// Machines says whether the block has the real daemons of its page run on machines with an init and a package manager.
func (b Block) Machines() bool { return b.Mark == World && b.Text == "machines" }
