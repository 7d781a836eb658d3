package sandbox

import "net/http"

// bucketProject is the one in which buckets are. It refuses a pool in which the server has none: LXD from 6.8 on has
// them on Ceph alone.
func (c *call) bucketProject() int64 {
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", c.tx.pool(c.params["pool"]))
	switch {
	case driver == "cephobject" || c.world.server.Has("storage_buckets_local"):
	case c.Method == http.MethodPost && c.params["bucket"] == "":
		c.tx.refuse(fail(http.StatusInternalServerError,
			"Failed creating storage bucket: Storage pool does not support buckets"))
	default:
		c.tx.refuse(fail(http.StatusBadRequest, "Storage pool driver %q does not support buckets", driver))
	}
	return c.featureProject("features.storage.buckets", loadingProject)
}

// bucket is the one whose keys are meant.
func (c *call) bucket() int64 {
	found, err := c.kindAt("/1.0/storage-pools/{pool}/buckets").called(c, c.params["bucket"])
	c.tx.refuse(err)
	return found.id
}
