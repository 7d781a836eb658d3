# Makes the file system of the machines of a lab in the new folder $1: Debian 12 with systemd, an SSH server and LXD as
# Debian ships them, and in /srv/newer the next Debian's build of LXD with what it needs, which is all that apt in there
# knows of. It asks the Debian mirror that this machine's apt is configured for; nothing of this machine is changed.
set -eu
base=$1
this=bookworm next=trixie
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Other vendors' archives have suites and components of other names.
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  awk -v this=$this '$3 == "main" && ($2 == this || $2 == this "-updates" || $2 == this "-security") { print "deb", $0 }' |
  sort -u > "$work/this.list"
if ! [ -s "$work/this.list" ]; then
  echo "apt's sources of this machine have no $this main" >&2
  exit 1
fi

mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt=force-unsafe-io \
  --include=systemd-sysv,dbus,openssh-server,iproute2,nftables,dnsmasq-base,lxd,lxd-client \
  $this "$base" - < "$work/this.list"

# A machine gets a host key of its own, has no name server, and nobody but a test runs apt in it.
rm -f "$base"/etc/ssh/ssh_host_* "$base"/etc/apt/sources.list.d/* "$base/etc/resolv.conf"
: > "$base/etc/resolv.conf"
for timer in apt-daily apt-daily-upgrade; do
  ln -s /dev/null "$base/etc/systemd/system/$timer.timer"
done

# What the upgrade will ask for is found out with an apt that has the machine's packages and the next Debian's sources.
mkdir -p "$work/lists/partial" "$work/parts" "$base/srv/newer/partial"
sed "s/$this/$next/" "$work/this.list" > "$work/next.list"
newer() {
  apt-get -qq -o APT::Sandbox::User=root -o Acquire::Languages=none -o Dir::Etc::SourceList="$work/next.list" \
    -o Dir::Etc::SourceParts="$work/parts" -o Dir::Etc::Preferences="$work/none" -o Dir::Etc::PreferencesParts="$work/parts" \
    -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$base/var/lib/dpkg/status" \
    -o Dir::State::Extended_States="$base/var/lib/apt/extended_states" \
    -o Dir::Cache="$work" -o Dir::Cache::Archives="$base/srv/newer" "$@"
}
newer update
newer install --yes --no-install-recommends --only-upgrade --download-only lxd lxd-client
rm -rf "$base/srv/newer/partial" "$base/srv/newer/lock"
(cd "$base/srv/newer" && apt-ftparchive packages . > Packages)
echo 'deb [trusted=yes] file:/srv/newer ./' > "$base/etc/apt/sources.list"
