package drivers

// ovnRemains are the functions about a network of OVN that no member calls created; its project's name is in front of
// its own. The member that made it put rows into the northbound database, whose names have the network's number (lxd
// 5.0.2, lxd/network/driver_ovn.go setup, incus 6.0.4, internal/server/network/driver_ovn.go; measured): a network of
// another cluster in that database may have the same. They are ours if the router's ports have the address that no other
// cluster's have; rows without such a port and without a chassis are of no use to anybody. The group goes last: the
// router's port refers to it until the router is gone. A daemon of LXD that still makes the network counts nb_cfg up with
// every row, one of Incus does not. The parameters are the name, the number, that address, where the database is, and the
// product, which begins the names.
const ovnRemains = `
nb() { case $north in *ssl:*) set -- -c /etc/ovn/cert_host -p /etc/ovn/key_host -C /etc/ovn/ovn-central.crt "$@" ;; esac
  $space ovn-nbctl --timeout=10 --db "$north" --bare --no-headings "$@"; }
rows() { for r in "ha_chassis_group $n" "logical_router $n-lr" "logical_switch $n-ls-ext" "logical_switch $n-ls-int" \
    "address_set ${u}_routes_ip4" "address_set ${u}_routes_ip6" "port_group $u"; do
    if test -n "$(nb --columns=name find ${r% *} "name=${r#* }")"; then echo "$r"; fi; done; }
ours() { p=$(for p in ext int; do nb --columns=mac find logical_router_port "name=$n-lr-lrp-$p"; done)
  if test -n "$p"; then test -z "$(echo "$p" | grep -vx "$1")"
  else test -z "$(nb --columns=ha_chassis find ha_chassis_group "name=$n")"; fi; }
named() { north=$4; n=$5-net$2; u=$5_net$2; }
logical() { named "$@"; if ours "$3"; then rows | sed 's/.* //' | paste -s -d ' ' | sed -n 's/./in OVN: &/p'; fi; }
clear_logical() { if test -z "$(logical "$@")"; then return; fi; named "$@"
  nb $({ rows; nb --columns=_uuid find dhcp_options "external_ids:$5_switch=$n-ls-int" |
    sed -n 's/./dhcp_options &/p'; } | sed '/^ha_/d;s/^/-- --if-exists destroy /')
  nb --if-exists destroy ha_chassis_group "$n"; }
so_far() { { nb get nb_global . nb_cfg; nb show; nb list ha_chassis; } | sort; }
settling() { north=$4; a=$(so_far); sleep 15; test "$a" = "$(so_far)" || echo yes; }
`
