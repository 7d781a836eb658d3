package schema

import (
	"maps"
	"slices"
)

// Explain returns the long text of a code: what it means, why it matters, and the ways on. ok is false for a code
// that does not exist.
func Explain(code Code) (text string, ok bool) {
	text, ok = explanations[code]
	return text, ok
}

// Codes returns every code that a diagnostic can have, in order.
func Codes() []Code { return slices.Sorted(maps.Keys(explanations)) }

// explanations has every code of the product, those of the package plan among them: they are told and explained
// in one place. Nothing changes it.
var explanations = map[Code]string{
	CodeSyntax: `The file is not YAML. The most frequent causes: tabs instead of spaces, a line that is indented less than
the block it belongs to, quotes that are not closed, and shell text such as $( ) or backticks that no shell has
replaced yet. Only the first such mistake of a file is shown, because what follows it cannot be trusted.`,
	CodeEmpty: `The input has no document: only comments, or nothing at all. lxd init --preseed says nothing in that case
and does nothing.`,
	CodeUnknownKey: `LXD has no key of that name in that place. It would refuse the whole file, or the whole object, and an
unknown key is usually a slip of the pen or wrong indentation. Keys that begin with x- are ignored; put YAML
anchors there. "clusterctl explain KIND" lists the keys of a kind.`,
	CodeDuplicateKey: `A mapping has the same key twice. Parsers keep one of the two values and lose the other without a word, so
clusterctl asks for one.`,
	CodeType: `The value has another shape than the key needs: a list instead of a mapping, a mapping instead of a text, or a
text where a number or true/false is wanted. Often the dash of a list or the indentation is missing.`,
	CodeRequired: `A field that LXD cannot do without is missing.`,
	CodeValue: `The daemon would refuse this value. The detail says why, in the daemon's own words where they are known.
Values are passed on as they stand in the file: 0755, yes and 1.10 stay as they are.`,
	CodeName: `The daemon refuses such a name. Names of bridges become interfaces of the members: 2 to 15 letters, digits, "-",
"_" or ".". Names of projects and cluster groups have no slash, space, underscore or quote.`,
	CodeElided: `The certificate has "..." in place of lines, as the example of LXD's documentation has. Three dots at the left
margin end a YAML document, even inside quotes, so parsers report something far away from the cause.
Put in the whole of cluster.crt of a member, or leave cluster_certificate out: clusterctl asks the cluster for it over
the connection that you trust already.`,
	CodeCertificate: `cluster_certificate must be the certificate that the cluster serves, cluster.crt of any member, in PEM. After a
bootstrap it is not server.crt any more. Line breaks that YAML has folded are mended. The easiest spelling is a block:
cluster_certificate: | and the lines below, indented. It may be left out.`,
	CodePlacement: `Some keys belong to each member (source and size of a pool, parent of a network, core.https_address), all others to
the whole cluster. LXD refuses a key in the wrong place. Keys of members go into config: or member_config: of an
entry under members:, or of members_defaults:; in a bootstrap or join document they are that server's.`,
	CodeReference: `Something is named that the preseed does not have: a profile's pool or network, a network's uplink, a member's
cluster group, or a project. In a preseed that describes a cluster everything referred to must be there, so that it can
be made first.`,
	CodeDuplicate: `Two entries have the same name, or two members the same address. lxd init would let the second one overwrite parts
of the first.`,
	CodeConflict: `Two documents, or two places of one, say different things of the same field. Several documents may speak of the
same object as long as they agree. Of a member's own keys the strongest place counts: members:, then its join
document, then the bootstrap document for its own member, then members_defaults:.`,
	CodeAddress: `A cluster address is HOST:PORT, and the other members must reach this one there: no wildcard such as :8443 or
[::]:8443, a port, and an IP address or a name that resolves. LXD cannot change cluster.https_address of a member
while it is in the cluster. core.https_address may be a wildcard when the cluster address is given beside it.`,
	CodeFile: `The preseed names a file of this machine that cannot be read: a certificate or an image. Paths are those seen from the
current directory. A certificate must be read to know which one is meant. An image is read to compare it with the cluster's; where
it cannot be, an image that the cluster has under that alias is taken for the right one.`,
	CodeBridgeAddress: `A bridge without ipv4.address or ipv6.address gets made-up addresses on every server. When a server joins, its
bridge then differs from the cluster's, and the join fails with "Mismatching config for network". Give both, or none.`,
	CodePassword: `cluster_password of a join document is the cluster's trust password, core.trust_password. Two different ones in one
preseed cannot both be right. Without any password clusterctl makes a join token by itself, used once.`,
	CodeToken: `A join token is what "lxc cluster add NAME" prints: a JSON text in base64, good once, for one name, and for a few
hours. It can be left out: clusterctl makes one just before the join.`,
	CodeJoin: `A document with cluster_address or cluster_token is a join document of one server. It needs enabled: true,
server_name and server_address. An entry under members: says the same with less.`,
	CodeBootstrap: `A document with cluster.enabled and neither cluster_address nor cluster_token bootstraps a cluster. There can be
one, and it needs server_name unless there is a list members:, whose first entry then bootstraps.`,
	CodeConnection: `A member is reached in one way: ssh://USER@HOST:PORT (the daemon's socket through an SSH server),
https://HOST:8443 (its API with a client certificate), or unix:///PATH (a daemon of this machine); or by a mapping with
one of ssh, https, unix. Without any it is ssh://root@ the host of its address.`,
	CodeSecret: `Secrets can be written in clear, or better by reference: {env: NAME} or {file: PATH}. Only secrets can be given by
reference. They enter no plan, no log and no message.`,
	CodeBuiltin: `The default project, profile and cluster group and the server configuration always exist; LXD cannot remove
them.`,
	CodeDevice: `Each device of a profile has a type that LXD knows: nic, disk, gpu, proxy, unix-char and so on.`,
	CodeReadOnly: `The key is what a server prints, not what one can set: managed, status, used_by, locations, volatile.*. Older
versions of lxd init took some of them without a word. They are ignored; nothing is lost.`,
	CodeNotSupported: `Another version of LXD, or Incus, has this key or section; LXD 5.0.2 refuses it. An empty section says nothing and
is ignored.`,
	CodeLimit: `The input expands to more values than any preseed has, usually by aliases of aliases.`,

	"member-unreachable": `The connection to a member could not be made. "clusterctl doctor" shows each hop. A member that the plan does not
need is only a warning.`,
	"member-denied": `The server answered and does not let us in: a wrong SSH user or key, a user outside the group lxd, or a client
certificate that is not in the trust store.`,
	"host-key": `The SSH server's key is not the one in known_hosts, or is not there. Compare it on the server before you accept it.`,
	"server-certificate": `The TLS certificate is not the expected one. A bootstrap and a join replace a server's certificate by the
cluster's; a pinned fingerprint has to be changed then.`,
	"member-offline": `Pools, networks and members can only be changed while every member is online. Bring the member back, or say that
it is gone with state: lost.`,
	"joiner-not-empty": `A server that joins loses its instances, images, volumes, networks, pools, projects, profiles, ACLs and zones: LXD
forgets them and leaves the data orphaned. Use an empty server, or move the things away first.`,
	"joiner-settings": `A server that joins takes over the cluster's settings and the cluster's list of trusted clients; its own are gone
after that. Addresses stay. What is to hold for the whole cluster has to be in the preseed.`,
	"joiner-in-another-cluster": `The server is already a member of another cluster. Remove it there first.`,
	"versions-differ": `All members must run the same version, with the same database schema and the same number of API extensions, or the
join is refused.`,
	"join-unfinished": `An earlier join of this member stopped half-way and left traces in the database. The message says what to clean.`,
	"network-breaks-joins": `A network in the cluster has no explicit addresses, so that a server that joins makes up its own and is refused.
Set ipv4.address and ipv6.address first, or none.`,
	"cannot-change": `LXD cannot change this once the object exists: a pool's driver or source, a network's type, a member's cluster
address. Make a new object and move, or set the old value again.`,
	"consent-missing": `The step destroys something. Name it with --allow-destroy KIND/NAME.`,
	"protected":       `clusterctl.protect names this object; it is never destroyed.`,
	"not-seen": `The way into the cluster shows only a part of what the checks need, for example HTTPS with a client certificate,
which does not reach the database.`,
	"key-kept": `A pool or network failed on a member and still has a key there that the preseed does not mention, such as a wrong source
that was taken out of the file. What is not mentioned is not changed. Give the key another value for that member, or "" to leave it to the server.`,
	"member-undeclared": `The cluster has a member that the preseed does not name. It stays; absence is never a removal.`,
	"connection-leads-elsewhere": `The connection of a member reaches another server than the one of that name. Check the host in connection:
and in the SSH configuration.`,
	"address-blocked": `A member listens on that address, but not every other member can connect to it. For cluster.https_address
the cluster works only as long as nothing needs that way. Look at routes, firewalls (TCP, port 8443 as a rule) and names.`,
	"in-use": `Something that is to be deleted is still used by something that stays: a network by a profile, a pool by a volume, a
project by what is in it. Let that use something else, or delete it as well; clusterctl does it in the right order.`,
	"cycle": `Each of these steps would have to wait for the next, and the last one for the first: two rule sets that name each other and
are both new, for example. Leave one of the references out, apply, and put it back.`,
	"no-destination": `The target of an instance is a cluster group, and no member of that group can take it: they are offline,
evacuated, or leave with the same plan. Put a member into the group or aim the instance elsewhere.`,
	"member-in-use": `The member still has instances, custom volumes, or the last copy of an image. An instance whose target is another
member is moved first, in the same plan; what is state: absent is deleted first. clusterctl remove --evacuate moves instances and volumes.`,
	"volume-stays": `clusterctl remove --evacuate moves the custom volumes of the member to others, and this one cannot be moved: something
uses it, no other member has the pool and no volume of that name, or an earlier move was broken off and left a copy, which has the
key user.clusterctl.moved_from. Then compare the two and delete the copy; the original is still whole.`,
	"member-not-lost": `The member is online, and the preseed says that it is lost. Removing it by force would leave it inconsistent.`,
	"quorum": `The step would leave the database without a majority of its voters. Bring members back first, or see
"clusterctl recover".`,
	"last-member":    `The last member of a cluster cannot be removed.`,
	"unknown-target": `--target and --exclude take objects of the preseed as KIND/NAME or KIND/PROJECT/NAME, members as member/NAME.`,
	"pulled-in": `--target named something that needs this object, and the object is not there yet as the preseed has it. It is made
first.`,
	"excluded-needed": `--exclude names something that a chosen object needs. LXD would refuse the one without the other.`,
	"roles-after": `The database keeps its data on the voters (cluster.max_voters, 3 if nothing is said), with stand-bys to replace
them (cluster.max_standby, 2). LXD gives these roles by itself; the plan predicts them by LXD's own rules.`,
	"raft-ghost": `The database's Raft configuration has an address that is no member. A ghost that is a voter counts for the quorum, and a
server that joins with its address hangs. clusterctl doctor --fix removes it when nothing answers there.`,
	"member-not-in-raft": `A member is in the table of members and not in the Raft configuration, as after a removal that was broken off.`,
	"raft-copy-differs": `Every member keeps a copy of the Raft configuration in its own database (raft_nodes). The leader renews it with each
heartbeat; one that stays different belongs to a member that gets no heartbeats.`,
	"address-differs": `The address in a member's own configuration (cluster.https_address) is not the one in the table of members.`,
	"stale-server-certificate": `The trust store has the certificate of a server that is no member. Its key opens everything, the database too.
clusterctl doctor --fix removes it when every member has a certificate under its own name.`,
	"server-certificate-missing": `The trust store has no certificate under the name of a member, usually because the member was renamed.`,
	"half-created": `A pool or network is created in two phases: defined on each member, then created everywhere. This one stopped between
them. Apply the preseed that has it; clusterctl doctor --fix goes on when it is defined on every member.`,
	"clock-skew":          `The clock of a member differs from the others' by more than two seconds.`,
	"certificate-expires": `A certificate ends in less than thirty days, or has ended.`,
	"member-without-group": `A member belongs to no cluster group, which LXD 5.0.2 leaves after a join that was broken off at its end. Say groups: in
the preseed, or clusterctl doctor --fix puts it into the group default.`,
	"no-survivor": `A database whose quorum is lost can go on from one voter whose machine answers and which has its copy of the
database. Stand-bys and spares have not all of it. Where two copies are equal or one cannot be read, somebody has to choose. Give every surviving member a connection over ssh:// or unix://.`,
	"quorum-not-lost": `The machines of enough voters answer for a majority: starting their daemons brings the database back and loses
nothing. Recovering from one of them would cut the others off. When they cannot be started, --survivor insists.`,
	"older-copy": `The copy whose last entry has the higher term, then the higher index, is the newer one, as in Raft's own elections;
segments that are still open count. Going on with an older one loses what was stored in between. It is named before, and
the archive of the newer copy keeps it.`,
	"copy-date": `The leader stores heartbeats in every round, half of cluster.offline_threshold apart, and nothing can be stored without a
majority: the newest heartbeat in a copy of the database tells until when that copy goes.`,
	"no-service-commands": `The commands of the init system and the package manager are known for Debian's packages of LXD and Incus and for
the snap, by the folder of the daemon. For others give them as flags, or under clusterctl: service: in the preseed; see clusterctl recover --help and upgrade --help.`,
	"object-unfinished": `A pool, network or member that is half-made cannot be finished while members wait for each other during an
upgrade, so it is finished or deleted before.`,
	"operations-running": `Restarting a daemon breaks off what it is doing. Wait until lxc operation list is empty.`,
	"no-return": `A daemon that starts writes its version into the database; one of an older version does not start any more then. From
the first restart of an upgrade on there is only the way forward: all members get the new version.`,
	"database-unseen": `A member that waits for others during an upgrade answers no request, so only the database says how far the
upgrade is. It is read with the files of a member that is reached over ssh:// or unix://.`,
	"failure-domain-majority": `When most voters are in one failure domain, such as one rack, the cluster stops with that domain. Give the
members failure_domain: values so that no domain has most of them; LXD then spreads the voters.`,
}
