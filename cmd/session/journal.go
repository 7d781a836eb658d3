package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"clusterctl/apply"
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
func (r *Run) noted() apply.Sink {
	if r.journal == nil && r.Journal != "" {
		file, err := r.createJournal()
		if err != nil {
			r.Warn(fmt.Errorf("no journal is kept: %w", err))
			return r.Report
		}
		r.journal = &journal{file: file, lines: NewEventsJSON(file)}
	}
	if r.journal == nil {
		return r.Report
	}
	return bothSinks{r.journal.lines, r.Report}
}

type bothSinks [2]apply.Sink

// Event implements apply.Sink.
func (b bothSinks) Event(e apply.Event) {
	b[0].Event(e)
	b[1].Event(e)
}

// close notes how the run ended.
func (j *journal) close(result Result) {
	result.Hint = ""
	j.lines.Result(result)
	_ = j.file.Close() // a help for people; the run has ended as it has
}

// createJournal makes the file, readable by its owner only, and notes what is run.
func (r *Run) createJournal() (*os.File, error) {
	if err := os.MkdirAll(r.Journal, 0o700); err != nil {
		return nil, err
	}
	began := r.Now().UTC()
	name := fmt.Sprintf("%s-%d", began.Format("20060102-150405.000"), os.Getpid())
	file, err := os.OpenFile(filepath.Join(r.Journal, name+journalEnding), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := runBegan(file, began, r.Words, r.owner()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
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
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		if run, ok := readRun(name, data); ok {
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// PastEvents returns the lines of a run in the journal.
func PastEvents(dir, run string) ([]byte, error) {
	run = filepath.Base(run)
	data, err := os.ReadFile(filepath.Join(dir, run+journalEnding))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, Fail(ExitUsage, "clusterctl journal lists the runs.", fmt.Errorf("no run %q", run))
	case err != nil:
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return data, nil
}
