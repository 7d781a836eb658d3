package session

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"clusterctl/schema"
)

// pins keeps, in the folder for this user's state, which certificate a server has since it is part of a cluster, where
// the preseed pins its earlier one: only what was seen over a connection that was verified, and only to save the paste.
// It implements remote.Pins.
type pins struct {
	session *Session
	file    string

	mu sync.Mutex
	// kept has fingerprints by URL and pins, fresh those of this run, told whom somebody was told of.
	kept, fresh map[string]string
	told        map[string]bool
}

// pinsFile is their file in the folder for state.
const pinsFile = "certificates.json"

func (s *Session) pins() *pins {
	if s.certificates != nil {
		return s.certificates
	}
	s.certificates = &pins{session: s, kept: map[string]string{}, fresh: map[string]string{}, told: map[string]bool{}}
	if folder := s.stateDir(); folder != "" {
		s.certificates.file = filepath.Join(folder, pinsFile)
		if text, err := readOwn(s.certificates.file); err == nil {
			_ = json.Unmarshal(text, &s.certificates.kept) // one that is not whole vouches for nobody
		}
	}
	return s.certificates
}

func pinned(url string, own []string) string { return url + " " + strings.Join(own, ",") }

// Kept returns what an earlier run saw, and says once that it is used.
func (p *pins) Kept(url string, own []string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.kept[pinned(url, own)]
	if found != "" && p.fresh[url] == "" && !p.told[url] {
		p.told[url] = true
		p.session.Warn(fmt.Errorf("%s has another certificate than the preseed says, which an earlier run saw over a verified connection "+
			"(kept in %s); the preseed should say:\n%s", url, p.file, asYAML(url, found)))
	}
	return found
}

// Keep notes what was seen. Only commands that change a cluster keep it.
func (p *pins) Keep(url string, own []string, fingerprint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[pinned(url, own)] == fingerprint || !p.session.keeps {
		return
	}
	p.kept[pinned(url, own)], p.fresh[url] = fingerprint, fingerprint
	if p.file == "" {
		return
	}
	text, err := json.MarshalIndent(p.kept, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(p.file), 0o700)
	}
	if err == nil {
		err = WriteFile(p.file, append(text, '\n'), 0o600, "", Anything)
	}
	if err != nil {
		p.session.Warn(fmt.Errorf("the new certificate of %s is not kept: %w", url, err))
	}
}

// paste is what the preseed has to say from now on; empty when no certificate has changed.
func (p *pins) paste() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(schema.Map(schema.SortedKeys(p.fresh), func(url string) string {
		return asYAML(url, p.fresh[url])
	}), "\n")
}

func asYAML(url, fingerprint string) string {
	return fmt.Sprintf("    connection: {https: {url: %q, fingerprint: %s}}", url, fingerprint)
}

// giveKey says how to have a key elsewhere than in this user's folder.
const giveKey = "Give one: --plan-key FILE, or its text in CLUSTERCTL_PLAN_KEY."

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
		return nil, Fail(ExitUsage, giveKey,
			errors.New("no plan is saved: it is sealed with a key, and without HOME there is no place for one"))
	case file == "" && folder == "":
		return nil, nil
	case file == "":
		file = filepath.Join(folder, "plan.key")
		if err := ownKey(file, saving); err != nil {
			return nil, Fail(ExitError, giveKey, fmt.Errorf("making the key that seals plans: %w", err))
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
	if err != nil {
		return err
	}
	_, err = file.WriteString(rand.Text() + rand.Text() + "\n")
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(path) // half a key would be taken for the user's own; the first error says it all
	}
	return err
}
