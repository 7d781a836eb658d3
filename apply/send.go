package apply

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"
	"time"

	"clusterctl/drivers"
)

// send sends the call with the file, and says how much of it has left.
func (t *task) send(ctx context.Context, path string, call drivers.Call) (reply drivers.Reply, err error) {
	sent := &counted{}
	call.Upload = func() (io.ReadCloser, error) {
		file, err := t.engine.Open(path)
		if err != nil {
			return nil, err
		}
		sent.bytes.Store(0)
		if known, ok := file.(interface{ Stat() (fs.FileInfo, error) }); ok {
			if info, err := known.Stat(); err == nil {
				sent.size.Store(info.Size())
			}
		}
		return counting{file, sent}, nil
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		reply, err = t.call(ctx, t.step.Member, call)
	}()
	for {
		select {
		case <-ended:
			return reply, err
		case <-time.After(progressEvery):
			if size := sent.size.Load(); size > 0 {
				t.report(fmt.Sprintf("sending %s: %d%%", path, 100*sent.bytes.Load()/size))
			}
		}
	}
}

// counted is how much of a file was read.
type counted struct{ bytes, size atomic.Int64 }

type counting struct {
	io.ReadCloser
	to *counted
}

// Read implements io.Reader.
func (c counting) Read(data []byte) (int, error) {
	n, err := c.ReadCloser.Read(data)
	c.to.bytes.Add(int64(n))
	return n, err
}
