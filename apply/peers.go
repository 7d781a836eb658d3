package apply

import (
	"fmt"
	"strings"

	"clusterctl/schema"
)

// nameMembers adds the names of members that a daemon's error knows by their address alone, such as "failed to
// notify peer 10.0.0.3:8443".
func nameMembers(err error, members []schema.Member) error {
	if err == nil {
		return nil
	}
	var found []string
	for _, m := range members {
		if m.Address != "" && strings.Contains(err.Error(), m.Address) && !strings.Contains(err.Error(), m.Name) {
			found = append(found, m.Address+" is "+m.Name)
		}
	}
	if len(found) == 0 {
		return err
	}
	return fmt.Errorf("%w (%s)", err, strings.Join(found, ", "))
}
