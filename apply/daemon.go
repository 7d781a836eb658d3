package apply

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// What the daemons answer, as far as the executors read it. The names are those of LXD's REST API.

const clusterToken = "cluster_token"

// tokenField returns the field of PUT /1.0/cluster that takes a join token. LXD before the extension
// explicit_trust_token (5.21.2, 6.1) takes it in the place of the trust password; Incus never had the extension.
func tokenField(s drivers.Server) string {
	if s.Environment.Server == schema.Incus || slices.Contains(s.Extensions, "explicit_trust_token") {
		return clusterToken
	}
	return "cluster_password"
}

// clustering is GET /1.0/cluster. While a join runs it says that clustering is not enabled.
type clustering struct {
	Name    string `json:"server_name"`
	Enabled bool   `json:"enabled"`
}

// member is one entry of GET /1.0/cluster/members?recursion=1, which has no members whose join is pending.
type member struct {
	Name   string   `json:"server_name"`
	URL    string   `json:"url"`
	Status string   `json:"status"`
	Roles  []string `json:"roles"`
}

func (m member) address() string { return strings.TrimPrefix(m.URL, "https://") }

func (m member) online() bool { return m.Status == "Online" }

const membersPath = "/1.0/cluster/members"

// members reads the cluster's members.
func (t *task) members(ctx context.Context) ([]member, error) {
	var members []member
	_, err := t.get(ctx, "", membersPath, map[string]string{"recursion": "1"}, &members)
	return members, err
}

// listed reports whether the cluster lists that member. It reads names alone, which is quicker than members.
func (t *task) listed(ctx context.Context, name string) (bool, error) {
	var urls []string
	if _, err := t.get(ctx, "", membersPath, nil, &urls); err != nil {
		return false, err
	}
	return slices.Contains(urls, membersPath+"/"+name), nil
}

// find returns the member of that name.
func find(members []member, name string) (member, bool) {
	i := slices.IndexFunc(members, func(m member) bool { return m.Name == name })
	if i < 0 {
		return member{}, false
	}
	return members[i], true
}

// entrance returns the address of the member that a joiner should ask: the leader, or else any that is Online.
func entrance(members []member) (string, error) {
	var address string
	for _, m := range members {
		if m.online() && (address == "" || slices.Contains(m.Roles, "database-leader")) {
			address = m.address()
		}
	}
	if address == "" {
		return "", errors.New("no member of the cluster is Online")
	}
	return address, nil
}

// enter returns the address at which the joiner enters. Right after a member was lost the leader may be late with its
// round of heartbeats, and nobody counts as Online: the members are read again for a while (incus 7.0.2, measured).
func (t *task) enter(ctx context.Context, members []member) (address string, now []member, err error) {
	until := time.Now().Add(t.limits.Flip)
	err = t.poll(ctx, pollEvery, func() (_ bool, err error) {
		if address, err = entrance(members); err == nil || time.Now().After(until) {
			return true, err
		}
		members, err = t.members(ctx)
		return false, err
	})
	return address, members, err
}

// readCertificate reads what a daemon shows of its certificate. What is in it is the daemon's matter.
func readCertificate(text string) (schema.CertificateEntry, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return schema.CertificateEntry{}, errors.New("the daemon shows no certificate in PEM form")
	}
	return schema.CertificateEntry{Base64: base64.StdEncoding.EncodeToString(block.Bytes),
		Fingerprint: schema.Fingerprint(text)}, nil
}

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
