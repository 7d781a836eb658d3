# switch.sh FOLDER NUMBER ADDRESS: a switch for a member. The databases of OVN are on node1.
set -e
cd $1
run="--detach --no-chdir --log-file=/dev/null"
if [ $2 = 1 ]; then
  for db in nb sb; do
    port=6641
    [ $db = nb ] || port=6642
    ovsdb-tool create $db.db /usr/share/ovn/ovn-$db.ovsschema
    ovsdb-server $run --pidfile=$1/$db.pid --unixctl=$1/$db.ctl --remote=ptcp:$port:$NODE1_ADDR $1/$db.db
  done
  ovn-nbctl --db tcp:$NODE1_ADDR:6641 init
  ovn-sbctl --db tcp:$NODE1_ADDR:6642 init
  ovn-northd $run --pidfile=$1/northd.pid --unixctl=$1/northd.ctl --ovnnb-db=tcp:$NODE1_ADDR:6641 --ovnsb-db=tcp:$NODE1_ADDR:6642
fi
ovsdb-tool create conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server $run --pidfile --remote=punix:/run/openvswitch/db.sock $1/conf.db
ovs-vsctl --no-wait init
ovs-vsctl --no-wait set Open_vSwitch . external_ids:system-id=node$2 external_ids:ovn-remote=tcp:$NODE1_ADDR:6642 \
  external_ids:ovn-encap-type=geneve external_ids:ovn-encap-ip=$3
ovs-vswitchd $run --pidfile --enable-dummy=override
OVN_RUNDIR=$1 ovn-controller $run --pidfile=$1/controller.pid unix:/run/openvswitch/db.sock
