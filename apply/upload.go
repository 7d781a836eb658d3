package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

const imagesPath = "/1.0/images"

// upload sends an image file, unless the cluster has the image: then only its alias was missing. The file is streamed.
func (t *task) upload(ctx context.Context, u plan.Upload) error {
	if t.engine.Open == nil {
		return fmt.Errorf("the plan uploads %s and nobody opens files", u.Path)
	}
	if u.Into != nil {
		return t.uploadVolume(ctx, u)
	}
	query := query(plan.Request{Project: u.Project})
	t.say("asking for image %.12s", u.Fingerprint)
	var image struct{}
	_, err := t.get(ctx, t.step.Member, imagesPath+"/"+u.Fingerprint, query, &image)
	if err == nil || !drivers.Is(err, drivers.NotFound) {
		return err
	}
	if err := t.unchanged(u); err != nil {
		return err
	}
	t.say("sending %s", u.Path)
	reply, err := t.send(ctx, u.Path, drivers.Call{Method: "POST", Path: imagesPath, Query: query,
		Header: uploadHeader(t.flavour, u)})
	if err == nil {
		err = t.await(ctx, t.step.Member, reply)
	}
	if err != nil {
		// Two aliases of one file are uploaded at the same time: one of them comes second, and has what it wants.
		if _, missing := t.get(ctx, t.step.Member, imagesPath+"/"+u.Fingerprint, query, &image); missing == nil {
			return nil
		}
	}
	return err
}

// uploadVolume sends a file that becomes a volume, unless there is one.
func (t *task) uploadVolume(ctx context.Context, u plan.Upload) error {
	var volume struct{}
	_, err := t.get(ctx, t.step.Member, u.Into.Path+"/"+url.PathEscape(u.Name), query(*u.Into), &volume)
	if err == nil || !drivers.Is(err, drivers.NotFound) {
		return err
	}
	if err := t.unchanged(u); err != nil {
		return err
	}
	t.say("sending %s", u.Path)
	prefix := headerPrefix(t.flavour)
	reply, err := t.send(ctx, u.Path, drivers.Call{Method: "POST", Path: u.Into.Path, Query: query(*u.Into),
		Header: map[string]string{prefix + "name": u.Name, prefix + "type": "iso"}})
	if err != nil {
		return err
	}
	return t.await(ctx, t.step.Member, reply)
}

// uploadHeader says beside the file what it is. Incus does not read the headers of LXD, and LXD not those of Incus
// (incus 6.0.4, cmd/incusd/images.go).
func uploadHeader(f schema.Flavour, u plan.Upload) map[string]string {
	prefix := headerPrefix(f)
	return map[string]string{prefix + "filename": filepath.Base(u.Path), prefix + "public": strconv.FormatBool(u.Public)}
}

func headerPrefix(f schema.Flavour) string {
	if f.Product == schema.Incus {
		return "X-Incus-"
	}
	return "X-LXD-"
}

// unchanged fails when the file is not the one that was planned: nothing is sent then, and nothing is left behind.
func (t *task) unchanged(u plan.Upload) (err error) {
	t.say("reading %s", u.Path)
	file, err := t.engine.Open(u.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("reading %s: %w", u.Path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != u.Fingerprint {
		return fmt.Errorf("%s has changed since the plan was made: its checksum is %.12s, not %.12s; plan again", u.Path,
			got, u.Fingerprint)
	}
	return nil
}

// copiesEvery is how often the database is asked for the members that hold an image. The leader copies images by
// itself, within a second or so.
const copiesEvery = time.Second

// copies waits until enough members hold a copy of the image.
func (t *task) copies(ctx context.Context, c plan.Copies) error {
	t.say("waiting for %d copies of %s", c.Count, c.Image)
	return t.poll(ctx, copiesEvery, func() (bool, error) {
		live, err := t.engine.Backend.Read(ctx)
		switch {
		case err != nil:
			t.trouble = err
			return false, nil //nolint:nilerr // asked again, and told when the time is up
		case live.Facts.Images == nil:
			return false, errors.New("it cannot be seen which members hold the image: the database was not read; remove replicas: wait")
		}
		image, _ := live.Get(c.Image)
		held := live.Facts.Images[image.Attrs["fingerprint"]]
		t.trouble = fmt.Errorf("%d members hold it", len(held))
		return len(held) >= c.Count, nil
	})
}
