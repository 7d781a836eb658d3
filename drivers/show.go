package drivers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// ParseShow reads what TaskShow prints: the number of the newest closed segment of the database on that member, and the Raft
// configuration that it knows. The number is 0 for "none", as on a member that was killed soon after it joined (lxd 5.0.2, lxd/main_cluster.go cmdClusterShow):
//
//	# Latest dqlite segment ID: 12
//
//	members:
//	  - id: 1
//	    name: node1
//	    address: 10.0.0.1:8443
//	    role: voter
func ParseShow(text string) (segment uint64, members []schema.RaftMember, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		number, ok := strings.CutPrefix(line, "# Latest dqlite segment ID:")
		if number = strings.TrimSpace(number); ok && number != "none" {
			if segment, err = strconv.ParseUint(number, 10, 64); err != nil {
				return 0, nil, fmt.Errorf("reading the newest segment: %w", err)
			}
		}
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
				return 0, nil, fmt.Errorf("reading the id of a member: %w", err)
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
		return 0, nil, errors.New("it names no member of a cluster")
	}
	return segment, members, nil
}
