#!/bin/sh
# The first process of the machine. It sees the files of the computer that it runs on, read-only; what anybody writes goes
# to the machine's own disk instead. It runs one command and stops the machine.
# From the kernel's command line: vm_work is the folder that is shared with the computer, vm_add one with further files, in
# root, and modules, in the order of its file "order".
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
modules=/usr/lib/uml/modules/$(uname -r)

mount -t proc proc /proc
mount -t tmpfs run /run
mkdir /run/disk /run/root
mount /dev/ubda /run/disk
mkdir /run/disk/changes /run/disk/overlay /run/disk/labs
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mount -t overlay overlay -o "lowerdir=/,upperdir=/run/disk/changes,workdir=/run/disk/overlay" /run/root
cd /run/root
pivot_root . mnt
cd /

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run
mkdir /run/host /run/lock /run/labs
mount -t hostfs -o "$vm_work" host /run/host
mount --bind /mnt/run/disk/labs /run/labs
ip link set lo up

mkdir -p /lib/modules
ln -sfn "$modules" "/lib/modules/$(uname -r)"
modprobe -a loop dm-thin-pool dm-snapshot veth bridge ipv6 nf_tables tun
if [ -n "${vm_add-}" ]; then
  tar -C "$vm_add/root" -c . | tar -C / -x --keep-directory-symlink
  cat "$vm_add/status" >> /var/lib/dpkg/status # LXD asks there for the version
  ldconfig
  for module in $(cat "$vm_add/order"); do
    insmod "$vm_add/$module"
  done
fi
# This kernel has no tables of nft, but those of iptables.
for name in iptables ip6tables; do
  ln -sf "/usr/sbin/$name-legacy" "/etc/alternatives/$name"
done
# No udev runs here: lvm makes the device files itself.
cat > /etc/lvm/lvmlocal.conf <<'CONF'
activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
devices { obtain_device_list_from_udev = 0 external_device_info_source = "none" }
CONF

status=0
sh /run/host/command < /dev/null || status=$?
echo "$status" > /run/host/status
busybox poweroff -f
