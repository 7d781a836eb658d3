package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func volumeRoutes() []route {
	return []route{
		{"GET", "/1.0/storage-pools/{pool}/volumes", trustClient, locked, volumesGet},
		{"GET", "/1.0/storage-pools/{pool}/volumes/{type}", trustClient, locked, volumesGet},
		{"POST", "/1.0/storage-pools/{pool}/volumes/custom", trustClient, atTarget, volumesPost},
		{"POST", "/1.0/storage-pools/{pool}/volumes", trustClient, atTarget, volumesPost},
		{"GET", "/1.0/storage-pools/{pool}/volumes/{type}/{name}", trustClient, locked, volumeGet},
		{"PUT", "/1.0/storage-pools/{pool}/volumes/custom/{name}", trustClient, locked, volumeChange},
		{"PATCH", "/1.0/storage-pools/{pool}/volumes/custom/{name}", trustClient, locked, volumeChange},
		{"DELETE", "/1.0/storage-pools/{pool}/volumes/custom/{name}", trustClient, locked, volumeDelete},
	}
}

// The types of volumes in the order of the column type, and of their contents.
var (
	volumeTypes  = []string{"container", "image", "custom", "virtual-machine"}
	contentTypes = []string{"filesystem", "block"}
)

const volumeCustom = 2

type volumeBody struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	ContentType string            `json:"content_type"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	Source      volumeSource      `json:"source,omitzero"`
}

type volumeView struct {
	volumeBody
	Location  string    `json:"location"`
	Project   string    `json:"project"`
	UsedBy    []string  `json:"used_by"`
	CreatedAt time.Time `json:"created_at"`

	id   int64
	pool string
}

func (v volumeView) tag() any { return []any{v.Name, v.Type, v.Config} }

func (v volumeView) path() string {
	path := inProject(fmt.Sprintf("/1.0/storage-pools/%s/volumes/%s/%s", v.pool, v.Type, v.Name), v.Project)
	if v.Location != "" && v.Location != "none" {
		path = withQuery(path, "target="+v.Location)
	}
	return path
}

// volumeProject is where the volumes of the call's project live.
func (c *call) volumeProject() (int64, error) {
	return c.tx.featureProject(c.project(), "features.storage.volumes")
}

const volumeColumns = `SELECT v.id,v.name,v.type,v.description,v.content_type,IFNULL(n.name,''),p.name,sp.name FROM storage_volumes v
	JOIN storage_pools sp ON sp.id=v.storage_pool_id JOIN projects p ON p.id=v.project_id LEFT JOIN nodes n ON n.id=v.node_id WHERE `

func (t *tx) viewVolumes(condition string, args ...any) []volumeView {
	out := []volumeView{}
	for _, row := range t.rows(volumeColumns+condition+" ORDER BY v.type,v.name,v.node_id", args...) {
		id, err := strconv.ParseInt(row[0], 10, 64)
		t.note(err, "reading a volume")
		kind, err := strconv.Atoi(row[2])
		t.note(err, "reading a volume's type")
		content, err := strconv.Atoi(row[4])
		t.note(err, "reading a volume's content")
		out = append(out, volumeView{volumeBody: volumeBody{Name: row[1], Type: volumeTypes[kind], ContentType: contentTypes[content],
			Description: row[3], Config: t.config("storage_volumes_config", "storage_volume_id", id)}, Location: row[5], Project: row[6],
			UsedBy: []string{}, id: id, pool: row[7]})
	}
	return out
}

func volumesGet(c *call) (reply, error) {
	pool, err := c.tx.pool(c.params["pool"])
	if err != nil {
		return reply{}, err
	}
	project, err := c.volumeProject()
	if err != nil {
		return reply{}, err
	}
	own, err := c.instanceProject() // the volumes of instances are always where these are
	if err != nil {
		return reply{}, err
	}
	condition, args := "v.storage_pool_id=? AND v.project_id=CASE v.type WHEN 1 THEN 1 WHEN 2 THEN ? ELSE ? END", []any{pool, project, own}
	if kind := c.params["type"]; kind != "" {
		if !slices.Contains(volumeTypes, kind) {
			return reply{}, fail(http.StatusBadRequest, "Invalid storage volume type name")
		}
		condition, args = condition+" AND v.type=?", append(args, slices.Index(volumeTypes, kind))
	}
	views := c.tx.viewVolumes(condition, args...)
	if c.recursion() {
		return ok(views)
	}
	paths := []string{}
	for _, v := range views {
		paths = append(paths, v.path())
	}
	return ok(paths)
}

func volumesPost(c *call) (reply, error) {
	var body volumeBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	switch {
	case body.Name == "":
		return reply{}, fail(http.StatusBadRequest, "No name provided")
	case strings.Contains(body.Name, "/"):
		return reply{}, fail(http.StatusBadRequest, "Storage volume names may not contain slashes")
	case body.ContentType == "":
		body.ContentType = contentTypes[0]
	}
	content := slices.Index(contentTypes, body.ContentType)
	if content < 0 {
		return reply{}, fail(http.StatusBadRequest, "Invalid volume content type name")
	}
	pool, err := c.tx.pool(c.params["pool"])
	if err != nil {
		return reply{}, err
	}
	project, err := c.volumeProject()
	if err != nil {
		return reply{}, err
	}
	node := c.tx.volumeNode(pool, c.at.id)
	if c.tx.hasVolume(pool, project, body.Name, node) {
		return reply{}, fail(http.StatusConflict, "Volume by that name already exists")
	}
	if body.Source.Type != "" {
		return c.pullVolume(body, func() { c.tx.addVolume(volumeCustom, content, pool, project, node, body) })
	}
	if err := checkVolume(c.project(), body); err != nil {
		return reply{}, err
	}
	if err := c.world.faults.creating(c.at, "storage-volume"); err != nil {
		return reply{}, err
	}
	c.tx.addVolume(volumeCustom, content, pool, project, node, body)
	return reply{location: "/1.0/storage-pools/" + c.params["pool"] + "/volumes/custom/" + body.Name, metadata: struct{}{}}, nil
}

// volumeNode is the column node_id of a volume of the pool: NULL where the storage is remote.
func (t *tx) volumeNode(pool, member int64) any {
	driver, _ := t.text("SELECT driver FROM storage_pools WHERE id=?", pool)
	if poolDrivers[driver].remote {
		return nil
	}
	return member
}

// hasVolume reports whether there is a custom volume of that name on that node; nil for remote storage.
func (t *tx) hasVolume(pool, project int64, name string, node any) bool {
	return t.number("SELECT count(*) FROM storage_volumes WHERE storage_pool_id=? AND project_id=? AND type=2 AND name=? AND node_id IS ?", pool, project, name, node) > 0
}

func (t *tx) addVolume(kind, content int, pool, project int64, node any, body volumeBody) {
	id, _ := t.exec("INSERT INTO storage_volumes (name,storage_pool_id,node_id,type,description,project_id,content_type) VALUES (?,?,?,?,?,?,?)",
		body.Name, pool, node, kind, body.Description, project, content)
	t.putConfig("storage_volumes_config", "storage_volume_id", id, body.Config)
}

var volumePrefixes = []string{"size", "snapshots.", "security.", "block.", "zfs.", "lvm.", "volatile.", "user.", "dependent"}

func checkVolume(project string, body volumeBody) error {
	for _, key := range sortedKeys(body.Config) {
		if !slices.ContainsFunc(volumePrefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			return fmt.Errorf("Invalid option for volume \"%s_%s\" option %q", project, body.Name, key)
		}
	}
	if size := body.Config["size"]; size != "" {
		if _, err := byteSize(size); err != nil {
			return fmt.Errorf("Invalid value for volume \"%s_%s\" option %q: %w", project, body.Name, "size", err)
		}
	}
	return nil
}

// shrinks reports whether the second configuration asks for less room than the first.
func shrinks(before, after map[string]string) bool {
	from, err := byteSize(before["size"])
	to, err2 := byteSize(after["size"])
	return err == nil && err2 == nil && to < from
}

// volume finds the one volume that is meant: on ?target, or else on whichever member has one of that name.
func (c *call) volume(missing string) (volumeView, error) {
	pool, err := c.tx.pool(c.params["pool"])
	if err != nil {
		return volumeView{}, err
	}
	project, err := c.volumeProject()
	if err != nil {
		return volumeView{}, err
	}
	kind := max(slices.Index(volumeTypes, c.params["type"]), 0)
	if c.params["type"] == "" {
		kind = volumeCustom
	}
	condition, args := "v.storage_pool_id=? AND v.project_id=? AND v.type=? AND v.name=?", []any{pool, project, kind, c.params["name"]}
	if target := c.query("target"); target != "" {
		condition, args = condition+" AND (n.name=? OR n.name IS NULL)", append(args, target)
	}
	views := c.tx.viewVolumes(condition, args...)
	switch len(views) {
	case 0:
		return volumeView{}, fail(http.StatusNotFound, "%s", missing)
	case 1:
		return views[0], nil
	}
	return volumeView{}, fmt.Errorf("More than one cluster member has a volume named %q. Please target a specific member", c.params["name"])
}

func volumeGet(c *call) (reply, error) {
	view, err := c.volume("Storage volume not found")
	return reply{metadata: view, etag: view.tag()}, err
}

func volumeChange(c *call) (reply, error) {
	before, err := c.volume("Storage volume not found")
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	var body volumeBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		body.Config = overlay(before.Config, body.Config)
	}
	body.Name = before.Name
	if err := checkVolume(before.Project, body); err != nil {
		return reply{}, err
	}
	if before.ContentType == contentTypes[1] && shrinks(before.Config, body.Config) {
		return reply{}, errors.New("Block volumes cannot be shrunk: Cannot be shrunk")
	}
	c.tx.exec("UPDATE storage_volumes SET description=? WHERE id=?", body.Description, before.id)
	c.tx.putConfig("storage_volumes_config", "storage_volume_id", before.id, body.Config)
	return done()
}

func volumeDelete(c *call) (reply, error) {
	view, err := c.volume("Storage pool volume not found")
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM storage_volumes WHERE id=?", view.id)
	return done()
}
