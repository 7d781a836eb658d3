package drivers

import (
	"context"
	"fmt"
	"path"
	"strings"

	"clusterctl/schema"
)

// Shell is a Backend that can run commands on the machines of members, whether their daemons run or not. Only members
// that are reached over SSH or a unix socket have one.
type Shell interface {
	// Run runs the command on the machine of that member of the preseed. An exit status other than zero is no error.
	// It fails with an *Error: Unsupported for a member without a shell, Invalid for a command that cannot be.
	Run(ctx context.Context, member string, c Command) (Output, error)
}

// Output is what a command printed.
type Output struct {
	Stdout, Stderr string
	// Exit is the exit status.
	Exit int
}

// Task is what a command is for.
type Task string

// The tasks, a closed set.
const (
	// TaskFind prints the folders of daemons that were ever in a cluster, one per line, and those that only root can
	// tell of.
	TaskFind Task = "find"
	// TaskUser prints the number and the name of the user as whom commands run, one per line.
	TaskUser Task = "identify"
	// TaskProduct prints the Binary of the daemon that has its state in the folder.
	TaskProduct Task = "product"
	// TaskShow prints what the member's own database knows of the cluster's, in YAML.
	TaskShow Task = "show"
	// TaskFiles prints the size and the name of each file of the cluster's database there, one per line.
	TaskFiles Task = "files"
	// TaskRead prints the files Names of that folder (tar, gzip), at most readLimit bytes.
	TaskRead Task = "read"
	// TaskArchive writes the folder "database" to the file File (tar, gzip), readable by root alone, and beside it, as
	// File.sha256, its checksum, which it prints. It reads the file again to be sure of it.
	TaskArchive Task = "archive"
	// TaskPack prints the cluster's database (tar, gzip), at most readLimit bytes of it. The daemon must not run.
	TaskPack Task = "pack"
	// TaskReplace puts what TaskPack printed, which it reads as Input, in the place of the cluster's database.
	TaskReplace Task = "replace"
	// TaskFence has the daemon run the SQL of Text in the cluster's database when it starts, once, before it answers
	// anybody (lxd 5.0.2, lxd/db/cluster/open.go; the same in incus 6.0.4). It fails when something else is waiting there
	// already.
	TaskFence Task = "fence"
	// TaskRecover makes the member the only one in the Raft configuration. The daemon must not run.
	TaskRecover Task = "recover"
	// TaskReady waits at most a minute until the daemon answers.
	TaskReady Task = "ready"
	// TaskAddresses prints the machine's own addresses, and what the host names Names lead to there; ParseAddresses reads
	// it.
	TaskAddresses Task = "addresses"
	// TaskRevive starts a daemon again that its unit still waits for, or has given up, though its process has ended; it
	// prints the unit. The daemon of Incus 7.0.2 ends when it brings the database up to date while another one does
	// ("database is locked"), and its unit would wait ten minutes for it before it tries again (measured).
	TaskRevive Task = "revive"
	// TaskService runs Text: the command of an init system or package manager, or one that the operator gives.
	TaskService Task = "service"
)

// Command is one command, from a fixed list. Nothing in it may be secret: arguments can be seen by everybody there.
type Command struct {
	Task Task
	// Binary is the daemon's own command: "lxd", or IncusDaemon.
	Binary string
	// Folder is the daemon's folder, /var/lib/lxd or another one. It is LXD_DIR and INCUS_DIR of the command.
	Folder string
	// File is the path of what TaskArchive writes.
	File string
	// Text is a command line for a POSIX shell, for TaskService. It finds the member's name and cluster address in
	// CLUSTERCTL_MEMBER and CLUSTERCTL_ADDRESS. It is SQL for TaskFence.
	Text            string
	Member, Address string
	// Input is what the command reads, for TaskReplace.
	Input []byte
	// Names are host names for TaskAddresses, files for TaskRead, parts for the tasks about leftovers.
	Names []string
}

// IncusDaemon is the Binary of Incus. It is not `incus admin`, which keeps -q for itself, so that `cluster
// recover-from-quorum-loss -q` asks all the same (incus 6.0.4, cmd/incus/admin_cluster.go; measured).
const IncusDaemon = "incusd"

// usualFolders are where the packages of LXD (snap, Debian) and Incus keep their state.
const usualFolders = "/var/snap/lxd/common/lxd /var/lib/lxd /var/lib/incus"

// Script returns the command as text for a POSIX shell.
func (c Command) Script() (string, error) {
	anywhere := c.Task == TaskFind || c.Task == TaskAddresses || c.Task == TaskUser || c.Task == TaskRevive
	if !anywhere && !strings.HasPrefix(c.Folder, "/") {
		return "", fmt.Errorf("the folder %q is not an absolute path", c.Folder)
	}
	binary := strings.Join(schema.Map(strings.Fields(c.Binary), QuoteShell), " ")
	script := map[Task]string{
		TaskProduct: productScript(QuoteShell(c.Folder)),
		TaskFind: "for d in " + usualFolders + `; do if test -e "$d/database/local.db" || ` +
			`{ test -d "$d/database" && ! test -x "$d/database"; }; then echo "$d"; fi; done`,
		TaskUser: "id -u && id -un",
		TaskRevive: `for unit in lxd incus snap.lxd.daemon; do case $(systemctl show -p MainPID -p SubState $unit) in ` +
			`*MainPID=0*SubState=start-post*|*SubState=failed*) echo $unit; systemctl restart --no-block $unit;; esac; done`,
		TaskShow:  binary + " cluster show",
		TaskFiles: "cd " + QuoteShell(c.Folder+globalFolder) + " && stat -c '%s %n' -- *",
		TaskRead:  readScript(c),
		TaskPack: fmt.Sprintf("tar -C %s -cf - global | gzip -1 | head -c %d", QuoteShell(c.Folder+"/database"),
			readLimit),
		TaskReplace: "cd " + QuoteShell(c.Folder+"/database") +
			" && umask 077 && rm -rf global.new && mkdir -m 750 global.new && " +
			"tar --strip-components=1 -C global.new -xzf - && rm -rf global && mv global.new global",
		TaskFence:   fenceScript(c),
		TaskArchive: archiveScript(c),
		TaskRecover: binary + " cluster recover-from-quorum-loss -q",
		TaskReady:   binary + " waitready --timeout=60",
		TaskService: c.Text,

		TaskAddresses: addressesScript(c.Names),
		TaskRemains:   remainsScript(c, binary), TaskClear: clearScript(c), TaskWipe: wipeScript(c),
		TaskUnbootstrap: unbootstrapScript(c, binary),
	}[c.Task]
	if script == "" || strings.ContainsRune(script, 0) {
		return "", fmt.Errorf("there is no command to %s", c.Task)
	}
	if anywhere {
		return script, nil
	}
	return c.environment() + "; " + script, nil
}

// environment exports the variables that a command finds.
func (c Command) environment() string {
	text := "export"
	for _, pair := range [][2]string{{"LXD_DIR", c.Folder}, {"INCUS_DIR", c.Folder}, {"CLUSTERCTL_MEMBER", c.Member},
		{"CLUSTERCTL_ADDRESS", c.Address}} {
		text += " " + pair[0] + "=" + QuoteShell(pair[1])
	}
	if c.Binary == IncusDaemon { // its packages keep it out of PATH
		text += " PATH=$PATH:/usr/libexec/incus:/usr/lib/incus"
	}
	return text
}

// globalFolder is where the cluster's database is, in the daemon's folder.
const globalFolder = "/database/global"

// readLimit is how much TaskRead prints at most, in bytes.
const readLimit = 256 << 20

// Most is how many bytes the command may print: a packed copy of a database, or a part of it, or a list.
func (c Command) Most() int {
	switch c.Task {
	case TaskPack, TaskRead:
		return 64 << 20
	case TaskService:
		return 16 << 20
	}
	return 1 << 20
}

// readScript reads also while the daemon writes: what was not whole, the reader sees.
func readScript(c Command) string {
	return fmt.Sprintf("cd %s && tar -cf - -- %s | gzip -1 | head -c %d", QuoteShell(c.Folder+globalFolder),
		strings.Join(schema.Map(c.Names, QuoteShell), " "), readLimit)
}

func fenceScript(c Command) string {
	file := QuoteShell(c.Folder + "/database/patch.global.sql")
	text := "printf '%s\\n' " + QuoteShell(c.Text)
	return "umask 077 && if test -s " + file + " && ! " + text + " | cmp -s - " + file + "; then echo " + file +
		" is there already >&2; exit 1; fi; " + text + " >" + file
}

func archiveScript(c Command) string {
	file := QuoteShell(c.File)
	folder, name := path.Split(c.File)
	return "umask 077 && test ! -e " + file + " && tar -C " + QuoteShell(c.Folder) + " -czf " + file +
		" database && tar -tzf " + file +
		" >/dev/null && " +
		"cd " + QuoteShell(folder) + " && sha256sum " + QuoteShell(name) + " | tee " + QuoteShell(name+".sha256")
}

// productScript tells the daemons apart by the folder of what they serve to instances, which each makes when it starts.
func productScript(folder string) string {
	return "if test -d " + folder + "/guestapi; then echo " + IncusDaemon + "; elif test -d " + folder +
		"/devlxd; then echo lxd; " + "else echo " + folder + " has no daemon >&2; exit 1; fi"
}

// QuoteShell makes one word of the text for a POSIX shell; plain words stay as they are.
func QuoteShell(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-:@%+,=", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
