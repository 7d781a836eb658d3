package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func imageRoutes() []route {
	return []route{
		{"GET", "/1.0/images", trustClient, locked, imagesGet},
		{"POST", "/1.0/images", trustClient, locked, imagesPost},
		{"GET", "/1.0/images/{fingerprint}", trustClient, locked, imageGet},
		{"PUT", "/1.0/images/{fingerprint}", trustClient, locked, imageChange},
		{"PATCH", "/1.0/images/{fingerprint}", trustClient, locked, imageChange},
		{"DELETE", "/1.0/images/{fingerprint}", trustClient, locked, imageDelete},
	}
}

type imageBody struct {
	Public     bool              `json:"public"`
	AutoUpdate bool              `json:"auto_update"`
	Properties map[string]string `json:"properties"`
	Aliases    []aliasView       `json:"aliases"`
	Filename   string            `json:"filename"`
	Source     struct {
		Type        string `json:"type"`
		Mode        string `json:"mode"`
		Server      string `json:"server"`
		Protocol    string `json:"protocol"`
		Alias       string `json:"alias"`
		Fingerprint string `json:"fingerprint"`
		ImageType   string `json:"image_type"`
	} `json:"source"`
}

type imageView struct {
	Fingerprint  string            `json:"fingerprint"`
	Filename     string            `json:"filename"`
	Size         int64             `json:"size"`
	Public       bool              `json:"public"`
	AutoUpdate   bool              `json:"auto_update"`
	Cached       bool              `json:"cached"`
	Architecture string            `json:"architecture"`
	Type         string            `json:"type"`
	Properties   map[string]string `json:"properties"`
	Aliases      []aliasView       `json:"aliases"`
	UploadedAt   time.Time         `json:"uploaded_at"`
	Profiles     []string          `json:"profiles"`
}

func (v imageView) tag() any { return []any{v.Public, v.AutoUpdate, v.Properties} }

func (c *call) imageProject() (int64, error) {
	return c.tx.featureProject(c.project(), "features.images")
}

// image finds an image by the beginning of its fingerprint.
func (c *call) image(prefix string) (imageView, int64, error) {
	project, err := c.imageProject()
	if err != nil {
		return imageView{}, 0, err
	}
	row := c.tx.row("SELECT id,fingerprint,filename,size,public,auto_update,cached,upload_date,type FROM images WHERE project_id=? AND fingerprint LIKE ?", project, prefix+"%")
	if row == nil {
		return imageView{}, 0, fail(http.StatusNotFound, "Image not found")
	}
	id, err := strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		return imageView{}, 0, err
	}
	size, err := strconv.ParseInt(row[3], 10, 64)
	if err != nil {
		return imageView{}, 0, err
	}
	view := imageView{Fingerprint: row[1], Filename: row[2], Size: size, Public: row[4] == "1", AutoUpdate: row[5] == "1", Cached: row[6] == "1",
		UploadedAt: parseTime(row[7]), Architecture: "x86_64", Type: instanceTypes[0], Profiles: []string{"default"}, Aliases: []aliasView{},
		Properties: c.tx.pairs("SELECT key,value FROM images_properties WHERE image_id=?", id)}
	if row[8] == "1" {
		view.Type = instanceTypes[1]
	}
	for _, a := range c.tx.rows("SELECT name,description FROM images_aliases WHERE image_id=? ORDER BY name", id) {
		view.Aliases = append(view.Aliases, aliasView{Name: a[0], Description: a[1]})
	}
	return view, id, nil
}

func imagesGet(c *call) (reply, error) {
	project, err := c.imageProject()
	if err != nil {
		return reply{}, err
	}
	return list(c, "images", c.tx.column("SELECT fingerprint FROM images WHERE project_id=? ORDER BY id", project), func(fp string) imageView {
		view, _, err := c.image(fp)
		c.tx.note(err, "reading an image")
		return view
	})
}

func imageGet(c *call) (reply, error) {
	view, _, err := c.image(c.params["fingerprint"])
	return reply{metadata: view, etag: view.tag()}, err
}

// imagesPost takes an uploaded file, or pretends to download one: there is no network here, every server has every
// alias but those that begin with "nothere".
func imagesPost(c *call) (reply, error) {
	body, fp, size, err := c.imageSource()
	if err != nil {
		return reply{}, err
	}
	project, err := c.imageProject()
	if err != nil {
		return reply{}, err
	}
	m, db := c.at, c.at.cluster.db
	var op *operation
	op = m.newOperation("task", "Downloading image", func(ctx context.Context) error {
		m.world.mu.Lock()
		defer m.world.mu.Unlock()
		if strings.HasPrefix(body.Source.Alias, "nothere") {
			return fmt.Errorf("Failed getting remote image info: Failed getting image: The requested image couldn't be found")
		}
		err := update(ctx, db, func(t *tx) error {
			t.addImage(project, m.id, fp, size, body)
			return t.replicate()
		})
		if err == nil {
			op.note(map[string]any{"fingerprint": fp, "size": fmt.Sprint(size)})
		}
		return err
	})
	return reply{op: op}, nil
}

// imageSource reads what is to become an image: JSON that names a source, or the file itself.
func (c *call) imageSource() (body imageBody, fp string, size int64, err error) {
	if json.Unmarshal(c.body, &body) == nil {
		if body.Source.Type != "image" || body.Source.Alias == "" && body.Source.Fingerprint == "" {
			return body, "", 0, fmt.Errorf("Invalid images JSON")
		}
		if fp = body.Source.Fingerprint; len(fp) != sha256.Size*2 {
			fp = digest([]byte(body.Source.Server + " " + body.Source.Alias + body.Source.Fingerprint))
		}
		os, release, _ := strings.Cut(body.Source.Alias, "/")
		body.Properties = overlay(map[string]string{"os": os, "release": release, "architecture": "amd64"}, body.Properties)
		return body, fp, 1 << 20, nil
	}
	body.Public = c.Header.Get("X-LXD-public") == "1" || c.Header.Get("X-LXD-public") == "true"
	body.Filename = c.Header.Get("X-LXD-filename")
	properties, err := url.ParseQuery(c.Header.Get("X-LXD-properties"))
	if err != nil {
		return body, "", 0, fail(http.StatusBadRequest, "%v", err)
	}
	body.Properties = map[string]string{}
	for key := range properties {
		body.Properties[key] = properties.Get(key)
	}
	return body, digest(c.body), int64(len(c.body)), nil
}

func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func (t *tx) addImage(project, node int64, fp string, size int64, body imageBody) {
	id := t.number("SELECT id FROM images WHERE project_id=? AND fingerprint=?", project, fp)
	if id == 0 {
		kind := 0
		if body.Source.ImageType == instanceTypes[1] {
			kind = 1
		}
		now := time.Now().UTC()
		id, _ = t.exec("INSERT INTO images (fingerprint,filename,size,public,architecture,creation_date,expiry_date,upload_date,cached,auto_update,project_id,type) VALUES (?,?,?,?,2,?,?,?,0,?,?,?)",
			fp, body.Filename, size, body.Public, now, time.Time{}, now, body.AutoUpdate, project, kind)
		t.exec("INSERT INTO images_nodes (image_id,node_id) VALUES (?,?)", id, node)
		if body.Source.Server != "" {
			protocols := map[string]int{"lxd": 0, "direct": 1, "simplestreams": 2}
			t.exec("INSERT INTO images_source (image_id,server,protocol,certificate,alias) VALUES (?,?,?,'',?)", id, body.Source.Server, protocols[body.Source.Protocol], body.Source.Alias)
		}
	}
	t.putProperties(id, body.Properties)
	for _, a := range body.Aliases {
		t.exec("INSERT INTO images_aliases (name,image_id,description,project_id) VALUES (?,?,?,?)", a.Name, id, a.Description, project)
	}
}

func (t *tx) putProperties(id int64, properties map[string]string) {
	t.exec("DELETE FROM images_properties WHERE image_id=?", id)
	for _, key := range sortedKeys(properties) {
		t.exec("INSERT INTO images_properties (image_id,type,key,value) VALUES (?,0,?,?)", id, key, properties[key])
	}
}

// replicate copies images to further members until each is on cluster.images_minimal_replica of them; -1 means all.
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
		missing := wanted - t.number("SELECT count(*) FROM images_nodes WHERE image_id=?", image)
		if missing > 0 {
			t.exec(`INSERT INTO images_nodes (image_id,node_id) SELECT ?,id FROM nodes WHERE state=? AND id NOT IN
				(SELECT node_id FROM images_nodes WHERE image_id=?) ORDER BY id LIMIT ?`, image, stateMemberCreated, image, missing)
		}
	}
	return t.err
}

func imageChange(c *call) (reply, error) {
	before, id, err := c.image(c.params["fingerprint"])
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	body := imageBody{}
	if c.Method == http.MethodPatch {
		body = imageBody{Public: before.Public, AutoUpdate: before.AutoUpdate, Properties: before.Properties}
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	c.tx.exec("UPDATE images SET public=?,auto_update=? WHERE id=?", body.Public, body.AutoUpdate, id)
	c.tx.putProperties(id, body.Properties)
	return done()
}

func imageDelete(c *call) (reply, error) {
	_, id, err := c.image(c.params["fingerprint"])
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM images WHERE id=?", id)
	return reply{op: c.at.finished("Deleting image")}, nil
}

// sourceImage is the image that a new instance is made from, 0 for none. An image of another server is fetched.
func (c *call) sourceImage(source instanceSource) (int64, error) {
	if source.Type != "image" {
		return 0, nil
	}
	project, err := c.imageProject()
	if err != nil {
		return 0, err
	}
	switch {
	case source.Server != "":
		var body imageBody
		body.Source.Server, body.Source.Protocol, body.Source.Alias = source.Server, source.Protocol, source.Alias
		fp := digest([]byte(source.Server + " " + source.Alias + source.Fingerprint))
		os, release, _ := strings.Cut(source.Alias, "/")
		body.Properties = map[string]string{"os": os, "release": release}
		c.tx.addImage(project, c.at.id, fp, 1<<20, body)
		return c.tx.number("SELECT id FROM images WHERE project_id=? AND fingerprint=?", project, fp), nil
	case source.Alias != "":
		id := c.tx.number("SELECT image_id FROM images_aliases WHERE project_id=? AND name=?", project, source.Alias)
		if id == 0 {
			return 0, fail(http.StatusNotFound, "Image alias not found")
		}
		return id, nil
	}
	_, id, err := c.image(source.Fingerprint)
	return id, err
}
