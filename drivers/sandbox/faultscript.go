package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterctl/schema"
)

// ParseFaults reads a fault script: one fault a line, a comment after #, words separated by spaces. After the kind
// come the member (or "any"), and as the kind needs them a method (or "any"), the beginning of a path, and name=value
// words: times, delay, status, stage. What follows "text=" is the text, to the end of the line.
//
//	offline node3
//	lose-leader
//	wiped node3
//	later delay=1m
//	slow node2 PUT /1.0/cluster delay=3s
//	refuse node1 POST /1.0/profiles status=500 times=2 text=disk quota exceeded
//	refuse node3 RUN apt-get status=100 text=no such mirror
//	precondition any PUT /1.0/networks times=3
//	drop node1 POST /1.0/projects times=1
//	cut node1 POST /1.0/projects times=1
//	drop-join node3 stage=enter times=1
//	joining node3 stage=named times=2
//	die-after-phase-one node1 times=1
//	die-creating node2 times=1
//	drop-bootstrap node1 stage=row times=1
//	end-starting node2 times=1
//	disk-full node2
func ParseFaults(script string) ([]Fault, error) {
	var out []Fault
	for i, line := range strings.Split(script, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		f, err := parseFault(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func parseFault(line string) (Fault, error) {
	line, text, _ := strings.Cut(line, "text=")
	f := Fault{Text: strings.TrimSpace(text)}
	var places []string
	for _, word := range strings.Fields(line) {
		name, value, isSetting := strings.Cut(word, "=")
		if !isSetting {
			places = append(places, word)
			continue
		}
		if err := f.set(name, value); err != nil {
			return f, err
		}
	}
	if len(places) == 0 {
		return f, errors.New("no kind of fault")
	}
	if f.Kind = FaultKind(places[0]); !slices.Contains(FaultKinds(), f.Kind) {
		return f, fmt.Errorf("there is no fault %q: there are %s", f.Kind, kindsText())
	}
	for i, into := range []*string{&f.Member, &f.Method, &f.Path} {
		if i+1 < len(places) && places[i+1] != "any" {
			*into = places[i+1]
		}
	}
	if len(places) > 4 {
		return f, fmt.Errorf("too many words: %q", places[4:])
	}
	return f, nil
}

func integer(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("%s is a number, not %q", name, value)
	}
	return n, nil
}

// kindsText names the kinds of faults.
func kindsText() string {
	return strings.Join(schema.Map(FaultKinds(), func(k FaultKind) string { return string(k) }), ", ")
}

func (f *Fault) set(name, value string) (err error) {
	switch name {
	case "times":
		f.Times, err = integer(name, value)
	case "status":
		f.Status, err = integer(name, value)
	case "delay":
		if f.Delay, err = time.ParseDuration(value); err != nil {
			err = fmt.Errorf("delay is a duration such as 3s, not %q", value)
		}
	case "stage":
		stages := []string{"trust", "accept", "enter", "copied", "half", "end", "named", "raft", "row", "key"}
		if f.Stage = value; !slices.Contains(stages, value) {
			last := len(stages) - 1
			err = fmt.Errorf("stage is %s or %s, not %q", strings.Join(stages[:last], ", "), stages[last], value)
		}
	default:
		err = fmt.Errorf("there is no setting %q: there are times, status, delay, stage and text", name)
	}
	return err
}
