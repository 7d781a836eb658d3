// Package lab starts real LXD or Incus daemons for end-to-end tests: each member has a network namespace, a state
// folder, a daemon and an SSH server of its own. It needs root, Linux and the daemons' packages (.ci/run installs
// them).
//
// A lab occupies a numbered slot. The number is in the name of everything that the lab makes, so labs of several test
// processes run side by side:
//
//	/tmp/clusterctl-lab3              locked as long as the owning process lives; owner has its id
//	/tmp/clusterctl-lab3/n1/dir       state folder of member 1: unix.socket, server.crt, ...
//	/tmp/clusterctl-lab3/id_ed25519   key that every member's SSH server lets in as root
//	/tmp/clusterctl-lab3/known_hosts  host keys of all members
//	lab3br, lab3v1, lab3m1            bridge, host side of member 1's link, member 1's namespace
//	10.77.3.1, 10.77.3.11             the bridge's address, member 1's address
//
// With Config.Base each member is a machine instead: Debian with systemd as its init, apt, an SSH server, and LXD with
// the units of its package, so that the daemon is where it always is and is started by its socket. All see the file
// system that Base has made below a disk of their own, which is lost with the lab:
//
//	/tmp/clusterctl-base-1f2e3d4c     Debian 12; in /srv/newer the next Debian's LXD, which apt in there installs
//	/tmp/clusterctl-lab3/n1/root      the root file system of member 1, without what it mounts in it
//	/tmp/clusterctl-lab3/cgroup/lab3m1  the cgroup of member 1's init
//
// Decisions:
//   - No default route in a namespace: a daemon that has one asks image servers on the internet when it starts.
//   - The owner's lock is a flock, which the kernel drops when a process dies, however it dies. Start sweeps slots whose
//     lock is free before it takes one, so a killed test leaves nothing for longer than until the next lab.
//   - Everything in a namespace is killed together with its descendants: a container's init lives in a namespace of its
//     own and is found only as a child of its monitor.
//   - The host side of a link is deleted by name. A namespace goes away some time after its deletion, and a link of the
//     same name that is made meanwhile would be the dying one.
//   - `ip netns exec` gives each daemon a private mount namespace: what a daemon mounts ends with its last process. The
//     SSH server's has the state folder in its usual place too, so that commands of the documentation work unchanged.
//   - A machine is made with unshare(1) and a shell script, not with systemd-nspawn, which wants to talk to the init of
//     this machine. It has no cgroup controllers, no devices but the usual ones, and may not change the kernel's settings.
//   - A machine's disk is memory: dpkg synchronises after every file. An upgrade writes 130 MiB to it.
package lab
