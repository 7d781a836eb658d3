package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/offline"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// copyLimit is how long one member's copy is read: it may have some hundred megabytes.
const copyLimit = 3 * time.Minute

// held are the copies of the database that members have on their disks.
type held []heldCopy

type heldCopy struct {
	care.Copy
	disk offline.Copy
}

// Checked is what was held against the survivor's copy after a recovery.
type Checked struct {
	Survivor         string
	Objects, Members int
	// Voters vote now.
	Voters []string
}

// readCopies reads what each member's own copy of the database knows, at the members' machines.
func (r *Run) readCopies(ctx context.Context, shell drivers.Shell, members []schema.Member, given schema.Service) held {
	return each(r.Limits.Parallelism, members, func(m schema.Member) heldCopy {
		ctx, cancel := context.WithTimeout(ctx, copyLimit)
		defer cancel()
		c, err := r.readCopy(ctx, shell, m, given)
		if err != nil {
			c.Fault = strings.TrimPrefix(err.Error(), m.Name+": ")
		}
		return c
	})
}

func (r *Run) readCopy(ctx context.Context, shell drivers.Shell, m schema.Member,
	given schema.Service) (heldCopy, error) {
	c := heldCopy{Copy: care.Copy{Member: m.Name, Address: m.Address}}
	err := rooted(ctx, shell, m.Name)
	if err != nil {
		return c, err
	}
	if c.Daemon, err = findDaemon(ctx, shell, m, given); err != nil {
		return c, err
	}
	text, err := runOn(ctx, shell, m, c.Daemon, drivers.TaskShow)
	if err != nil {
		return c, err
	}
	if c.Members, err = drivers.ParseShow(text); err != nil || c.Role() == schema.Spare {
		return c, err
	}
	c.readDisk(ctx, shell, r.Registry)
	return c, nil
}

func (c *heldCopy) readDisk(ctx context.Context, shell drivers.Shell, reg schema.Registry) {
	var err error
	c.disk, err = offline.Read(ctx, shell, drivers.Command{Binary: c.Daemon.Binary, Folder: c.Daemon.Folder,
		Member: c.Member}, reg)
	if err != nil {
		c.Unread = err.Error()
	}
	c.Last, c.Newest, c.Round = care.Entry{Term: c.disk.Term, Index: c.disk.Index}, c.disk.Newest, c.disk.Round
}

// known is what plans know of them.
func (h held) known() Copies {
	out := make(Copies, len(h))
	for i, c := range h {
		out[i] = c.Copy
	}
	return out
}

// of returns that member's copy, an empty one when there is none.
func (h held) of(member string) heldCopy {
	if i := slices.IndexFunc(h, func(c heldCopy) bool { return c.Member == member }); i >= 0 {
		return h[i]
	}
	return heldCopy{}
}

// gaps are what the other copies have and the survivor's has not.
func (h held) gaps(survivor string) (gaps []care.Gap) {
	mine := h.of(survivor)
	for _, c := range h {
		if c.Member == survivor || c.Fault != "" || c.Unread != "" || mine.Unread != "" {
			continue
		}
		d := c.disk.Beyond(mine.disk)
		gaps = append(gaps, care.Gap{Member: c.Member, Entries: d.Entries, Exact: d.Exact, Compared: d.Compared,
			Objects: slices.Concat(d.Only, d.Changed, d.Gone)})
	}
	return gaps
}

// holds fails when the survivor's copy is another one now, or another voter's has become the newest.
func (h held) holds(now held, survivor string) error {
	before, after := h.of(survivor), now.of(survivor)
	if after.Fault != "" || after.Unread != before.Unread || after.Last.Index < before.Last.Index ||
		after.Last.Term < before.Last.Term {
		return fmt.Errorf("the copy of %s has changed: its last entry was %v and is %v %s%s", survivor, before.Last,
			after.Last, after.Fault, after.Unread)
	}
	was, _ := care.Survivor(h.known())
	if is, _ := care.Survivor(now.known()); was.Member == survivor && is.Member != survivor {
		return fmt.Errorf("now that the daemons are stopped, the copy of %s is newer than that of %s", is.Member, survivor)
	}
	return nil
}

// check fails when the database has lost something that the survivor's copy had, or when the survivor does not vote.
func (h held) check(live schema.Cluster, survivor string) (Checked, error) {
	c := Checked{Survivor: survivor, Members: len(live.Facts.Members)}
	for _, name := range live.Facts.MemberOrder() {
		if live.Facts.Members[name].Role == schema.Voter {
			c.Voters = append(c.Voters, name)
		}
	}
	if !slices.Contains(c.Voters, survivor) {
		return c, fmt.Errorf("%s does not vote in its own database", survivor)
	}
	disk := h.of(survivor).disk // without rows when they could not be read
	var missing []error
	for _, ref := range disk.Cluster.Refs() {
		if _, ok := live.Get(ref); !ok {
			missing = append(missing, fmt.Errorf("%s was in the copy of %s and is not in the database", ref, survivor))
		}
		c.Objects++
	}
	return c, errors.Join(missing...)
}
