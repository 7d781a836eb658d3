package drivertest

import (
	"bufio"
	"fmt"
	"strings"
)

// Line is one line of a script: a call, or a variable that is set from one.
type Line struct {
	// Text is the line as it is written.
	Text string
	// Verb is kill or start for a line that does that to Member's daemon; empty for a call.
	Verb string
	// Var is the variable that takes the value of the field Show[0]; empty for a plain call.
	Var string
	// Token makes the value a join token built from the operation's metadata.
	Token bool
	// Member is the daemon that is asked, Method, Path and Body are the call.
	Member, Method, Path, Body string
	// Image makes the body an image of that description, Body is then a JSON object of headers.
	Image string
	// Show are fields of the metadata that become part of the transcript.
	Show []string
}

// ParseScript reads the lines of a script:
//
//	# a comment
//	n1 PUT /1.0/cluster {"enabled": true}
//	n1 GET /1.0/storage-pools/local > config status
//	n1 POST /1.0/images <small {"X-LXD-public":"true"}
//	let cert = n1 GET /1.0 > environment.certificate
//	token join2 = n1 node2
//	kill n3
//	start n3
//
// Variables are used as ${cert} in paths and bodies.
func ParseScript(text string) ([]Line, error) {
	var lines []Line
	scanner := bufio.NewScanner(strings.NewReader(text))
	for n := 1; scanner.Scan(); n++ {
		raw := strings.TrimSpace(scanner.Text())
		if raw == "" || strings.HasPrefix(raw, "#") {
			continue
		}
		line, err := parseLine(raw)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		lines = append(lines, line)
	}
	return lines, scanner.Err()
}

func parseLine(raw string) (Line, error) {
	line := Line{Text: raw}
	rest := raw
	if verb, member, _ := strings.Cut(raw, " "); verb == "kill" || verb == "start" {
		line.Verb, line.Member = verb, member
		return line, nil
	}
	if head, tail, ok := strings.Cut(raw, " = "); ok {
		verb, name, _ := strings.Cut(head, " ")
		switch verb {
		case "let":
			line.Var, rest = name, tail
		case "token":
			member, joiner, _ := strings.Cut(tail, " ")
			line.Var, line.Token, line.Member, line.Method = name, true, member, "POST"
			line.Path, line.Body = "/1.0/cluster/members", fmt.Sprintf(`{"server_name":%q}`, joiner)
			return line, nil
		}
	}
	rest, show, _ := strings.Cut(rest, " > ")
	line.Show = strings.Fields(show)
	fields := strings.SplitN(rest, " ", 4)
	if len(fields) < 3 {
		return line, fmt.Errorf("want MEMBER METHOD PATH [BODY], got %q", raw)
	}
	line.Member, line.Method, line.Path = fields[0], fields[1], fields[2]
	if len(fields) == 4 {
		line.Body = fields[3]
	}
	if image, ok := strings.CutPrefix(line.Body, "<"); ok {
		line.Image, line.Body, _ = strings.Cut(image, " ")
	}
	return line, nil
}
