package kinds

import (
	"slices"

	"clusterctl/schema"
)

type serverEntry struct {
	Config map[string]string `yaml:"config"`
}

// server describes the one object of server configuration: cluster-wide keys in Config (lxd 5.0.2,
// lxd/cluster/config/config.go) and the keys of each member in its part (lxd/node/config.go).
func server() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name:      schema.KindServer,
			Title:     "server configuration",
			Plural:    "config",
			Scope:     schema.ScopeCluster,
			Lifecycle: schema.Singleton,
			Home:      schema.HomeCluster,
			AtJoin:    schema.LossWarned,
			Path:      "/1.0",
			Keys:      slices.Concat(incusServerKeys(), serverKeys(), memberServerKeys()),
			Builtin:   []string{schema.ServerName},
			Tables:    schema.Tables{Config: "config"},
			Rank:      10,
			Help:      "The configuration of the servers. Keys that belong to one member stand in that member's config.",
			Example:   "cluster.offline_threshold: \"30\"\nimages.auto_update_interval: \"15\"\n",
		},
		New: func() any { return &serverEntry{} },
		Object: func(entry any) schema.Object {
			ref := schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}
			return object(ref, "", nil, entry.(*serverEntry).Config)
		},
	}
}

// since limits a key to LXD from a version on; "-" means that LXD never had it. Incus has it: its first version began
// with the keys of LXD 5.16.
func since(version string) schema.Versions {
	if version == "-" {
		return schema.Versions{schema.LXD: {}}
	}
	return schema.Versions{schema.LXD: {{From: version}}}
}

// onlyLXD limits a key to LXD: Incus dropped it.
func onlyLXD() schema.Versions { return schema.Versions{schema.Incus: {}} }

func serverKeys() []schema.KeyRule {
	return []schema.KeyRule{
		{Key: "cluster.offline_threshold", Default: "20", Check: offlineThreshold, Help: "Seconds without a heartbeat after which a member counts as offline; more than 10."},
		{Key: "cluster.images_minimal_replica", Default: "3", Check: imageReplicas, Help: "How many members keep a copy of each image; -1 for all."},
		{Key: "cluster.join_token_expiry", Default: "3H", Check: expiry, Help: "How long a join token is good."},
		{Key: "cluster.max_voters", Default: "3", Check: maxVoters, Help: "How many members vote in the database; odd, at least 3."},
		{Key: "cluster.max_standby", Default: "2", Check: maxStandby, Help: "How many members keep a spare copy of the database; 0 to 5."},
		{Key: "cluster.healing_threshold", Type: schema.Int, Default: "0", Servers: since("5.14"), Help: "Seconds after which an offline member is evacuated."},
		{Key: "backups.compression_algorithm", Default: "gzip", Help: "Compression of backups: gzip, zstd, none, ..."},
		{Key: "core.metrics_authentication", Type: schema.Bool, Default: "true", Help: "Whether the metrics need a certificate."},
		{Key: "core.bgp_asn", Default: "0", Check: between(0, 4294967294), Help: "The BGP autonomous system number."},
		{Key: "core.https_allowed_headers", Help: "Access-Control-Allow-Headers of the API."},
		{Key: "core.https_allowed_methods", Help: "Access-Control-Allow-Methods of the API."},
		{Key: "core.https_allowed_origin", Help: "Access-Control-Allow-Origin of the API."},
		{Key: "core.https_allowed_credentials", Type: schema.Bool, Default: "false", Help: "Access-Control-Allow-Credentials of the API."},
		{Key: "core.https_trusted_proxy", Help: "Addresses of proxies that may say who the client is."},
		{Key: "core.proxy_http", Help: "HTTP proxy for the daemon's own requests."},
		{Key: "core.proxy_https", Help: "HTTPS proxy for the daemon's own requests."},
		{Key: "core.proxy_ignore_hosts", Help: "Hosts that need no proxy."},
		{Key: "core.remote_token_expiry", Check: expiry, Help: "How long a token for a client is good."},
		{Key: "core.shutdown_timeout", Type: schema.Int, Default: "5", Help: "Minutes to wait for running operations at shutdown."},
		{Key: "core.trust_password", Secret: true, Servers: onlyLXD(), Help: "The password with which clients and joining servers become trusted."},
		{Key: "core.trust_ca_certificates", Type: schema.Bool, Default: "false", Help: "Whether a client with a certificate of the CA is trusted."},
		{Key: "candid.api.key", Servers: onlyLXD(), Secret: true, Help: "Public key of the Candid server."},
		{Key: "candid.api.url", Servers: onlyLXD(), Help: "Address of the Candid server."},
		{Key: "candid.domains", Servers: onlyLXD(), Help: "Allowed Candid domains."},
		{Key: "candid.expiry", Servers: onlyLXD(), Type: schema.Int, Default: "3600", Help: "Seconds a Candid login is good."},
		{Key: "images.auto_update_cached", Type: schema.Bool, Default: "true", Help: "Whether cached images are kept up to date."},
		{Key: "images.auto_update_interval", Type: schema.Int, Default: "6", Help: "Hours between looks for newer images; 0 turns them off."},
		{Key: "images.compression_algorithm", Default: "gzip", Help: "Compression of new images."},
		{Key: "images.default_architecture", Help: "Architecture to take when there is a choice."},
		{Key: "images.remote_cache_expiry", Type: schema.Int, Default: "10", Help: "Days after which an unused cached image goes."},
		{Key: "instances.placement.scriptlet", Servers: since("5.11"), Help: "Scriptlet that places instances."},
		{Key: "maas.api.key", Servers: onlyLXD(), Secret: true, Help: "API key of MAAS."},
		{Key: "maas.api.url", Servers: onlyLXD(), Help: "Address of MAAS."},
		{Key: "rbac.agent.url", Servers: onlyLXD(), Help: "Address of the RBAC agent."},
		{Key: "rbac.agent.username", Servers: onlyLXD(), Help: "Name of the RBAC agent."},
		{Key: "rbac.agent.private_key", Servers: onlyLXD(), Secret: true, Help: "Private key of the RBAC agent."},
		{Key: "rbac.agent.public_key", Servers: onlyLXD(), Help: "Public key of the RBAC agent."},
		{Key: "rbac.api.expiry", Servers: onlyLXD(), Type: schema.Int, Default: "3600", Help: "Seconds an RBAC answer is good."},
		{Key: "rbac.api.key", Servers: onlyLXD(), Secret: true, Help: "Public key of the RBAC server."},
		{Key: "rbac.api.url", Servers: onlyLXD(), Help: "Address of the RBAC server."},
		{Key: "rbac.expiry", Servers: onlyLXD(), Type: schema.Int, Default: "3600", Help: "Seconds an RBAC login is good."},
		{Key: "network.ovn.integration_bridge", Default: "br-int", Help: "The OVS bridge that OVN uses."},
		{Key: "network.ovn.northbound_connection", Default: "unix:/var/run/ovn/ovnnb_db.sock", Servers: onlyLXD(), Help: "Where the OVN northbound database is."},
		{Key: "network.ovn.ca_cert", Servers: since("5.16"), Help: "CA of the OVN database."},
		{Key: "network.ovn.client_cert", Servers: since("5.16"), Help: "Client certificate for the OVN database."},
		{Key: "network.ovn.client_key", Secret: true, Servers: since("5.16"), Help: "Client key for the OVN database."},
		{Key: "oidc.*", Servers: since("5.13"), Help: "Log-in with OpenID Connect."},
		{Key: "loki.*", Servers: since("5.6"), Help: "Logging to Loki."},
		{Key: "acme.*", Servers: since("5.8"), Help: "Certificates by ACME."},
		{Key: "user.clusterctl.lock", Volatile: true, Help: "The lock of clusterctl; see clusterctl lock."},
		{Key: "user.*", Help: "Free for notes."},
	}
}

func memberServerKeys() []schema.KeyRule {
	keys := []schema.KeyRule{
		{Key: "cluster.https_address", Type: schema.Address, Computed: true, Immutable: true, Help: "Where the other members reach this one; fixed once it is in the cluster."},
		{Key: "core.https_address", Type: schema.Address, Computed: true, Help: "Where clients reach this member."},
		{Key: "core.bgp_address", Type: schema.Address, Help: "Where the BGP server listens."},
		{Key: "core.bgp_routerid", Check: address(4), Help: "Router ID of the BGP server."},
		{Key: "core.debug_address", Type: schema.Address, Help: "Where the debug server listens."},
		{Key: "core.dns_address", Type: schema.Address, Help: "Where the DNS server listens."},
		{Key: "core.metrics_address", Type: schema.Address, Help: "Where the metrics server listens."},
		{Key: "core.storage_buckets_address", Type: schema.Address, Servers: since("5.5"), Help: "Where the object storage listens."},
		{Key: "core.syslog_socket", Type: schema.Bool, Servers: since("5.21"), Help: "Whether a syslog socket is opened."},
		{Key: "network.ovs.connection", Servers: since("-"), Default: "unix:/run/openvswitch/db.sock", Help: "Where the database of Open vSwitch is."},
		{Key: "maas.machine", Servers: onlyLXD(), Help: "Name of this server in MAAS."},
		{Key: "storage.backups_volume", Help: "Volume for backups, POOL/VOLUME."},
		{Key: "storage.images_volume", Help: "Volume for images, POOL/VOLUME."},
	}
	for i := range keys {
		keys[i].Where = schema.OnMember
	}
	return keys
}
