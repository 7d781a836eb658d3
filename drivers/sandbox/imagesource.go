package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sourceBody says where an image, or that of a new instance, comes from.
type sourceBody struct {
	Type        string `json:"type"`
	Mode        string `json:"mode"`
	Server      string `json:"server"`
	Protocol    string `json:"protocol"`
	Alias       string `json:"alias"`
	Fingerprint string `json:"fingerprint"`
	Certificate string `json:"certificate"`
	ImageType   string `json:"image_type"`
}

// The protocols of image servers in the order of the column protocol.
var imageProtocols = []string{"lxd", "direct", "simplestreams"}

// downloaded is the size that pretended downloads have, in bytes.
const downloaded = 1 << 20

// fetch pretends to ask the image's server and returns the image's fingerprint. Every server has every alias but those
// that begin with "nothere", and none answers below .invalid, the domain that is never there. A copy knows nothing of
// that.
func (s sourceBody) fetch(w *World) (string, error) {
	server, err := url.Parse(s.Server)
	if err != nil {
		return "", err
	}
	away := strings.HasSuffix(server.Hostname(), ".invalid") && w.copied == nil
	nobody := func(path string) error {
		return fmt.Errorf("Get \"%s%s\": lookup %s on 127.0.0.53:53: dial udp 127.0.0.53:53: connect: network is unreachable",
			s.Server, path, server.Hostname())
	}
	switch {
	case s.Protocol == "simplestreams" && away:
		return "", fmt.Errorf("Failed getting image: Failed parsing stream: %w", nobody("/streams/v1/index.json"))
	case away:
		return "", fmt.Errorf("Failed to connect to LXD server %q: %w", s.Server, nobody("/1.0"))
	case strings.HasPrefix(s.Alias, "nothere") && w.copied == nil:
		return "", errors.New("Failed getting image: The requested image couldn't be found")
	case len(s.Fingerprint) == sha256.Size*2:
		return s.Fingerprint, nil
	}
	sum := sha256.Sum256([]byte(s.Server + " " + s.Alias + s.Fingerprint))
	return hex.EncodeToString(sum[:]), nil
}

// properties are those of an image of that name.
func (s sourceBody) properties() map[string]string {
	os, release, _ := strings.Cut(s.Alias, "/")
	return map[string]string{"os": os, "release": release, "architecture": "amd64"}
}

// download is fetch with what POST /1.0/images says about it.
func (s sourceBody) download(w *World) (string, error) {
	if s.Alias == "" && s.Fingerprint == "" {
		return "", errors.New("must specify one of alias or fingerprint for init from image")
	}
	if !slices.Contains(imageProtocols, s.Protocol) {
		return "", fmt.Errorf("Unsupported protocol: %s", s.Protocol)
	}
	fp, err := s.fetch(w)
	if err != nil && s.Protocol == "simplestreams" {
		err = fmt.Errorf("Failed getting remote image info: %w", err)
	}
	return fp, err
}

// sourceImage is the image that a new instance is made from, 0 for none. An image of another server is fetched.
func (c *call) sourceImage(source sourceBody) (int64, error) {
	if source.Type != "image" {
		return 0, nil
	}
	project := c.imageProject()
	switch {
	case source.Server != "":
		fp, err := source.fetch(c.world)
		if err != nil {
			return 0, err
		}
		of := image{Source: source, Properties: source.properties()}
		return c.tx.addImage(project, c.at.NodeID, fp, downloaded, of), nil
	case source.Alias != "":
		id := c.tx.number("SELECT image_id FROM images_aliases WHERE project_id=? AND name=?", project, source.Alias)
		if id == 0 {
			return 0, fail(http.StatusNotFound, "Image alias not found")
		}
		return id, nil
	}
	id := c.tx.number("SELECT id FROM images WHERE project_id=? AND fingerprint LIKE ?||'%' ORDER BY id", project,
		source.Fingerprint)
	if id == 0 {
		return 0, fail(http.StatusNotFound, "Image not found")
	}
	return id, nil
}
