package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"clusterctl/schema"
)

func imageRoutes() []route {
	return []route{{"POST", "/1.0/images", trustClient, locked, imagesPost},
		{"POST", "/1.0/images/{name}/secret", trustClient, locked, imageSecret}}
}

// image is what makes one.
type image struct {
	Filename   string
	Public     bool
	AutoUpdate bool `json:"auto_update"`
	Properties map[string]string
	Aliases    []struct{ Name, Description string }
	Source     sourceBody
}

// imagesPost takes an uploaded file, or pretends to download one. What is wrong with it shows in the operation.
func imagesPost(c *call) (reply, error) {
	project := c.imageProject()
	body, find, err := c.newImage(project)
	if err != nil {
		return reply{}, err
	}
	m, db := c.at, c.at.cluster.db
	var op *operation
	op = m.newOperation("task", "Downloading image", func(ctx context.Context) error {
		m.world.mu.Lock()
		defer m.world.mu.Unlock()
		return update(ctx, db, func(t *tx) error {
			fp, size, err := find(t)
			if err != nil {
				return err
			}
			t.addImage(project, m.NodeID, fp, size, body)
			op.note(map[string]any{"fingerprint": fp, "size": fmt.Sprint(size)})
			return t.replicate()
		})
	})
	return reply{op: op}, nil
}

// newImage is what was sent of a new image, and how the operation comes by its fingerprint and size: those of the file,
// or what [sourceBody.fetch] pretends.
func (c *call) newImage(project int64) (body image, find func(*tx) (fp string, size int64, err error), err error) {
	if c.upload != nil {
		body, err = c.uploaded()
		return body, func(t *tx) (string, int64, error) {
			return c.upload.fingerprint, c.upload.size, c.acceptable(t, project)
		}, err
	}
	if err := c.decode(&body); err != nil {
		return body, nil, err
	}
	if body.Source.Type != "image" {
		return body, nil, errors.New("Invalid images JSON")
	}
	body.Properties = overlay(body.Source.properties(), body.Properties)
	return body, func(*tx) (string, int64, error) {
		fp, err := body.Source.download(c.world)
		return fp, downloaded, err
	}, nil
}

// imageHeader is a header beside an image file: each product reads its own alone.
func (c *call) imageHeader(name string) string {
	if c.world.server.Product == schema.Incus {
		return c.Header.Get("X-Incus-" + name)
	}
	return c.Header.Get("X-LXD-" + name)
}

// uploaded is what the file and the headers beside it say of a new image. A header has more weight.
func (c *call) uploaded() (image, error) {
	public := c.imageHeader("public")
	body := image{Public: public == "1" || public == "true", Filename: c.imageHeader("filename")}
	body.Source.ImageType = c.upload.kind
	properties, err := url.ParseQuery(c.imageHeader("properties"))
	if err != nil {
		return body, fail(http.StatusBadRequest, "%v", err)
	}
	body.Properties = overlay(c.upload.properties, nil)
	for key := range properties {
		body.Properties[key] = properties.Get(key)
	}
	return body, nil
}

// acceptable refuses a file that is another one than expected, no image, or there already.
func (c *call) acceptable(t *tx, project int64) error {
	expected := c.imageHeader("fingerprint")
	switch {
	case expected != "" && expected != c.upload.fingerprint:
		return fmt.Errorf("fingerprints don't match, got %s expected %s", c.upload.fingerprint, expected)
	case c.upload.err != nil:
		return c.upload.err
	case t.number("SELECT count(*) FROM images WHERE project_id=? AND fingerprint=?", project, c.upload.fingerprint) > 0:
		return errors.New("Image with same fingerprint already exists")
	}
	return nil
}

// addImage adds an image that is not there yet, with the aliases and the project's default profile.
func (t *tx) addImage(project, node int64, fp string, size int64, body image) int64 {
	id := t.number("SELECT id FROM images WHERE project_id=? AND fingerprint=?", project, fp)
	if id == 0 {
		now := time.Now().UTC()
		id = t.insert(`images (fingerprint,filename,size,public,architecture,creation_date,expiry_date,upload_date,cached,
			auto_update,project_id,type)`, fp, body.Filename, size, body.Public, 2, now, time.Time{}, now, 0,
			body.AutoUpdate, project, max(slices.Index(instanceTypes, body.Source.ImageType), 0))
		t.insert("images_nodes (image_id,node_id)", id, node)
		if body.Source.Server != "" {
			t.insert("images_source (image_id,server,protocol,certificate,alias)", id, body.Source.Server,
				slices.Index(imageProtocols, body.Source.Protocol), body.Source.Certificate, body.Source.Alias)
		}
		t.exec(`INSERT INTO images_profiles (image_id,profile_id) SELECT ?,id FROM profiles
			WHERE name='default' AND project_id IN (1,?) ORDER BY project_id DESC LIMIT 1`, id, project)
	}
	t.exec("DELETE FROM images_properties WHERE image_id=?", id)
	for _, key := range sortedKeys(body.Properties) {
		t.insert("images_properties (image_id,type,key,value)", id, 0, key, body.Properties[key])
	}
	for _, a := range body.Aliases {
		t.insert("images_aliases (name,image_id,description,project_id)", a.Name, id, a.Description, project)
	}
	return id
}

// replicate copies images to further members until each is on cluster.images_minimal_replica of them, in whichever
// project (recorded of LXD 5.21.7 and Incus 7.0.2); -1 means all.
func (t *tx) replicate() error {
	wanted := int64(3)
	if text, set := t.text("SELECT value FROM config WHERE key='cluster.images_minimal_replica'"); set {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		wanted = n
	}
	if wanted < 0 {
		wanted = t.number("SELECT count(*) FROM nodes")
	}
	for _, image := range t.column("SELECT id FROM images") {
		missing := wanted - t.number(`SELECT count(DISTINCT x.node_id) FROM images i
			JOIN images o ON o.fingerprint=i.fingerprint JOIN images_nodes x ON x.image_id=o.id WHERE i.id=?`, image)
		if missing > 0 {
			t.exec(`INSERT INTO images_nodes (image_id,node_id) SELECT ?,id FROM nodes WHERE state=? AND id NOT IN
				(SELECT node_id FROM images_nodes WHERE image_id=?) ORDER BY id LIMIT ?`, image, stateMemberCreated, image, missing)
		}
	}
	return t.err
}

// imageSecret hands out a secret with which anybody may download the image.
func imageSecret(c *call) (reply, error) {
	v, err := c.kindAt("/1.0/images").find(c)
	if err != nil {
		return reply{}, err
	}
	const name = "Image download token"
	path := inProject("/1.0/images/"+v.name, c.project())
	op := c.newToken(name, "images", []string{path}, map[string]any{})
	if op.description == name {
		op.metadata["entity_url"], op.metadata["fingerprint"] = path, v.name
	}
	op.description = name
	return reply{op: op}, nil
}
