torn() { if test -e "$d/cluster.crt" && test -e "$d/cluster.key"; then for f in cluster.crt cluster.key; do
  if ! grep -q '^-----BEGIN .*-----$' "$d/$f" || ! grep -q '^-----END .*-----$' "$d/$f"; then
  echo "$f ($(stat -c %s "$d/$f") bytes)"; fi; done; fi; }
own() { for f in $(grep -lsx -e lxd -e incusd /proc/[0-9]*/comm); do p=${f%/comm}; u=/var/lib/incus; if grep -qx lxd "$f"; then u=/var/lib/lxd; fi
  e=$(tr '\0' '\n' <$p/environ 2>/dev/null | sed -n 's/^\(LXD\|INCUS\)_DIR=//p' | head -1)
  if test "${e:-$u}" = "$d"; then echo ${p#/proc/}; fi; done; }
masq() { for f in $(grep -alsF "$d/networks/$1" /proc/[0-9]*/cmdline); do p=${f%/cmdline}; if grep -qsx dnsmasq $p/comm; then echo ${p#/proc/}; fi; done; }
space=; for p in $(own) $(masq); do
  if test "$(readlink /proc/$p/ns/net)" != "$(readlink /proc/self/ns/net)"; then exec 3</proc/$p/ns/net; space="nsenter --net=/dev/fd/3"; break; fi; done
mac() { $space ip -o link show dev "$1" 2>/dev/null | sed -n 's/.*link.ether \(00:16:3e[0-9a-f:]*\|10:66:6a[0-9a-f:]*\) .*/\1/p'; }
bare() { if test -d "$d/networks/$1" && test -z "$($space ip -o addr show dev "$1" scope global; $space ip -o link show master "$1" | grep -v ": $1-mtu")"; then
  $space ip -o link show dev "$1" type bridge 2>/dev/null | sed -n 's/.*link.ether \([0-9a-f:]*\) .*/\1/p'; fi; }
made() { m=$(mac "$1"); echo ${m:-$(bare "$1")}; }
network() { case $1 in */*) logical "$@"; return ;; esac; m=$(made "$1"); if test -n "$m" && test -z "$($space ip -o link show master "$1" type veth)"; then echo "the interface $1 ($m)"; fi
  for p in $(masq "$1/"); do echo "its dnsmasq (process $p)"; done; }
clear_network() { case $1 in */*) clear_logical "$@"; return ;; esac; for p in $(masq "$1/"); do kill -9 "$p"; done; if test -n "$(made "$1")"; then $space ip link del "$1"; fi
  $space ip link del "$1-mtu" 2>/dev/null; rm -rf "$d/networks/$1"; }
data() { find "$d"/storage-pools/$1/containers "$d"/storage-pools/$1/virtual-machines "$d"/storage-pools/$1/custom "$d"/storage-pools/$1/buckets -mindepth 1 -maxdepth 1 2>/dev/null
  for i in "$d"/disks/$1.img; do if test -e "$i"; then
    if test "$(du -k "$i" | cut -f1)" -gt 16384 || used "$i"; then echo "$i"; fi; fi; done; }
storage_pool() { if test -n "$(data "$1")"; then return; fi
  if test -e "$d/disks/$1.img"; then echo "the file disks/$1.img ($(du -k "$d/disks/$1.img" | cut -f1) KiB)"; fi
  if test -e "$d/storage-pools/$1"; then echo "the folder storage-pools/$1"; fi; clearing=; source_of "$@"; }
clear_storage_pool() { if test -n "$(data "$1")"; then return; fi
  if grep -q " $d/storage-pools/$1 " /proc/mounts; then umount "$d/storage-pools/$1"; fi
  clearing=1; source_of "$@"
  for l in $(losetup -n -O NAME -j "$d/disks/$1.img" 2>/dev/null); do
    g=$(pvs --noheadings -o vg_name "$l" 2>/dev/null | tr -d ' '); if test -n "$g"; then vgremove -q -y "$g" >/dev/null; fi; losetup -d "$l"; done
  rm -f "$d/disks/$1.img"; rm -rf "$d/storage-pools/$1"/images; rmdir "$d/storage-pools/$1"/* "$d/storage-pools/$1" 2>/dev/null || true; }
# What the daemon has made of the source of a pool, a device or a folder, while nothing is stored there: others prints what
# of a list it does not make by itself. A group is told by its name and by what it is on.
entries() { find "$1" -mindepth 1 -maxdepth 2 -printf '%y %P\n' || echo unseen; }
others() { grep -vxE 'd ((containers|custom|virtual-machines)(-snapshots)?|images|buckets)'; }
# used FILE: the file of a pool has what the daemon does not make in its first moments, or it cannot be looked into.
used() { l=$(losetup -n -O NAME -j "$1" 2>/dev/null | head -1); n=${1##*/}
  y=$(blkid -p -s TYPE -s PTTYPE -o value "$1" 2>/dev/null); case $?$y in
  0btrfs) if unused "${n%.img}" "${l:-$1}"; then return 1; fi ;;
  0LVM2_member) o=$l; if test -z "$o"; then o=$(losetup -r -f --show "$1") || return 0; fi
    grouped "$o"; r=$?; if test -z "$l"; then losetup -d "$o"; fi; test $r != 0 ;;
  0zfs_member|2) used_zpool "$1" "$l" ;; esac; }
grouped() { g=$(pvs --noheadings -o vg_name "$1" 2>/dev/null) || return 1; for g in $g; do
  v=$(lvs --noheadings -o lv_name "$g" 2>/dev/null) || return 1
  if test -n "$(printf '%s\n' $v | grep -vxE '(LXD|Incus)ThinPool')"; then return 1; fi; done; }
unused() { at=$(sed -n "s|^$(readlink -f "$2") \([^ ]*\) .*|\1|p" /proc/mounts | head -1)
  if test -n "$at"; then test "$at" = "$d/storage-pools/$1" && test -z "$(entries "$at" | others)"; return; fi
  t=$(mktemp -d); test -z "$(unshare -m sh -c 'mount -t btrfs -o ro,rescue=nologreplay "$2" "$1" && find "$1" -mindepth 1 \
    -maxdepth 2 -printf "%y %P\n" || echo unseen' sh "$t" "$2" | others)"; r=$?; rmdir "$t"; return $r; }
found() { if test -n "$clearing"; then shift; "$@" >/dev/null; else echo "$1"; fi; }
has() { printf '%s\n' "$f" | grep -qx "$1"; }
source_of() { g=${3:-$1}; f=; if test -b "$2"; then f=$(blkid -p -o export "$2"); fi
  if has TYPE=btrfs && has "LABEL=$1" && unused "$1" "$2"; then found "the empty file system $1 on $2" wipefs -q -a "$2"; fi
  if has TYPE=LVM2_member && test "$(pvs --noheadings -o vg_name "$2" | tr -d ' ')" = "$g" && l=$(lvs --noheadings -o lv_name "$g") &&
    test -z "$(echo $l | grep -vxE '(LXD|Incus)ThinPool')"; then found "the volume group $g on $2, without volumes" \
    sh -c 'lvremove -q -y "$1/LXDThinPool" "$1/IncusThinPool" 2>/dev/null; vgremove -q "$1" </dev/null' sh "$g"; fi
  zfs_source "$@"
  if test -d "$2" && test -n "$(ls -A "$2")" && test -z "$(entries "$2" | others)"; then found "empty folders of a pool in $2" rmdir "$2"/*; fi; }
fresh() { case $1 in */*) if test -n "$(logical "$@")"; then settling "$@"; fi; return ;; esac; for f in "$d/networks/$1" "$d/disks/$1.img" "$d/storage-pools/$1"; do
  t=$(stat -c %Z "$f" 2>/dev/null) && test -n "$(own)" && test $(($(date +%s)-t)) -lt 15 && echo yes; done; }
