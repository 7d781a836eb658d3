package drivers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"clusterctl/schema"
)

// addressesScript prints the machine's addresses and routes as iproute2 does, and for each name "name NAME", what
// getent knows, and its exit status.
func addressesScript(names []string) string {
	script := "ip -o addr show; ip -o route show; ip -o -6 route show"
	for _, name := range names {
		word := QuoteShell(name)
		script += "; echo name " + word + "; getent ahosts " + word + "; echo status $?"
	}
	return script
}

// ParseAddresses reads what TaskAddresses prints.
func ParseAddresses(text string) schema.Addresses {
	out := schema.Addresses{Names: map[string][]netip.Addr{}}
	name := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "name":
			name = words[1]
			out.Names[name] = nil
		case len(words) == 2 && words[0] == "status":
			if words[1] == "127" { // no getent there
				delete(out.Names, name)
			}
		case name == "" && len(words) > 3 && (words[2] == "inet" || words[2] == "inet6"):
			if prefix, err := netip.ParsePrefix(words[3]); err == nil {
				out.Own = append(out.Own, prefix.Addr())
			}
		case name == "" && len(words) > 2:
			if prefix, err := netip.ParsePrefix(words[0]); err == nil {
				out.Routes = append(out.Routes, prefix)
			}
		case name != "" && len(words) > 1:
			if a, err := netip.ParseAddr(words[0]); err == nil && !slices.Contains(out.Names[name], a.Unmap()) {
				out.Names[name] = append(out.Names[name], a.Unmap())
			}
		}
	}
	return out
}

// ParseShow reads the Raft configuration out of what TaskShow prints. The number above it is that of the newest closed
// segment, "none" while there are only open ones: it does not tell which copy is newer (lxd 5.0.2, lxd/main_cluster.go
// cmdClusterShow):
//
//	# Latest dqlite segment ID: 12
//
//	members:
//	  - id: 1
//	    name: node1
//	    address: 10.0.0.1:8443
//	    role: voter
func ParseShow(text string) (members []schema.RaftMember, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		item, begins := strings.CutPrefix(line, "- ")
		if begins {
			members = append(members, schema.RaftMember{})
		}
		key, value, ok := strings.Cut(item, ": ")
		if !ok || len(members) == 0 {
			continue
		}
		m, value := &members[len(members)-1], strings.Trim(value, `"'`)
		switch key {
		case "id":
			if m.ID, err = strconv.ParseUint(value, 10, 64); err != nil {
				return nil, fmt.Errorf("reading the id of a member: %w", err)
			}
		case "name":
			m.Name = value
		case "address":
			m.Address = value
		case "role":
			m.Role = schema.RaftRole(value)
		}
	}
	if len(members) == 0 {
		return nil, errors.New("it names no member of a cluster")
	}
	return members, nil
}

// Regular returns an opened file if it is a regular one, and closes any other: a device has no end, and a FIFO would be
// waited for. It takes what os.OpenFile returns, which has to be called with syscall.O_NONBLOCK.
func Regular(file *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: file.Name(), Err: syscall.EISDIR}
	} else if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: file.Name(), Err: errors.New("it is no regular file")}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// OpenFile opens a regular file to read; it waits for nobody.
func OpenFile(path string) (*os.File, error) {
	return Regular(os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

// mostInFile is how many bytes ReadFile reads: keys, certificates and known hosts are far smaller.
const mostInFile = 16 << 20

// ReadFile is os.ReadFile for a regular file of at most 16 MiB.
func ReadFile(path string) (data []byte, err error) {
	file, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return ReadAtMost(file, mostInFile)
}

// ErrTooLong says that there is more to read than there may be.
var ErrTooLong = errors.New("it is too long")

// ReadAtMost reads all of r; the error is ErrTooLong when that is more than most bytes.
func ReadAtMost(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, ErrTooLong
	}
	return data, err
}
