package doctest

import (
	"fmt"
	"regexp"
	"strings"
)

// Shown holds a text block against the output of the commands before it.
func (b Block) Shown(output string) error {
	lines := strings.Split(output, "\n")
	at := 0
	for _, want := range strings.Split(strings.TrimSpace(b.Text), "\n") {
		pattern := pattern(want)
		for at < len(lines) && !pattern.MatchString(blanks(lines[at])) {
			at++
		}
		if at == len(lines) {
			return fmt.Errorf("%s: the output has no line %q there:\n%s", b.Where(), want, output)
		}
		at++
	}
	return nil
}

// pattern matches a line like the one of a text block; a line of "..." alone stands for no line or several.
func pattern(want string) *regexp.Regexp {
	text := strings.ReplaceAll(regexp.QuoteMeta(blanks(want)), `\.\.\.`, ".*")
	return regexp.MustCompile("^" + text + "$")
}

func blanks(line string) string { return strings.Join(strings.Fields(line), " ") }
