# Makes the file system of the machines of a lab in the new folder $1, with systemd, an SSH server and the daemon $2 as
# Debian ships them: Debian 12 with LXD, or Debian 13 with Incus. In /srv/newer is a newer build with what it needs, LXD of
# the next Debian or Incus of the backports, which is all that apt in there knows of. It asks the Debian mirror that this
# machine's apt is configured for; nothing of this machine is changed.
set -eu
base=$1
case $2 in
lxd) this=bookworm next=trixie packages="lxd lxd-client" ;;
incus) this=trixie next=trixie-backports packages="incus-base incus-client" ;;
*) echo "no Debian is known for $2" >&2; exit 64 ;;
esac
here=bookworm # the Debian of this machine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Other vendors' archives have suites and components of other names.
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  awk -v here=$here '$3 == "main" && ($2 == here || $2 == here "-updates" || $2 == here "-security") { print "deb", $0 }' |
  sort -u > "$work/here.list"
if ! [ -s "$work/here.list" ]; then
  echo "apt's sources of this machine have no $here main" >&2
  exit 1
fi
sed "s/$here/$this/" "$work/here.list" > "$work/this.list"

mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt=force-unsafe-io \
  --include=systemd-sysv,dbus,openssh-server,iproute2,nftables,dnsmasq-base,$(echo "$packages" | tr ' ' ,) \
  $this "$base" - < "$work/this.list"

# A machine gets a host key of its own, has no name server, and nobody but a test runs apt in it.
rm -f "$base"/etc/ssh/ssh_host_* "$base"/etc/apt/sources.list.d/* "$base/etc/resolv.conf"
: > "$base/etc/resolv.conf"
for timer in apt-daily apt-daily-upgrade; do
  ln -s /dev/null "$base/etc/systemd/system/$timer.timer"
done

# What the upgrade will ask for is found out with an apt that has the machine's packages and those sources.
mkdir -p "$work/lists/partial" "$work/parts" "$base/srv/newer/partial"
sed "s/$here/${next%-backports}/" "$work/here.list" > "$work/newer.list"
if [ "$next" != "${next%-backports}" ]; then
  grep " ${next%-backports} " "$work/newer.list" | sed "s/ ${next%-backports} / $next /" >> "$work/newer.list"
fi
newer() {
  apt-get -qq -o APT::Sandbox::User=root -o Acquire::Languages=none -o Dir::Etc::SourceList="$work/newer.list" \
    -o Dir::Etc::SourceParts="$work/parts" -o Dir::Etc::Preferences="$work/none" -o Dir::Etc::PreferencesParts="$work/parts" \
    -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$base/var/lib/dpkg/status" \
    -o Dir::State::Extended_States="$base/var/lib/apt/extended_states" \
    -o Dir::Cache="$work" -o Dir::Cache::Archives="$base/srv/newer" "$@"
}
newer update
newer install --yes --no-install-recommends --only-upgrade --download-only -t "$next" $packages
# What can be had, and is not installed: the archive has that, too, and an upgrade leaves it out.
case $2 in incus) (cd "$base/srv/newer" && newer download incus/"$next") ;; esac
rm -rf "$base/srv/newer/partial" "$base/srv/newer/lock"
(cd "$base/srv/newer" && apt-ftparchive packages . > Packages)
echo 'deb [trusted=yes] file:/srv/newer ./' > "$base/etc/apt/sources.list"
