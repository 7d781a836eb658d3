package session

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// shortestKey is how many bytes a key has at least.
const shortestKey = 16

// planKey returns the key that seals saved plans: that of the file of --plan-key, the text in CLUSTERCTL_PLAN_KEY, or
// this user's own, which is made when a plan is saved for the first time. Without one it is empty.
func (s *Session) planKey(saving bool) ([]byte, error) {
	text, _ := s.Getenv("CLUSTERCTL_PLAN_KEY")
	file, folder := s.PlanKey, s.stateDir()
	switch {
	case file == "" && text != "":
		return longEnough("CLUSTERCTL_PLAN_KEY", []byte(text))
	case file == "" && folder == "" && saving:
		return nil, Fail(ExitUsage, "Give one: --plan-key FILE, or its text in CLUSTERCTL_PLAN_KEY.",
			errors.New("no plan is saved: it is sealed with a key, and without HOME there is no place for one"))
	case file == "" && folder == "":
		return nil, nil
	case file == "":
		file = filepath.Join(folder, "plan.key")
		if err := ownKey(file, saving); err != nil {
			return nil, fmt.Errorf("making the key that seals plans: %w", err)
		}
	}
	key, err := s.ReadFile(file)
	switch {
	case s.PlanKey == "" && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the key that seals plans: %w", err)
	}
	return longEnough(file, key)
}

func longEnough(from string, key []byte) ([]byte, error) {
	if key = bytes.TrimSpace(key); len(key) < shortestKey {
		return nil, Fail(ExitUsage, "Make one: openssl rand -hex 32",
			fmt.Errorf("the key for plans in %s is shorter than %d characters", from, shortestKey))
	}
	return key, nil
}

// ownKey makes the user's own key where there is none, readable by nobody else.
func ownKey(path string, missing bool) error {
	if _, err := os.Lstat(path); err == nil || !missing {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another run was faster
	}
	if err == nil {
		_, err = file.WriteString(rand.Text() + rand.Text() + "\n")
		err = errors.Join(err, file.Close())
	}
	return err
}
