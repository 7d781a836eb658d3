package drivers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"clusterctl/schema"
)

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
