#!/bin/sh
# Builds Debian's zfs for the kernel of the package user-mode-linux and puts what the machine needs into a folder:
#
#   drivers/lab/vm/zfs.sh DIR     then: go run ./drivers/lab/vm -add DIR -- zpool list
#
# A folder that is there already is left as it is. Sources come from apt: the kernel's in the version that user-mode-linux was
# built from, zfs from contrib of the same mirror, with a state of its own, so that apt's settings stay untouched.
# Needs gcc, make, flex, bison, bc and libelf-dev.
set -eu
[ $# = 1 ] || { echo "usage: zfs.sh DIR" >&2; exit 64; }
mkdir -p "$1"
to=$(cd "$1" && pwd)
[ ! -e "$to/order" ] || exit 0
for tool in gcc make flex bison bc linux.uml; do
  command -v "$tool" > /dev/null || { echo "zfs.sh: needs $tool: apt-get install gcc make flex bison bc libelf-dev user-mode-linux" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"

# The kernel's tree, as far as modules need it. What the kernel exports is not listed in any package: it is read off the source.
version=$(dpkg-query -W -f '${Built-Using}' user-mode-linux | sed -n 's/.*linux (= \([^)]*\)).*/\1/p')
apt-get download -q "linux-source-6.1=$version"
dpkg -x linux-source-6.1_*.deb source
mkdir linux
tar xJf source/usr/src/linux-source-6.1.tar.xz -C linux --strip-components=1
gzip -dc /usr/share/doc/user-mode-linux/config.gz > linux/.config
export ARCH=um
make -s -C linux olddefconfig modules_prepare
(cd linux && grep -rhoE '^\s*EXPORT_SYMBOL(_GPL)?\(\w+\)' --include='*.c' --include='*.S' arch/um arch/x86 block crypto drivers/base \
  drivers/block drivers/char fs init io_uring ipc kernel lib mm net security virt) | tr -d ' \t' |
  sed -E 's/(EXPORT_SYMBOL(_GPL)?)\((.*)\)/0x00000000\t\3\tvmlinux\t\1\t/' | sort -u -k2,2 > linux/Module.symvers

mkdir -p apt/lists/partial apt/archives/partial debs root
apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
  awk '$3 == "main" { print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " $1 " " $2 " contrib" }' |
  sort -u > apt/sources.list
apt="apt-get -q -o Dir::State::Lists=$work/apt/lists -o Dir::Cache=$work/apt -o Dir::Etc::SourceList=$work/apt/sources.list -o Dir::Etc::SourceParts=-"
$apt update
(cd debs && $apt download zfs-dkms zfsutils-linux libzfs4linux libzpool5linux libnvpair3linux libuutil3linux)
dpkg -x debs/zfs-dkms_*.deb zfs
for package in debs/zfsutils* debs/lib*; do
  dpkg -x "$package" root
done

# This kernel renames setjmp and longjmp, in C only, and does not call itself X86, which zfs goes by.
(cd zfs/usr/src/zfs-* && ./configure -q --with-config=kernel --with-linux="$work/linux" --with-linux-obj="$work/linux" &&
  make -s -j"$(nproc)" -C module CONFIG_X86=y KBUILD_MODPOST_WARN=1 "AFLAGS_MODULE=-DMODULE -Dsetjmp=kernel_setjmp -Dlongjmp=kernel_longjmp")
find zfs/usr/src/zfs-*/module -name '*.ko' -exec strip -g {} + -exec mv -t "$to" {} +
rm -rf root/usr/share/doc root/usr/share/man
mv root "$to/root"
{ echo; dpkg-deb -f debs/zfsutils-linux_*.deb Package Architecture Maintainer Version Description; echo "Status: install ok installed"; } > "$to/status"
printf '%s.ko\n' spl zavl icp zlua znvpair zunicode zcommon zzstd zfs > "$to/order"
