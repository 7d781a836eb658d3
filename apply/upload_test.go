package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

const content = "an image"

func opens(path string) (io.ReadCloser, error) {
	if path != "small.tar.gz" {
		return nil, errors.New("no such file")
	}
	return io.NopCloser(strings.NewReader(content)), nil
}

func checksum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func uploadStep(path, fingerprint string) plan.Step {
	return plan.Step{Op: plan.Op{Kind: plan.OpUpload, Upload: &plan.Upload{Path: path, Fingerprint: fingerprint,
		Project: "web", Public: true}}}
}

func TestUploadStreamsTheFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent, public, project string
		world := &fake{script: map[string]answer{
			"* POST /1.0/images": func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
				stream, err := c.Upload()
				if err != nil {
					return drivers.Reply{}, err
				}
				text, err := io.ReadAll(stream)
				sent, public, project = string(text), c.Header["X-LXD-public"], c.Query["project"]
				return drivers.Reply{Operation: "/1.0/operations/7"}, err
			},
			"* GET /1.0/operations/7/wait": says(`{"status_code":200}`),
		}}
		_, err := runOne(t.Context(), &Engine{Backend: world, Open: opens}, uploadStep("small.tar.gz", checksum(content)))
		if err != nil || sent != content || public != "true" || project != "web" {
			t.Errorf("got %v, sent %q with public=%s to project %s", err, sent, public, project)
		}
	})
}

func TestUploadHeadersAreTheProducts(t *testing.T) {
	t.Parallel()
	u := plan.Upload{Path: "images/small.tar.gz", Public: true}
	for _, test := range []struct {
		flavour schema.Flavour
		want    map[string]string
	}{
		{schema.JudgedLXD, map[string]string{"X-LXD-filename": "small.tar.gz", "X-LXD-public": "true"}},
		{schema.JudgedIncus, map[string]string{"X-Incus-filename": "small.tar.gz", "X-Incus-public": "true"}},
	} {
		if got := uploadHeader(test.flavour, u); !maps.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.flavour, got, test.want)
		}
	}
}

func TestUploadSendsNothing(t *testing.T) {
	t.Parallel()
	there := "* GET /1.0/images/" + checksum(content)
	for name, test := range map[string]struct {
		engine Engine
		path   string
		print  string
		script map[string]answer
		want   string
	}{
		"that the cluster has": {Engine{Open: opens}, "small.tar.gz", checksum(content),
			map[string]answer{there: says("{}")}, ""},
		"that has changed": {Engine{Open: opens}, "small.tar.gz", checksum("other"), nil,
			"Do it: small.tar.gz has changed since the plan was made: its checksum is " + checksum(content)[:12] + ", not " +
				checksum("other")[:12] + "; plan again"},
		"that is not there": {Engine{Open: opens}, "gone.tar.gz", checksum(content), nil, "Do it: no such file"},
		"that nobody can open": {Engine{}, "small.tar.gz", checksum(content), nil,
			"Do it: the plan uploads small.tar.gz and nobody opens files"},
		"while nobody can say so": {Engine{Open: opens}, "small.tar.gz", checksum(content),
			map[string]answer{there: fails(drivers.Denied, "no")}, "Do it: GET /1.0/images/" + checksum(content) + ": no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := &fake{script: test.script}
			engine := test.engine
			engine.Backend = world
			_, err := runOne(t.Context(), &engine, uploadStep(test.path, test.print))
			if errorOf(err) != test.want || slices.Contains(world.calls, "* POST /1.0/images") {
				t.Errorf("got %v after %v, want %q", err, world.calls, test.want)
			}
		})
	}
}

func TestCopiesWaitsForTheMembers(t *testing.T) {
	t.Parallel()
	ref := schema.Ref{Kind: "image", Project: "default", Name: "small"}
	image := schema.Object{Ref: ref, Body: schema.Body{Attrs: map[string]string{"fingerprint": "aa"}}}
	for name, test := range map[string]struct {
		images map[string][]string
		want   string
	}{
		"enough": {map[string][]string{"aa": {"m1", "m2"}}, ""},
		"too few": {map[string][]string{"aa": {"m1"}},
			"Do it: waiting for 2 copies of image/small: no end after 5m0s (last answer: 1 members hold it)"},
		"not seen": {nil, "Do it: it cannot be seen which members hold the image: the database was not read; remove replicas: wait"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := &fake{live: schema.NewCluster(schema.Facts{Images: test.images}, image)}
				step := plan.Step{Op: plan.Op{Kind: plan.OpCopies, Copies: &plan.Copies{Image: ref, Count: 2}}}
				_, err := runOne(t.Context(), &Engine{Backend: world}, step)
				if got := errorOf(err); got != test.want && (test.want == "" || !strings.HasPrefix(got, test.want)) {
					t.Errorf("got %q, want %q", got, test.want)
				}
			})
		})
	}
}

// known is an open file of that many bytes.
type known struct {
	io.ReadCloser
	fs.FileInfo
	size int64
}

func (k known) Stat() (fs.FileInfo, error) { return k, nil }
func (k known) Size() int64                { return k.size }

func TestUploadSaysHowMuchIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		open := func(path string) (io.ReadCloser, error) {
			file, err := opens(path)
			return known{ReadCloser: file, size: int64(len(content))}, err
		}
		world := &fake{script: map[string]answer{
			"* POST /1.0/images": func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
				stream, err := c.Upload()
				if err != nil {
					return drivers.Reply{}, err
				}
				_, err = io.CopyN(io.Discard, stream, int64(len(content)/2))
				drivers.Pause(ctx, 3*time.Second)
				return drivers.Reply{}, err
			},
		}}
		got, err := runOne(t.Context(), &Engine{Backend: world, Open: open}, uploadStep("small.tar.gz", checksum(content)))
		if err != nil || !slices.ContainsFunc(got, func(e Event) bool {
			return e.Kind == Progress && e.Message == "sending small.tar.gz: 50%"
		}) {
			t.Errorf("got %v, %v", err, got)
		}
	})
}
