package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

func volumeRoutes() []route {
	return slices.Concat([]route{
		{"GET", "/1.0/storage-pools/{pool}/volumes", trustClient, locked, volumesGet},
		{"POST", customPath, trustClient, atTarget, volumesPost},
	}, customVolumes().routes())
}

const customPath = "/1.0/storage-pools/{pool}/volumes/custom"

// customVolumes are the volumes that are there for themselves.
func customVolumes() kind[volume] {
	return kind[volume]{path: customPath, table: "storage_volumes", listed: volumesGet, read: (*call).volumes,
		several: severalVolumes, missing: notFound("Storage volume not found", "Storage pool volume not found"),
		blank:  func(before volume) volume { return volume{Config: overlay(before.Config, nil)} },
		change: (*call).changeVolume, remove: (*call).removeVolume}
}

// removeVolume refuses to remove one in which its member keeps images or backups.
func (c *call) removeVolume(v volume) error {
	if len(v.UsedBy) > 0 {
		return fail(http.StatusBadRequest, "The storage volume is still in use")
	}
	for _, m := range c.at.cluster.members() {
		config, err := m.config(c.Context())
		if err != nil || m.name != v.Location {
			continue
		}
		for _, key := range serverVolumes {
			if config[key] == v.pool+"/"+v.Name {
				return fail(http.StatusBadRequest, "The storage volume is still in use")
			}
		}
	}
	return nil
}

func severalVolumes(c *call) error {
	return fmt.Errorf("More than one cluster member has a volume named %q. Please target a specific member",
		c.params["name"])
}

// The types of volumes in the order of the column type, and of their contents.
var (
	volumeTypes  = []string{"container", "image", "custom", "virtual-machine"}
	contentTypes = []string{"filesystem", "block"}
)

const volumeCustom = 2

type volume struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	ContentType string            `json:"content_type"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	Location    string            `json:"location"`
	Project     string            `json:"project"`
	UsedBy      []string          `json:"used_by"`
	CreatedAt   time.Time         `json:"created_at"`
	Source      volumeSource      `json:"source,omitzero"`

	id   int64
	pool string
}

func (v volume) key() (int64, string) { return v.id, v.Name }

func (v volume) tag() any { return []any{v.Name, v.Type, v.Config} }

func (v volume) path() string {
	path := inProject(fmt.Sprintf("/1.0/storage-pools/%s/volumes/%s/%s", v.pool, v.Type, v.Name), v.Project)
	if v.Location != "" && v.Location != "none" {
		path = withQuery(path, "target="+v.Location)
	}
	return path
}

// made is the column that says when something was made, on servers that have it.
func (t *tx) made(column string) string {
	if t.server.Does("dates", "volumes") {
		return column
	}
	return "''"
}

func (t *tx) viewVolumes(condition string, args ...any) []volume {
	return each(t, func(id int64, row []string) volume {
		return volume{id: id, Name: row[0], Type: volumeTypes[t.int(row[1])], Description: row[2], Location: row[4],
			ContentType: contentTypes[t.int(row[3])], Project: row[5], pool: row[6],
			CreatedAt: parseTime(row[7]),
			UsedBy:    append([]string{}, t.users("volume", "id", id)...),
			Config:    t.config("storage_volumes_config", "storage_volume_id", id)}
	}, `SELECT v.id,v.name,v.type,v.description,v.content_type,IFNULL(n.name,''),p.name,sp.name,`+
		t.made("v.creation_date")+` FROM storage_volumes v
		JOIN storage_pools sp ON sp.id=v.storage_pool_id JOIN projects p ON p.id=v.project_id
		LEFT JOIN nodes n ON n.id=v.node_id WHERE `+condition+" ORDER BY v.type,v.name,v.node_id", args...)
}

// volumesGet lists the volumes of a pool, or the custom ones only.
func volumesGet(c *call) (reply, error) {
	pool := c.tx.pool(c.params["pool"])
	project := c.volumeProject()
	own := c.instanceProject() // the volumes of instances are always where these are
	views := c.tx.viewVolumes(`v.storage_pool_id=? AND (? OR v.project_id=CASE v.type WHEN 1 THEN 1 WHEN 2 THEN ? ELSE ? END)
		AND (NOT ? OR v.type=2)`, pool, c.everywhere(), project, own, strings.HasSuffix(collection(c), "/custom"))
	if c.world.server.Does("lists snapshots", c.name()) {
		views = c.tx.withSnapshots(views)
	}
	if c.recursion() {
		return ok(customVolumes().dressed(c, views))
	}
	paths := []string{}
	for _, v := range views {
		paths = append(paths, v.path())
	}
	return ok(paths)
}

// withSnapshots adds the snapshots of volumes, which are volumes to LXD.
func (t *tx) withSnapshots(views []volume) []volume {
	for _, v := range views {
		views = append(views, each(t, func(id int64, row []string) volume {
			snapshot := v
			snapshot.id, snapshot.Name, snapshot.Description = v.id, v.Name+"/"+row[0], row[1]
			snapshot.CreatedAt = parseTime(row[2])
			snapshot.Config = t.config("storage_volumes_snapshots_config", "storage_volume_snapshot_id", id)
			if snapshot.UsedBy = []string{}; v.Type != "custom" && t.server.Product == schema.LXD {
				snapshot.UsedBy = []string{inProject("/1.0/instances/"+v.Name+"/snapshots/"+row[0], v.Project)}
			}
			return snapshot
		}, "SELECT id,name,description,"+t.made("creation_date")+" FROM storage_volumes_snapshots WHERE storage_volume_id=? "+
			"ORDER BY id", v.id)...)
	}
	return views
}

func volumesPost(c *call) (reply, error) {
	var body volume
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
	pool := c.tx.pool(c.params["pool"])
	project := c.volumeProject()
	node := c.tx.volumeNode(pool, c.at.id)
	if c.tx.hasVolume(pool, project, body.Name, node) {
		return reply{}, fail(http.StatusConflict, "Volume by that name already exists")
	}
	if body.Source.Type != "" {
		return c.pullVolume(body, func() { c.tx.addVolume(volumeCustom, content, pool, project, node, body) })
	}
	if err := checkVolume(c.world.server, c.project(), body); err != nil {
		return reply{}, err
	}
	if err := c.world.faults.creating(c.at, "storage-volume"); err != nil {
		return reply{}, err
	}
	c.tx.addVolume(volumeCustom, content, pool, project, node, body)
	return reply{location: "/1.0/storage-pools/" + c.params["pool"] + "/volumes/custom/" + body.Name,
		metadata: struct{}{}}, nil
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

func (t *tx) addVolume(kind, content int, pool, project int64, node any, body volume) {
	id := t.insert("storage_volumes (name,storage_pool_id,node_id,type,description,project_id,content_type)",
		body.Name, pool, node, kind, body.Description, project, content)
	t.putConfig("storage_volumes_config", "storage_volume_id", id, body.Config)
}

var volumePrefixes = []string{"size", "snapshots.", "security.", "block.", "zfs.", "lvm.", "volatile.", "user.",
	"dependent"}

func checkVolume(s layout.Server, project string, body volume) error {
	for _, key := range sortedKeys(body.Config) {
		if !listedFor(s, schema.KindVolume, "", key) && !slices.ContainsFunc(volumePrefixes,
			func(p string) bool { return strings.HasPrefix(key, p) }) {
			return strange(http.StatusInternalServerError, "Invalid option for volume \"%s_%s\" option %q", project, body.Name,
				key)
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

// volumes finds the custom volumes of a name: on ?target, or else on whichever members have one.
func (c *call) volumes(name string) []volume {
	pool := c.tx.pool(c.params["pool"])
	project := c.volumeProject()
	return c.tx.viewVolumes(`v.storage_pool_id=? AND v.project_id=? AND v.type=2 AND v.name=? AND (n.name IS NULL OR ? IN ('',n.name))`,
		pool, project, name, c.query("target"))
}

func (c *call) changeVolume(before, body volume) error {
	body.Name = before.Name
	if err := checkVolume(c.world.server, before.Project, body); err != nil {
		return err
	}
	if before.ContentType == contentTypes[1] && shrinks(before.Config, body.Config) {
		return errors.New("Block volumes cannot be shrunk: Cannot be shrunk")
	}
	c.tx.exec("UPDATE storage_volumes SET description=? WHERE id=?", body.Description, before.id)
	c.tx.putConfig("storage_volumes_config", "storage_volume_id", before.id, body.Config)
	return nil
}
