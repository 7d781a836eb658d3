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
	images := kind[image]{path: "/1.0/images", read: (*call).images, missing: notFound("Image not found"),
		blank: func(before image) image {
			return image{Public: before.Public, AutoUpdate: before.AutoUpdate, Properties: before.Properties}
		},
		change: (*call).changeImage,
	}
	return append(images.routes(), route{"POST", images.path, trustClient, locked, imagesPost},
		route{"DELETE", images.path + "/{name}", trustClient, locked, imageDelete},
		route{"POST", images.path + "/{name}/secret", trustClient, locked, imageSecret})
}

type image struct {
	Fingerprint  string            `json:"fingerprint"`
	Filename     string            `json:"filename"`
	Size         int64             `json:"size"`
	Public       bool              `json:"public"`
	AutoUpdate   bool              `json:"auto_update"`
	Cached       bool              `json:"cached"`
	Architecture string            `json:"architecture"`
	Type         string            `json:"type"`
	Properties   map[string]string `json:"properties"`
	Aliases      []alias           `json:"aliases"`
	UploadedAt   time.Time         `json:"uploaded_at"`
	CreatedAt    time.Time         `json:"created_at"`
	ExpiresAt    time.Time         `json:"expires_at"`
	LastUsedAt   time.Time         `json:"last_used_at"`
	Profiles     []string          `json:"profiles"`
	Source       sourceBody        `json:"source,omitzero"`

	id int64
}

func (v image) key() (int64, string) { return v.id, v.Fingerprint }

func (v image) tag() any { return []any{v.Public, v.AutoUpdate, v.Properties} }

// images returns those of the project, or the one whose fingerprint begins like that.
func (c *call) images(prefix string) []image {
	project := c.imageProject()
	found := each(c.tx, c.viewImage, `SELECT id,fingerprint,filename,size,public,auto_update,cached,upload_date,type,
		creation_date,expiry_date,last_use_date FROM images
		WHERE (? OR project_id=?) AND fingerprint LIKE ?||'%' ORDER BY id`, c.everywhere(), project, prefix)
	if prefix != "" && len(found) > 1 {
		found = found[:1]
	}
	return found
}

func (c *call) viewImage(id int64, row []string) image {
	view := image{id: id, Fingerprint: row[0], Filename: row[1], Size: c.tx.int(row[2]), Public: row[3] == "1",
		AutoUpdate: row[4] == "1", Cached: row[5] == "1", UploadedAt: parseTime(row[6]),
		Type: instanceTypes[c.tx.int(row[7])], CreatedAt: parseTime(row[8]), ExpiresAt: parseTime(row[9]),
		LastUsedAt: parseTime(row[10]), Architecture: "x86_64", Profiles: []string{"default"}, Aliases: []alias{},
		Properties: c.tx.pairs("SELECT key,value FROM images_properties WHERE image_id=?", id)}
	for _, a := range c.tx.rows("SELECT name,description FROM images_aliases WHERE image_id=? ORDER BY name", id) {
		view.Aliases = append(view.Aliases, alias{Name: a[0], Description: a[1]})
	}
	return view
}

func (c *call) image(prefix string) (image, error) {
	if found := c.images(prefix); len(found) > 0 {
		return found[0], nil
	}
	return image{}, fail(http.StatusNotFound, "Image not found")
}

// imagesPost takes an uploaded file, or pretends to download one, see [sourceBody.fetch]. What is wrong with it shows
// in the operation.
func imagesPost(c *call) (reply, error) {
	project := c.imageProject()
	var body image
	var err error
	var find func(*tx) (fp string, size int64, err error)
	if c.upload != nil {
		if body, err = c.uploaded(); err != nil {
			return reply{}, err
		}
		find = func(t *tx) (string, int64, error) {
			return c.upload.fingerprint, c.upload.size, c.acceptable(t, project)
		}
	} else {
		if err := c.decode(&body); err != nil {
			return reply{}, err
		}
		if body.Source.Type != "image" {
			return reply{}, errors.New("Invalid images JSON")
		}
		body.Properties = overlay(body.Source.properties(), body.Properties)
		find = func(*tx) (string, int64, error) {
			fp, err := body.Source.download(c.world)
			return fp, downloaded, err
		}
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
			t.addImage(project, m.id, fp, size, body)
			op.note(map[string]any{"fingerprint": fp, "size": fmt.Sprint(size)})
			return t.replicate()
		})
	})
	return reply{op: op}, nil
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
	t.putProperties(id, body.Properties)
	for _, a := range body.Aliases {
		t.insert("images_aliases (name,image_id,description,project_id)", a.Name, id, a.Description, project)
	}
	return id
}

func (t *tx) putProperties(id int64, properties map[string]string) {
	t.exec("DELETE FROM images_properties WHERE image_id=?", id)
	for _, key := range sortedKeys(properties) {
		t.insert("images_properties (image_id,type,key,value)", id, 0, key, properties[key])
	}
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

func (c *call) changeImage(before, body image) error {
	c.tx.exec("UPDATE images SET public=?,auto_update=? WHERE id=?", body.Public, body.AutoUpdate, before.id)
	c.tx.putProperties(before.id, body.Properties)
	return nil
}

func imageDelete(c *call) (reply, error) {
	v, err := c.image(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM images WHERE id=?", v.id)
	return reply{op: c.at.finished("Deleting image")}, nil
}

// imageSecret hands out a secret with which anybody may download the image.
func imageSecret(c *call) (reply, error) {
	v, err := c.image(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	const name = "Image download token"
	path := inProject("/1.0/images/"+v.Fingerprint, c.project())
	op := c.newToken(name, "images", []string{path}, map[string]any{})
	if op.description == name {
		op.metadata["entity_url"], op.metadata["fingerprint"] = path, v.Fingerprint
	}
	op.description = name
	return reply{op: op}, nil
}

type alias struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Target      string `json:"target,omitempty"`
	Type        string `json:"type,omitempty"`
}
