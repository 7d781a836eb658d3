# A switch for every member of a lab, in the namespaces of its daemon.
set -e
here=$(dirname $0)
for n in 1 2 3; do
  eval address=\$NODE${n}_ADDR
  [ -n "$address" ] || break
  daemon=$(pgrep -f "(^|/)$DAEMON --group root --logfile $LAB/n$n/daemon.log")
  mkdir -p $LAB/n$n/ovs
  nsenter -m -t $daemon mount --bind $LAB/n$n/ovs /run/openvswitch
  nsenter -m -n -t $daemon sh $here/switch.sh $LAB/n$n $n $address > $LAB/n$n/ovs.log 2>&1 || { cat $LAB/n$n/ovs.log >&2; exit 1; }
done
