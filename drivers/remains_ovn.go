package drivers

// ovnRemains are the functions about a network of OVN that no member calls created; its project's name is in front of
// its own. The member that made it put rows into the northbound database, whose names have the network's number (lxd
// 5.0.2, lxd/network/driver_ovn.go setup; measured): a network of another cluster in that database may have the same.
// They are ours if the router's ports have the address that no other cluster's have; rows without such a port and without a
// chassis are of no use to anybody. The group goes last: the router's port refers to it until the router is gone. A
// daemon that still makes the network counts nb_cfg up with every row. The parameters are the name, the number, that
// address, and where the database is.
const ovnRemains = `
nb() { case $north in *ssl:*) set -- -c /etc/ovn/cert_host -p /etc/ovn/key_host -C /etc/ovn/ovn-central.crt "$@" ;; esac
  $space ovn-nbctl --timeout=10 --db "$north" --bare --no-headings "$@"; }
rows() { for r in "ha_chassis_group $n" "logical_router $n-lr" "logical_switch $n-ls-ext" "logical_switch $n-ls-int" \
    "address_set ${u}_routes_ip4" "address_set ${u}_routes_ip6" "port_group $u"; do
    if test -n "$(nb --columns=name find ${r% *} "name=${r#* }")"; then echo "$r"; fi; done; }
ours() { p=$(for p in ext int; do nb --columns=mac find logical_router_port "name=$n-lr-lrp-$p"; done)
  if test -n "$p"; then test -z "$(echo "$p" | grep -vx "$1")"
  else test -z "$(nb --columns=ha_chassis find ha_chassis_group "name=$n")"; fi; }
logical() { north=$4; n=lxd-net$2; u=lxd_net$2
  if ours "$3"; then rows | sed 's/.* //' | paste -s -d ' ' | sed -n 's/./in OVN: &/p'; fi; }
clear_logical() { if test -z "$(logical "$@")"; then return; fi; north=$4; n=lxd-net$2; u=lxd_net$2
  nb $({ rows; nb --columns=_uuid find dhcp_options "external_ids:lxd_switch=$n-ls-int" |
    sed -n 's/./dhcp_options &/p'; } | sed '/^ha_/d;s/^/-- --if-exists destroy /')
  nb --if-exists destroy ha_chassis_group "$n"; }
settling() { north=$4; a=$(nb get nb_global . nb_cfg); sleep 15
  test "$a" = "$(nb get nb_global . nb_cfg)" || echo yes; }
`
