package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

func volumeRoutes() []route {
	return []route{{"POST", customPath, trustClient, atTarget, with(volumesPost)},
		{"POST", customPath + "/{name}", trustClient, atTarget, with(volumePost)}}
}

const customPath = "/1.0/storage-pools/{pool}/volumes/custom"

// The types of volumes in the order of the column type, and of their contents.
var (
	volumeTypes  = []string{"container", "image", "custom", "virtual-machine"}
	contentTypes = []string{"filesystem", "block"}
)

const volumeCustom = 2

// volume is what makes one.
type volume struct {
	Name        string
	ContentType string `json:"content_type"`
	Description string
	Config      map[string]string
	Source      volumeSource
}

func volumesPost(c *call, body volume) (reply, error) {
	content := slices.Index(contentTypes, cmp.Or(body.ContentType, contentTypes[0]))
	pool := c.tx.pool(c.params["pool"])
	project := c.volumeProject()
	node := c.tx.volumeNode(pool, c.at.NodeID)
	if c.tx.number(`SELECT count(*) FROM storage_volumes WHERE storage_pool_id=? AND project_id=? AND type=2 AND name=?
		AND node_id IS ?`, pool, project, body.Name, node) > 0 {
		return reply{}, fail(http.StatusConflict, "Volume by that name already exists")
	}
	if body.Source.Type != "" {
		return c.pullVolume(body, func() { c.tx.addVolume(volumeCustom, content, pool, project, node, body) })
	}
	if err := checkVolume(c.world.server, c.project(), body.Name, body.Config); err != nil {
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
	if poolDrivers()[driver].remote {
		return nil
	}
	return member
}

func (t *tx) addVolume(kind, content int, pool, project int64, node any, body volume) {
	id := t.insert("storage_volumes (name,storage_pool_id,node_id,type,description,project_id,content_type)",
		body.Name, pool, node, kind, body.Description, project, content)
	t.putConfig("storage_volumes_config", "storage_volume_id", id, body.Config)
}

var volumePrefixes = []string{"size", "snapshots.", "security.", "block.", "zfs.", "lvm.", "volatile.", "user.",
	"dependent"}

func checkVolume(s layout.Server, project, name string, config map[string]string) error {
	for _, key := range sortedKeys(config) {
		if !listedFor(s, schema.KindVolume, "", key) && !slices.ContainsFunc(volumePrefixes,
			func(p string) bool { return strings.HasPrefix(key, p) }) {
			return strange(http.StatusInternalServerError, "Invalid option for volume \"%s_%s\" option %q", project,
				name, key)
		}
	}
	if size := config["size"]; size != "" {
		if _, err := byteSize(size); err != nil {
			return fmt.Errorf("Invalid value for volume \"%s_%s\" option %q: %w", project, name, "size", err)
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

// checkVolumeChange refuses what a volume cannot become.
func (c *call) checkVolumeChange(before, body stored) error {
	if err := checkVolume(c.world.server, before.text("project"), before.name, body.config()); err != nil {
		return err
	}
	if before.text("content_type") == contentTypes[1] && shrinks(before.config(), body.config()) {
		return errors.New("Block volumes cannot be shrunk: Cannot be shrunk")
	}
	return nil
}
