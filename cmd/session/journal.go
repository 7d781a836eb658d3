package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"clusterctl/apply"
	"clusterctl/plan"
	"clusterctl/schema"
)

// journalEnding is that of a run's file.
const journalEnding = ".jsonl"

// JournalDir is where the journal is kept, empty for nowhere.
func (m Machine) JournalDir(given string) string {
	folder := m.stateDir()
	switch {
	case given == "none":
		return ""
	case given != "" || folder == "":
		return given
	}
	return filepath.Join(folder, "journal")
}

// stateDir is where clusterctl keeps what is this user's, empty for nowhere.
func (m Machine) stateDir() string {
	state, _ := m.Getenv("XDG_STATE_HOME")
	home, _ := m.Getenv("HOME")
	switch {
	case state != "":
		return filepath.Join(state, "clusterctl")
	case home != "":
		return filepath.Join(home, ".local", "state", "clusterctl")
	}
	return ""
}

// journal is the file of one run.
type journal struct {
	file  *os.File
	lines *EventsJSON
}

// noted returns the sink of a run: what a person or a program sees, and the journal. A journal that cannot be kept is
// no reason not to work.
func (r *Run) noted(p *plan.Plan) apply.Sink {
	if r.journal == nil && r.Journal != "" {
		file, err := r.createJournal(p)
		if err != nil {
			r.Warn(fmt.Errorf("no journal is kept: %w", err))
			return r.Report
		}
		r.journal = &journal{file: file, lines: NewEventsJSON(file)}
	}
	if r.journal == nil {
		return r.Report
	}
	return sinks{r.journal.lines, r.Report}
}

type sinks []apply.Sink

// Event implements apply.Sink.
func (s sinks) Event(e apply.Event) {
	for _, sink := range s {
		sink.Event(e)
	}
}

// close notes how the run ended.
func (j *journal) close(result Result) {
	result.Hint = ""
	j.lines.Result(result)
	_ = j.file.Close() // a help for people; the run has ended as it has
}

// createJournal makes the file, readable by its owner only, and notes what is run.
func (r *Run) createJournal(p *plan.Plan) (*os.File, error) {
	if err := os.MkdirAll(r.Journal, 0o700); err != nil {
		return nil, err
	}
	began := r.Now().UTC()
	name := fmt.Sprintf("%s-%d", began.Format("20060102-150405.000"), os.Getpid())
	file, err := os.OpenFile(filepath.Join(r.Journal, name+journalEnding), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	members := schema.Map(p.Members, func(m schema.Member) string { return m.Name + " " + m.Address })
	files := schema.Map(p.Files, func(name string) string {
		if whole, err := filepath.Abs(name); err == nil && name != "-" {
			return whole
		}
		return name
	})
	by := By{Words: r.Words, Owner: r.owner(), Cluster: members, Files: files, User: username(), Host: hostname(),
		Logins: map[string]string{}, Approved: r.approved, Hashes: r.Hashes}
	for _, m := range r.reached {
		by.Logins[m.Name] = loginOf(m.Connection)
	}
	begins := runBegins{Format: EventsFormat, Kind: "run", Time: began, By: by}
	if err := json.NewEncoder(file).Encode(begins); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// loginOf says how a member is reached, and as whom.
func loginOf(c schema.Connection) string {
	switch {
	case c.SSH != nil && c.SSH.User != "":
		return "ssh://" + c.SSH.User + "@" + c.SSH.Host
	case c.SSH != nil:
		return "ssh://" + c.SSH.Host
	case c.HTTPS != nil:
		return c.HTTPS.URL + " by the certificate " + c.HTTPS.Certificate
	case c.Unix != nil:
		return "unix://" + c.Unix.Socket
	}
	return ""
}

// Past lists the runs in the journal, in the order of their beginning.
func Past(dir string) ([]PastRun, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || dir == "" {
		entries, err = nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	var runs []PastRun
	for _, e := range entries { // in the order of their names, which begin with the time
		name, ours := strings.CutSuffix(e.Name(), journalEnding)
		if !ours {
			continue
		}
		data, err := readOwn(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		runs = append(runs, readRun(name, data))
	}
	return runs, nil
}

// PastEvents returns the lines of a run in the journal.
func PastEvents(dir, run string) ([]byte, error) {
	run = filepath.Base(run)
	data, err := readOwn(filepath.Join(dir, run+journalEnding))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, Fail(ExitUsage, "clusterctl journal lists the runs.", fmt.Errorf("no run %q", run))
	case err != nil:
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return data, nil
}
