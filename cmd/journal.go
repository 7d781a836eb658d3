package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/apply"
	"clusterctl/cmd/render"
)

func journalCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "journal",
		Usage:     "show what earlier runs did",
		ArgsUsage: "[RUN]",
		Description: `Everything that apply, remove, recover and upgrade do is noted on this machine, one file per run and one line of
JSON per event, without any secret. Without an argument it lists the runs, the newest last; with the name of a
run it shows its events. Nothing depends on the journal: the database of the cluster is the truth.`,
		Flags: []cli.Flag{journalFlag(), formatFlag("text", "json")},
		Action: func(c *cli.Context) error {
			format, err := formatOf(c, "text", "json")
			if err != nil {
				return err
			}
			dir := journalDir(s, c.String("journal"))
			if c.NArg() == 0 {
				return listRuns(s, dir, format)
			}
			return showRun(s, filepath.Join(dir, filepath.Base(c.Args().First())+journalEnding), format)
		},
	}
}

// journalEnding is that of a run's file.
const journalEnding = ".jsonl"

func journalFlag() cli.Flag {
	return &cli.StringFlag{Name: "journal", EnvVars: env("journal"),
		Usage: "keep the journal in `DIR` (default: clusterctl/journal in XDG_STATE_HOME, ~/.local/state without it); none for none"}
}

// journalDir is where the journal is kept, empty for nowhere.
func journalDir(s *session, given string) string {
	state, _ := s.Getenv("XDG_STATE_HOME")
	home, _ := s.Getenv("HOME")
	switch {
	case given == "none":
		return ""
	case given != "":
		return given
	case state != "":
		return filepath.Join(state, "clusterctl", "journal")
	case home != "":
		return filepath.Join(home, ".local", "state", "clusterctl", "journal")
	}
	return ""
}

// journal is the file of one run.
type journal struct {
	file  *os.File
	lines *render.EventsJSON
}

// noted returns the sink of a run: what a person or a program sees, and the journal. A journal that cannot be kept is no
// reason not to work.
func (r *applyRun) noted() apply.Sink {
	if r.journal == nil && r.flags.journal != "" {
		file, err := createRun(r)
		if err != nil {
			fmt.Fprintf(r.Err, "Note: no journal is kept: %v\n", err)
			return r.report
		}
		r.journal = &journal{file: file, lines: render.NewEventsJSON(file, errorKind)}
	}
	if r.journal == nil {
		return r.report
	}
	return bothSinks{r.journal.lines, r.report}
}

type bothSinks [2]apply.Sink

// Event implements apply.Sink.
func (b bothSinks) Event(e apply.Event) {
	b[0].Event(e)
	b[1].Event(e)
}

// close notes how the run ended.
func (j *journal) close(result render.Result, code ExitCode, err error) {
	result.ExitCode = int(code)
	if err != nil {
		result.Error = err.Error()
	}
	j.lines.Result(result)
	_ = j.file.Close() // a help for people; the run has ended as it has
}

// createRun makes the file, readable by its owner only, and notes what is run.
func createRun(r *applyRun) (*os.File, error) {
	if err := os.MkdirAll(r.flags.journal, 0o700); err != nil {
		return nil, err
	}
	began := r.Now().UTC()
	name := fmt.Sprintf("%s-%d", began.Format("20060102-150405.000"), os.Getpid())
	file, err := os.OpenFile(filepath.Join(r.flags.journal, name+journalEnding), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := render.RunBegins(file, began, r.words, r.owner()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func listRuns(s *session, dir, format string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || dir == "" {
		entries, err = nil, nil
	}
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	var runs []render.Run
	for _, e := range entries { // in the order of their names, which begin with the time
		name, ours := strings.CutSuffix(e.Name(), journalEnding)
		if !ours {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		if run, ok := render.ReadRun(name, data); ok {
			runs = append(runs, run)
		}
	}
	if format == "json" {
		return render.RunsJSON(s.Out, runs)
	}
	return render.Runs(s.Out, runs)
}

func showRun(s *session, path, format string) error {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(ExitUsage, "clusterctl journal lists the runs.", fmt.Errorf("no run %q", strings.TrimSuffix(filepath.Base(path), journalEnding)))
	case err != nil:
		return fmt.Errorf("reading the journal: %w", err)
	case format == "json":
		_, err = s.Out.Write(data)
		return err
	}
	return render.RunEvents(s.Out, data)
}
