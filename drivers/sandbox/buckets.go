package sandbox

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

const bucketPath = "/1.0/storage-pools/{pool}/buckets"

func bucketRoutes() []route {
	buckets := kind[bucket]{path: bucketPath, table: "storage_buckets", where: atTarget, read: (*call).buckets,
		missing: notFound("Storage bucket not found"), several: severalBuckets,
		blank: func(before bucket) bucket {
			return bucket{Description: before.Description, Config: overlay(before.Config, nil)}
		},
		create: (*call).createBucket, change: (*call).changeBucket}
	keys := kind[bucketKey]{path: bucketPath + "/{bucket}/keys", table: "storage_buckets_keys", where: atTarget,
		read: (*call).bucketKeys, missing: notFound("Storage bucket key not found"), several: severalBuckets,
		blank: func(before bucketKey) bucketKey { return before }, create: (*call).createBucketKey,
		change: (*call).changeBucketKey}
	return slices.Concat(buckets.routes(), keys.routes())
}

type bucket struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	URL         string            `json:"s3_url"`
	Location    string            `json:"location"`
	Config      map[string]string `json:"config"`
	Project     string            `json:"project"`

	id int64
}

func (v bucket) key() (int64, string) { return v.id, v.Name }

func (v bucket) tag() any { return []any{v.Name, v.Description, v.Config} }

func severalBuckets(*call) error {
	return fail(http.StatusConflict,
		"Storage bucket found on more than one cluster member. Please target a specific member")
}

// buckets returns those of all members, or one by its name: that of the call's member, or of nobody. A GET without
// ?target looks on all members for it.
func (c *call) buckets(name string) []bucket {
	c.bucketPool(http.StatusBadRequest, "Storage pool driver %q does not support buckets")
	everywhere := name == "" || c.Method == http.MethodGet && c.query("target") == ""
	found := each(c.tx, func(id int64, row []string) bucket {
		return bucket{id: id, Name: row[0], Description: row[1], Location: row[2], Project: row[3],
			Config: c.tx.config("storage_buckets_config", "storage_bucket_id", id)}
	}, `SELECT b.id,b.name,b.description,IFNULL(n.name,''),p.name FROM storage_buckets b
		JOIN storage_pools s ON s.id=b.storage_pool_id JOIN projects p ON p.id=b.project_id
		LEFT JOIN nodes n ON n.id=b.node_id
		WHERE s.name=? AND (? OR p.id=?) AND ? IN ('',b.name) AND (? OR n.name IS NULL OR n.name=?) ORDER BY b.id`,
		c.params["pool"], c.everywhere(), c.bucketProject(), name, everywhere, cmp.Or(c.query("target"), c.at.name))
	for _, m := range c.at.cluster.members() {
		config, err := m.config(c.Context())
		for i := range found {
			if address := config["core.storage_buckets_address"]; err == nil && address != "" && found[i].Location == m.name {
				found[i].URL = "https://" + address + "/" + found[i].Name
			}
		}
	}
	return found
}

func (c *call) bucketProject() int64 {
	return c.featureProject("features.storage.buckets", loadingProject)
}

// bucketPool refuses a pool in which the server has no buckets: LXD from 6.8 on has them on Ceph alone.
func (c *call) bucketPool(status int, refusal string) (id int64, local bool) {
	id = c.tx.pool(c.params["pool"])
	driver, _ := c.tx.text("SELECT driver FROM storage_pools WHERE id=?", id)
	local = driver != "cephobject"
	if local && !c.world.server.Has("storage_buckets_local") {
		c.tx.refuse(fail(status, "%s", strings.ReplaceAll(refusal, "%q", `"`+driver+`"`)))
	}
	return id, local
}

var bucketName = regexp.MustCompile(`^[a-z0-9][-.a-z0-9]{2,62}$`)

// createBucket also makes its first key. Where local pools serve buckets with a program of their own, that is not
// there, as it was not on the servers that were recorded; a real one may have it.
func (c *call) createBucket(body bucket) error {
	pool, local := c.bucketPool(http.StatusInternalServerError,
		"Failed creating storage bucket: Storage pool does not support buckets")
	switch {
	case c.tx.err != nil:
		return c.tx.err
	case !bucketName.MatchString(body.Name):
		return errors.New("Failed creating storage bucket: Bucket name must be between 3 and 63 lowercase letters, " +
			"numbers, periods or hyphens and must start with a letter or number")
	case local && c.world.server.Does("minio", c.name()):
		return strange(http.StatusInternalServerError,
			"Failed creating storage bucket: Failed connecting to bucket: Couldn't find the MinIO client tool")
	case len(c.buckets(body.Name)) > 0:
		return fail(http.StatusConflict, "Failed creating storage bucket: A bucket for that name already exists")
	}
	if err := c.checkBucket(body); err != nil {
		return err
	}
	id := c.tx.insert("storage_buckets (name,storage_pool_id,node_id,description,project_id)", body.Name, pool,
		c.tx.volumeNode(pool, c.at.id), body.Description, c.bucketProject())
	c.tx.putConfig("storage_buckets_config", "storage_bucket_id", id, body.Config)
	c.tx.addBucketKey(id, bucketKey{Name: "admin", Description: "Admin user", Role: "admin"})
	return nil
}

func (c *call) checkBucket(body bucket) error {
	for _, key := range sortedKeys(body.Config) {
		if key != "size" && !strings.HasPrefix(key, "user.") && !listedFor(c.world.server, "storage_bucket", "", key) {
			return strange(http.StatusInternalServerError, "Invalid option for volume %q option %q", body.Name, key)
		}
	}
	return nil
}

func (c *call) changeBucket(before, body bucket) error {
	if err := c.checkBucket(body); err != nil {
		return err
	}
	c.tx.exec("UPDATE storage_buckets SET description=? WHERE id=?", body.Description, before.id)
	c.tx.putConfig("storage_buckets_config", "storage_bucket_id", before.id, body.Config)
	return nil
}

type bucketKey struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Role        string `json:"role"`
	Access      string `json:"access-key"`
	Secret      string `json:"secret-key"`

	id int64
}

func (v bucketKey) key() (int64, string) { return v.id, v.Name }

func (v bucketKey) tag() any { return v }

// ofBucket is the bucket whose keys are meant.
func (c *call) ofBucket() int64 {
	switch found := c.buckets(c.params["bucket"]); len(found) {
	case 0:
		c.tx.refuse(fail(http.StatusNotFound, "Storage bucket not found"))
	case 1:
		return found[0].id
	default:
		c.tx.refuse(severalBuckets(c))
	}
	return 0
}

func (c *call) bucketKeys(name string) []bucketKey {
	return each(c.tx, func(id int64, row []string) bucketKey {
		return bucketKey{id: id, Name: row[0], Description: row[1], Role: row[2], Access: row[3], Secret: row[4]}
	}, `SELECT id,name,description,role,access_key,secret_key FROM storage_buckets_keys WHERE storage_bucket_id=?
		AND ? IN ('',name) ORDER BY id`, c.ofBucket(), name)
}

func checkBucketKey(body bucketKey) error {
	switch {
	case body.Name == "":
		return errors.New("Key name is required")
	case body.Role != "admin" && body.Role != "read-only":
		return errors.New("Invalid key role")
	}
	return nil
}

func (c *call) createBucketKey(body bucketKey) error {
	id := c.ofBucket()
	if err := checkBucketKey(body); err != nil {
		return prefixed("Failed creating storage bucket key: ", err)
	}
	if len(c.bucketKeys(body.Name)) > 0 {
		return fail(http.StatusConflict, "Failed creating storage bucket key: A bucket key for that name already exists")
	}
	c.tx.addBucketKey(id, body)
	return nil
}

// addBucketKey makes up what nobody gave.
func (t *tx) addBucketKey(bucket int64, v bucketKey) {
	v = v.filled(bucket)
	t.insert("storage_buckets_keys (storage_bucket_id,name,description,access_key,secret_key,role)", bucket, v.Name,
		v.Description, v.Access, v.Secret, v.Role)
}

func (v bucketKey) filled(seed int64) bucketKey {
	made := strings.ToUpper(hash([]any{seed, v.Name, v.Role}))
	if v.Access == "" {
		v.Access = made[:20]
	}
	if v.Secret == "" {
		v.Secret = made[20:60]
	}
	return v
}

// changeBucketKey replaces everything: without the access key and the secret key there are new ones.
func (c *call) changeBucketKey(before, body bucketKey) error {
	body.Name = before.Name
	if err := checkBucketKey(body); err != nil {
		return prefixed("Failed updating storage bucket key: ", err)
	}
	body = body.filled(before.id)
	c.tx.exec("UPDATE storage_buckets_keys SET description=?,role=?,access_key=?,secret_key=? WHERE id=?",
		body.Description, body.Role, body.Access, body.Secret, before.id)
	return nil
}
