package kinds

import (
	"strconv"

	"clusterctl/schema"
)

// incusServerKeys are the cluster-wide keys that LXD 5.0.2 has not, or has with another default, as Incus has them (incus
// 6.0.4, internal/server/cluster/config/config.go). They come before the broader patterns for later versions of LXD.
func incusServerKeys() []schema.KeyRule {
	rebalance := schema.Versions{schema.LXD: {}, schema.Incus: {{From: "6.0.3"}}}
	return []schema.KeyRule{
		{Key: "cluster.rebalance.batch", Type: schema.Int, Default: "1", Servers: rebalance, Help: "How many instances one balancing run may move."},
		{Key: "cluster.rebalance.cooldown", Default: "6H", Check: expiry, Servers: rebalance, Help: "How long an instance stays where it was moved to."},
		{Key: "cluster.rebalance.interval", Type: schema.Int, Default: "0", Servers: rebalance, Help: "Minutes between balancing runs; 0 turns them off."},
		{Key: "cluster.rebalance.threshold", Default: "20", Check: rebalanceThreshold, Servers: rebalance, Help: "Difference in load that sets off a move, 10 to 100."},
		{Key: "authorization.scriptlet", Servers: since("-"), Help: "Scriptlet that decides who may do what."},
		{Key: "instances.lxcfs.per_instance", Type: schema.Bool, Servers: since("-"), Help: "A LXCFS for each instance."},
		{Key: "instances.nic.host_name", Servers: since("5.18"), Check: oneOf("random", "mac"), Help: "How the host sides of devices are called."},
		{Key: "network.ovn.northbound_connection", Servers: since("-"), Default: "unix:/run/ovn/ovnnb_db.sock", Help: "Where the OVN northbound database is."},
		{Key: "openfga.api.token", Secret: true, Servers: since("-"), Help: "Token for OpenFGA."},
		{Key: "openfga.*", Servers: since("-"), Help: "Authorisation by OpenFGA."},
		{Key: "oidc.scopes", Servers: since("-"), Default: "openid, offline_access", Help: "What is asked of OpenID Connect."},
		{Key: "loki.auth.password", Secret: true, Servers: since("5.6"), Help: "Password for Loki."},
		{Key: "loki.loglevel", Servers: since("5.6"), Default: "info", Help: "Least level that goes to Loki."},
		{Key: "loki.types", Servers: since("5.6"), Default: "lifecycle,logging", Help: "What goes to Loki."},
		{Key: "acme.agree_tos", Type: schema.Bool, Servers: since("5.8"), Default: "false", Help: "Agree to the terms of the ACME service."},
		{Key: "acme.ca_url", Servers: since("5.8"), Default: "https://acme-v02.api.letsencrypt.org/directory", Help: "Address of the ACME service."},
		{Key: "acme.challenge", Servers: since("-"), Default: "HTTP-01", Check: oneOf("DNS-01", "HTTP-01"), Help: "How the ACME service checks the domain."},
		{Key: "acme.http.port", Servers: since("-"), Default: ":80", Help: "Where the HTTP-01 challenge is answered."},
		{Key: "acme.provider.environment", Secret: true, Servers: since("-"), Help: "Environment of the DNS-01 provider, with its keys."},
	}
}

// rebalanceThreshold is rebalanceThresholdValidator of the same file.
func rebalanceThreshold(value string) string {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return "Value is not a number"
	case n < 10 || n > 100:
		return "Value must be between 10 and 100"
	}
	return ""
}
