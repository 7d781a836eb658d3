package emit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
	"clusterctl/schema/emit"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// exportSample has of everything what must be written, and what must not be.
func exportSample() schema.Cluster {
	address := map[string]string{"address": "10.0.0.1:8443", "failure_domain": "default"}
	part := func(config map[string]string) map[string]schema.Part {
		return map[string]schema.Part{"node1": {Config: config, State: schema.StateCreated}}
	}
	object := func(kind schema.KindName, name string, attrs, config map[string]string) schema.Object {
		return schema.Object{Ref: schema.Ref{Kind: kind, Name: name}, State: schema.StateCreated,
			Body: schema.Body{Attrs: attrs, Config: config}}
	}
	server := object(schema.KindServer, schema.ServerName, nil, map[string]string{
		"core.trust_password": schema.SecretIsSet, "cluster.max_voters": "3", "images.auto_update_interval": "15",
		"strange.key": "1"})
	server.Members = part(map[string]string{"cluster.https_address": "10.0.0.1:8443",
		"core.https_address": "10.0.0.1:8443", "core.metrics_address": ":9100"})
	member := object(schema.KindMember, "node1", address, nil)
	member.Lists = map[string][]string{"groups": {"default"}}
	dir := object(schema.KindStoragePool, "local", map[string]string{"driver": "dir"}, nil)
	dir.Members = part(map[string]string{"source": "/var/lib/lxd/storage-pools/local"})
	own := object(schema.KindStoragePool, "fast", map[string]string{"driver": "dir"}, nil)
	own.Members = part(map[string]string{"source": "/srv/fast"})
	zfs := object(schema.KindStoragePool, "tank", map[string]string{"driver": "zfs"},
		map[string]string{"volume.size": "10GiB"})
	zfs.Members = part(map[string]string{"source": "tank", "zfs.pool_name": "tank", "volatile.initial_source": "/dev/sdb"})
	web := object("instance", "c1", map[string]string{"image": "busybox", "type": "container", "running": "true", "profiles": `["default"]`}, nil)
	web.Members = part(nil)
	half := object(schema.KindStoragePool, "half", map[string]string{"driver": "dir"}, nil)
	half.State = schema.StatePending
	return schema.NewCluster(schema.Facts{Clustered: true}, server, member, dir, own, zfs, half, web)
}

func TestExportSaysWhatSomebodyHasToSay(t *testing.T) {
	t.Parallel()
	const want = `# This is the whole cluster as clusterctl found it. Planned again it has no changes.
# Left out: what LXD notes for itself, values that are defaults, and what LXD chose by itself and would choose again.
# server/config: core.trust_password is set; it cannot be read, so it is not here and stays as it is.
# server/config: strange.key is not known to clusterctl; it is not here and stays as it is.
# storage_pool/half is pending and is not here: see clusterctl doctor.

# The configuration of the servers. Keys that belong to one member stand in that member's config.
config:
  images.auto_update_interval: "15"

# Storage for instances, images and volumes. Every member has a part of its own, with its own source and size.
storage_pools:
- name: fast
  driver: dir
- name: local
  driver: dir
- name: tank
  driver: zfs
  config:
    volume.size: "10GiB"

# A container or virtual machine. Without target: the cluster chooses the member, and later plans leave it where it is.
instances:
- name: c1
  # on node1; target: would keep it there
  image: busybox
  type: container
  profiles: ["default"]
  running: "true"

# One server of the cluster: who it is, where it is, how to reach it, and what is its own.
members:
- name: node1
  address: "10.0.0.1:8443"
  connection:
    ssh:
      host: gate
      port: "22"
      user: root
      jump: "ssh://ops@hop"
  config:
    core.metrics_address: ":9100"
  member_config:
    storage-pool:
      fast:
        source: /srv/fast
      tank:
        source: /dev/sdb
`
	way := schema.Connection{SSH: &schema.SSH{Host: "gate", Port: 22, User: "root", Jump: "ssh://ops@hop"}}
	got := string(emit.Export(kinds.Registry(), exportSample(), []schema.Member{{Name: "node1", Connection: way}}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if again := string(emit.Export(kinds.Registry(), exportSample(),
		[]schema.Member{{Name: "node1", Connection: way}})); again != got {
		t.Error("a second export differs")
	}
	preseed, found := preseed.Decode(kinds.Registry(), []preseed.Input{{Name: "export.yaml", Data: []byte(got)}})
	if found.Has(schema.SeverityError) {
		t.Errorf("the export is not valid: %v", found)
	}
	if diff := cmp.Diff(way, preseed.Members[0].Connection); diff != "" {
		t.Errorf("connection (-want +got):\n%s", diff)
	}
}

func TestExportWritesConnections(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		way  schema.Connection
		want string
	}{
		"short": {schema.Connection{SSH: &schema.SSH{Host: "fd00::1", Port: 2222, User: "root"}}, `connection: "ssh://root@[fd00::1]:2222"`},
		"unix":  {schema.Connection{Unix: &schema.Unix{Socket: "/run/lxd.sock"}}, `connection: "unix:///run/lxd.sock"`},
		"https": {schema.Connection{HTTPS: &schema.HTTPS{URL: "https://m1:8443", Fingerprint: "aa"}}, `url: "https://m1:8443"`},
		"none": {schema.Connection{SSH: &schema.SSH{Host: "10.0.0.1", User: "root"}, Default: true},
			"# connection: not given, so it is ssh://root@ the host of the address"},
	} {
		got := string(emit.Export(kinds.Registry(), exportSample(), []schema.Member{{Name: "node1", Connection: c.way}}))
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: no %s in\n%s", name, c.want, got)
		}
	}
}

func TestEncodeObjectIsForPeople(t *testing.T) {
	t.Parallel()
	o := schema.Object{Ref: schema.Ref{Kind: schema.KindStoragePool, Name: "loop"}, State: schema.StatePending,
		Body: schema.Body{Attrs: map[string]string{"driver": "btrfs"}, Config: map[string]string{"volume.size": "1GiB"}},
		Members: map[string]schema.Part{"node2": {State: schema.StatePending, Config: map[string]string{"size": "10GiB"}},
			"node1": {State: schema.StateCreated}}}
	const want = `kind: storage_pool
name: loop
state: pending
driver: btrfs
config:
  volume.size: "1GiB"
members:
  node1:
    state: created
  node2:
    state: pending
    config:
      size: "10GiB"
`
	if diff := cmp.Diff(want, string(emit.EncodeObject(o))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestExportNamesWhatNoPreseedHas is about kinds that are shown and not managed: they are named, and no section.
func TestExportNamesWhatNoPreseedHas(t *testing.T) {
	t.Parallel()
	link := schema.Object{Ref: schema.Ref{Kind: "cluster_link", Name: "other"}, State: schema.StateCreated}
	live := schema.NewCluster(schema.Facts{Clustered: true, Flavour: schema.Flavour{Product: schema.LXD, Version: "6.9"}},
		link)
	got := string(emit.Export(kinds.Registry(), live, nil))
	const want = "# cluster_link/other is not here: clusterctl does not manage cluster links.\n"
	if !strings.Contains(got, want) || strings.Contains(got, "cluster_links:") {
		t.Errorf("got %q, want %q and no section", got, want)
	}
}

// A connection whose other side is gone cannot be declared: it has no target.
func TestExportLeavesOutWhatCannotBeDeclared(t *testing.T) {
	t.Parallel()
	network := schema.Object{Ref: schema.Ref{Kind: schema.KindNetwork, Project: "default", Name: "inside"},
		State: schema.StateCreated,
		Body:  schema.Body{Attrs: map[string]string{"type": "ovn"}, Config: map[string]string{"network": "uplink"}}}
	peer := schema.Object{Ref: schema.Ref{Kind: "network_peer", Project: "default", Name: "inside/back"},
		State: schema.StateCreated, Body: schema.Body{Attrs: map[string]string{"description": "half"}}}
	text := string(emit.Export(kinds.Registry(), schema.NewCluster(schema.Facts{Clustered: true}, network, peer), nil))
	if want := "network_peer/inside/back has no target_network any more and is not here."; !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant a note: %s", text, want)
	}
	if strings.Contains(text, "network_peers:") {
		t.Errorf("the export has the peer:\n%s", text)
	}
}
