package drivers

import (
	_ "embed"
	"slices"
	"strings"

	"clusterctl/schema"
)

// The tasks about what a crash leaves on a member's machine. They go by the daemon's own names: interfaces with its MAC
// addresses, the folder that dnsmasq was given, disks/POOL.img and storage-pools/POOL (lxd 5.0.2 and incus 6.0.4,
// measured with daemons killed while they create).
const (
	// TaskRemains prints what is there of the members' parts Names (schema.Object.PartName), of a database of the
	// cluster, and of data; ParseRemains reads it.
	TaskRemains Task = "remains"
	// TaskClear removes that of Names. It fails when something of it stays.
	TaskClear Task = "clear"
	// TaskWipe ends the daemon, with the command Text, and makes the server one that was never used, but for its
	// certificate: its databases, empty pools and the bridges Names go. It fails, and changes nothing, when there are
	// instances or volumes.
	TaskWipe Task = "wipe"
	// TaskUnbootstrap stops the daemon, with the command Text, and makes the first member of a cluster whose bootstrap
	// broke off a server of its own again, with all that it has. It fails, and changes nothing, when the server's own
	// database has other members, and when Names has TornFiles and there are none.
	TaskUnbootstrap Task = "unbootstrap"
)

// TornFiles is the one of Command.Names that has TaskUnbootstrap look for a certificate of the cluster, or its key,
// that is not whole: of a daemon that does not run nothing else tells that its bootstrap has not ended meanwhile.
const TornFiles = "torn"

// remainsLibrary are the functions of the scripts below; d is the daemon's folder. A loop file of at most 16 MiB may
// have no data in it: a fresh file system takes about 5. A bridge gets the daemon's MAC address a moment after it is
// made: until then it is bare, and the network's folder, which is made before, tells whose it is (lxd 5.0.2,
// lxd/network/driver_bridge.go setup). What an interface is looked for in is the daemon's network namespace. What a
// running daemon has changed within a quarter of a minute it may still be making. It makes the cluster's certificate
// and its key anew where one of the files is missing; one that is there and not whole it takes for what it is to read
// (lxd 5.0.2, shared/cert.go FindOrGenCert and KeyPairAndCA).
//
//go:embed remains/library.sh
var remainsLibrary string

// zfsRemains are the functions of remainsLibrary for what the daemon has made with zfs: a zpool in a file of its own,
// which tells whose it is, one on a device, which has the name that was given as well, or the data sets in a zpool or
// data set that was there before. Each data set that it makes has the mount point none or legacy; one that somebody
// made for himself has another. A file of a few bytes changes no number that zfs tells of a data set (zfs 2.1.11,
// measured), so each is mounted.
//
//   - zpools DISK prints those on a file or device, of which zfs may have made one partition;
//   - blank DATASET SED says that below it are no others than the daemon makes at first, and no files in those of it
//     and them that sed leaves;
//   - vacant POOL says that of the whole of a zpool on one disk;
//   - used_zpool FILE LOOP says that a file, or its loop device, has a zpool of which that does not hold, or one that
//     cannot be looked into. One that is not imported is so for a moment, read-only and under another name.
//
//go:embed remains/zfs.sh
var zfsRemains string

// ovnRemains are the functions about a network of OVN that no member calls created; its project's name is in front of
// its own. The member that made it put rows into the northbound database, whose names have the network's number (lxd
// 5.0.2, lxd/network/driver_ovn.go setup, incus 6.0.4, internal/server/network/driver_ovn.go; measured): a network of
// another cluster in that database may have the same. They are ours if the router's ports have the address that no
// other cluster's have; rows without such a port and without a chassis are of no use to anybody. The group goes last:
// the router's port refers to it until the router is gone. A daemon of LXD that still makes the network counts nb_cfg
// up with every row, one of Incus does not. The parameters are the name, the number, that address, where the database
// is, and the product, which begins the names.
//
//go:embed remains/ovn.sh
var ovnRemains string

// library are the functions of all scripts.
func (c Command) library() string {
	return "d=" + QuoteShell(c.Folder) + "\n" + remainsLibrary + zfsRemains + ovnRemains
}

// eachPart begins a loop over the names, with a kind each in k, and what follows it in the parameters.
func (c Command) eachPart() string {
	return "for part in " + strings.Join(schema.Map(c.Names, QuoteShell), " ") +
		"; do k=${part%%:*}; IFS='" + schema.PartSeparator + "'; set -f; set -- ${part#*:}; set +f; unset IFS; "
}

func remainsScript(c Command, binary string) string {
	return c.library() +
		c.eachPart() + `{ "$k" "$@" | while read -r line; do printf 'part\t%s\t%s\n' "$k:$1" "$line"; done
if test -n "$(fresh "$@")"; then printf 'fresh\t%s\n' "$k:$1"; fi; } & done; wait # a part may take a quarter of a minute
data '*' | while read -r line; do printf 'data\t%s\n' "$line"; done
torn | while read -r line; do printf 'torn\t%s\n' "$line"; done
if test -z "$(own)" || test -n "$(torn)"; then
  ` + binary + ` cluster list-database 2>/dev/null | sed -n 's/^| *\([^ ]*:[0-9]*\) *|.*/joined\t\1/p'; fi
`
}

func clearScript(c Command) string {
	return c.library() +
		c.eachPart() + `clear_"$k" "$@"; left=$("$k" "$@"); if test -n "$left"; then echo "still there: $left" >&2; exit 1; fi; done`
}

func wipeScript(c Command) string {
	return c.library() +
		`if test -n "$(data '*')"; then echo "there is data:" $(data '*') >&2; exit 1; fi
for p in $(own); do kill -9 "$p"; done
` + c.Text + `
for p in $(own); do kill -9 "$p"; done
` + c.eachPart() + `clear_network "$1"; done
for f in "$d"/networks/*; do if test -e "$f"; then clear_network "${f##*/}"; fi; done
for f in "$d"/storage-pools/* "$d"/disks/*.img; do n=${f##*/}; clear_storage_pool "${n%.img}"; done
rm -rf "$d/database" "$d"/cluster.crt "$d"/cluster.key "$d"/cluster.ca`
}

// unbootstrapScript has the daemon change its databases itself when it starts the next time: it runs such files then,
// and deletes them (lxd 5.0.2 and incus 6.0.4, measured). It makes itself a new certificate of the cluster in a
// bootstrap only where there is none.
func unbootstrapScript(c Command, binary string) string {
	still := ""
	if slices.Contains(c.Names, TornFiles) { // a daemon that runs writes them within milliseconds
		still = `if test -n "$(torn)"; then sleep 1; fi
if test -z "$(torn)"; then echo "the certificate of the cluster and its key are whole" >&2; exit 1; fi
`
	}
	return c.library() + still + `
if test "$(` + binary + ` cluster list-database | grep -c '^| *[^ ]*:[0-9]* *|')" -gt 1; then echo "there are other members" >&2; exit 1; fi
` + c.Text + `
for p in $(own); do kill -9 "$p"; done
umask 077; cd "$d/database" || exit 1
echo "DELETE FROM raft_nodes;" >patch.local.sql
echo "UPDATE nodes SET name='none', address='0.0.0.0' WHERE id=1;" >patch.global.sql
rm -f "$d"/cluster.crt "$d"/cluster.key "$d"/cluster.ca`
}

// ParseRemains reads what TaskRemains prints.
func ParseRemains(text string) schema.Remains {
	r := schema.Remains{Parts: map[schema.Ref][]string{}}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case fields[0] == "part" && len(fields) == 3:
			ref := partRef(fields[1])
			r.Parts[ref] = append(r.Parts[ref], fields[2])
		case fields[0] == "fresh" && len(fields) == 2:
			r.Fresh = append(r.Fresh, partRef(fields[1]))
		case fields[0] == "joined" && len(fields) == 2:
			r.Joined = append(r.Joined, fields[1])
		case fields[0] == "torn" && len(fields) == 2:
			r.Torn = strings.TrimPrefix(r.Torn+" and "+fields[1], " and ")
		case fields[0] == "data" && len(fields) == 2:
			r.Data = append(r.Data, fields[1])
		}
	}
	return r
}

func partRef(part string) schema.Ref {
	kind, name, _ := strings.Cut(part, ":")
	ref := schema.Ref{Kind: schema.KindName(kind), Name: name}
	if ref.Kind == schema.KindNetwork {
		ref.Project = schema.DefaultProject
	}
	if project, own, in := strings.Cut(name, "/"); in {
		ref.Project, ref.Name = project, own
	}
	return ref
}
