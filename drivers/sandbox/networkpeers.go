package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

func networkPeerRoutes() []route {
	return kind[networkPeer]{path: "/1.0/networks/{network}/peers", table: "networks_peers", read: (*call).networkPeers,
		missing: notFound("Network peer not found", "Failed deleting peer: Network peer not found"),
		blank:   func(before networkPeer) networkPeer { return networkPeer{Config: overlay(before.Config, nil)} },
		create:  (*call).createNetworkPeer, change: (*call).changeNetworkPeer,
	}.routes()
}

type networkPeer struct {
	Name          string            `json:"name"`
	Description   string            `json:"description"`
	Config        map[string]string `json:"config"`
	TargetProject string            `json:"target_project"`
	TargetNetwork string            `json:"target_network"`
	Status        string            `json:"status"`
	UsedBy        []string          `json:"used_by"`

	id int64
}

func (v networkPeer) key() (int64, string) { return v.id, v.Name }

func (v networkPeer) tag() any { return []any{v.Name, v.Description, v.Config} }

// networkPeers returns those of a network. One whose other side is there is Created and names it, one that waits for it
// is Pending, and one that has lost it names nothing any more (lxd 5.0.2, lxd/db/network_peers.go GetNetworkPeers).
func (c *call) networkPeers(name string) []networkPeer {
	network := c.peerNetwork()
	return each(c.tx, func(id int64, row []string) networkPeer {
		v := networkPeer{id: id, Name: row[0], Description: row[1], TargetProject: row[2], TargetNetwork: row[3],
			Status: "Pending", Config: c.tx.config("networks_peers_config", "network_peer_id", id), UsedBy: []string{}}
		switch {
		case row[4] != "":
			v.TargetProject, v.TargetNetwork, v.Status = row[4], row[5], "Created"
		case v.TargetNetwork == "":
			v.Status = "Errored"
		}
		return v
	}, `SELECT l.id,l.name,l.description,IFNULL(l.target_network_project,''),IFNULL(l.target_network_name,''),IFNULL(p.name,''),
		IFNULL(n.name,'') FROM networks_peers l
		LEFT JOIN networks_peers r ON r.network_id=l.target_network_id AND r.target_network_id=l.network_id
		LEFT JOIN networks n ON n.id=r.network_id LEFT JOIN projects p ON p.id=n.project_id
		WHERE l.network_id=? AND ? IN ('',l.name) ORDER BY l.id`, network.id, name)
}

// createNetworkPeer makes one side, and connects it with the other one where that names this network.
func (c *call) createNetworkPeer(body networkPeer) error {
	network := c.peerNetwork()
	owner, _ := c.tx.text("SELECT p.name FROM projects p JOIN networks n ON n.project_id=p.id WHERE n.id=?", network.id)
	if body.TargetProject == "" {
		body.TargetProject = owner
	}
	if err := c.checkNetworkPeer(body); err != nil {
		return fmt.Errorf("Failed creating peer: %w", err)
	}
	id := c.tx.insert("networks_peers (network_id,name,description,target_network_project,target_network_name)",
		network.id, body.Name, body.Description, body.TargetProject, body.TargetNetwork)
	c.tx.putConfig("networks_peers_config", "network_peer_id", id, body.Config)
	other := c.tx.number(`SELECT r.id FROM networks_peers r JOIN networks n ON n.id=r.network_id JOIN projects p ON p.id=n.project_id
		WHERE p.name=? AND n.name=? AND r.target_network_project=? AND r.target_network_name=? AND r.target_network_id IS NULL`,
		body.TargetProject, body.TargetNetwork, owner, network.Name)
	if other > 0 {
		c.tx.exec(`UPDATE networks_peers SET target_network_project=NULL,target_network_name=NULL,
			target_network_id=(SELECT x.network_id FROM networks_peers x WHERE x.id=CASE networks_peers.id WHEN ? THEN ? ELSE ? END)
			WHERE id IN (?,?)`, id, other, id, id, other)
	}
	return nil
}

func (c *call) checkNetworkPeer(body networkPeer) error {
	if body.TargetNetwork == "" {
		return fail(http.StatusBadRequest, "Target network is required")
	}
	for _, v := range c.networkPeers("") {
		switch {
		case v.Name == body.Name:
			return fail(http.StatusConflict, "A peer for that name already exists")
		case v.TargetProject == body.TargetProject && v.TargetNetwork == body.TargetNetwork:
			return fail(http.StatusConflict, "A peer for that target network already exists")
		}
	}
	return checkPeerKeys(body)
}

func checkPeerKeys(body networkPeer) error {
	for _, key := range sortedKeys(body.Config) {
		if key != "target_address" && !strings.HasPrefix(key, "user.") {
			return strange(http.StatusInternalServerError, "Invalid option %q", key)
		}
	}
	if body.Name == "" {
		return errors.New("Name is required")
	}
	return nil
}

// changeNetworkPeer changes what is not the target: that is fixed.
func (c *call) changeNetworkPeer(before, body networkPeer) error {
	body.Name = before.Name
	if err := checkPeerKeys(body); err != nil {
		return fmt.Errorf("Failed updating peer: %w", err)
	}
	c.tx.exec("UPDATE networks_peers SET description=? WHERE id=?", body.Description, before.id)
	c.tx.putConfig("networks_peers_config", "network_peer_id", before.id, body.Config)
	return nil
}

// peered are the paths of the networks that a network is connected with: they use it.
func (t *tx) peered(network int64) []string {
	var out []string
	for _, row := range t.rows(`SELECT n.name,p.name FROM networks_peers l
		JOIN networks_peers r ON r.network_id=l.target_network_id AND r.target_network_id=l.network_id
		JOIN networks n ON n.id=r.network_id JOIN projects p ON p.id=n.project_id WHERE l.network_id=? ORDER BY l.id`, network) {
		out = append(out, fmt.Sprintf("/1.0/networks/%s?project=%s", row[0], row[1]))
	}
	return out
}
