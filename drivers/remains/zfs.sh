zpools() { s=$(readlink -f "$1"); case $s in *[0-9]) w=${s}p1 ;; *) w=${s}1 ;; esac
  zpool status -LP 2>/dev/null | awk -v s="$s" -v w="$w" '$1 == "pool:" { p = $2 } $1 == s || $1 == w { print p }'; }
blank() {
  z=$(zfs list -H -o name -r -t all "$1" 2>/dev/null) || return 1
  n='(containers|custom|virtual-machines|images|buckets|deleted)'
  if echo "$z" | grep -qvxE "$1(/deleted)?(/$n)?"; then return 1; fi
  if zfs list -H -o mountpoint -r "$1" | grep -qvxE 'none|legacy'; then return 1; fi
  z=$(echo "$z" | sed "$2"); if test -z "$z"; then return 1; fi
  t=$(mktemp -d); test -z "$(unshare -m sh -c 'for z in $2; do mount -i -t zfs -o ro "$z" "$1" &&
    find "$1" -mindepth 1 && umount "$1" || echo unseen; done' sh "$t" "$z" 2>/dev/null)"; r=$?; rmdir "$t"; return $r; }
vacant() { test "$(zpool status -LP "$1" | grep -c '^[[:space:]]*/')" = 1 && blank "$1"; }
used_zpool() { u=$(zpools "$1"; test -z "$2" || zpools "$2"); for p in $u; do if ! vacant "$p"; then return 0; fi; done
  if test -n "$u"; then return 1; fi
  u=$(zpool import -d "$1" 2>/dev/null | sed -n 's/^ *id: //p')
  if test -z "$u"; then test "$y" = zfs_member; return; fi
  p=clusterctl-$$; zpool import -N -f -o readonly=on -t -d "$1" "$u" "$p" 2>/dev/null || return 0
  (trap 'zpool export "$p"' EXIT; trap 'exit 0' HUP INT TERM; ! vacant "$p"); }
zfs_source() { case $2 in
  zfs:*) if blank "${2#zfs:}" 1d; then found "the empty data sets of a pool in ${2#zfs:}" sh -c '
    for z in $(zfs list -H -o name -r "$1" | sed 1d | tac); do zfs destroy "$z"; done' sh "${2#zfs:}"; fi ;;
  *) s=${2:-$d/disks/$1.img}; for p in $(zpools "$s"); do
    if { test -z "$2" || test "$p" = "${3:-$1}"; } && vacant "$p"; then
      found "the zpool $p on $s, without volumes" zpool destroy "$p"; fi; done ;; esac; }
