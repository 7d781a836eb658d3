# Becomes the init of a machine whose root file system is $1 and whose cgroup is $2. It is run in the machine's network
# namespace, first in the namespaces of this machine otherwise, then again in those that it makes.
set -eu
if [ $$ != 1 ]; then
  echo $$ > "$2/cgroup.procs"
  exec unshare --mount --uts --ipc --pid --cgroup --fork --kill-child sh "$0" "$@"
fi
cd "$1"
mount -t proc proc proc
# Settings of the kernel that are everybody's are not for one machine to change; those of its network are.
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mount -t tmpfs -o mode=755 tmpfs run
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
mknod -m 666 dev/fuse c 10 229
mkdir -p dev/pts dev/shm dev/.lxc/proc
# The kernel lets a container of the machine mount a proc only while there is one in sight that nothing is mounted on.
mount -t proc proc dev/.lxc/proc
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
hostname "$(cat etc/hostname)"
pivot_root . mnt
umount -l mnt
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
