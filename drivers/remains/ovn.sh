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
