package session

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	var lines []string
	for _, url := range slices.Sorted(maps.Keys(p.fresh)) {
		lines = append(lines, asYAML(url, p.fresh[url]))
	}
	return strings.Join(lines, "\n")
}

func asYAML(url, fingerprint string) string {
	return fmt.Sprintf("    connection: {https: {url: %q, fingerprint: %s}}", url, fingerprint)
}
