package apply

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Process is a process of one machine, told apart from all others that there ever were on any.
type Process struct {
	Machine string `json:"machine"`
	Boot    string `json:"boot"`
	// Space is its PID namespace: a container has one of its own, and may have the machine's other two.
	Space string `json:"space"`
	ID    int    `json:"id"`
	// Started is when it started, in ticks since the boot.
	Started string `json:"started"`
}

// ThisProcess returns the process that calls it; the zero Process where the system does not tell (Linux does).
func ThisProcess() Process { return process("/", os.Getpid()) }

// process reads the files below root; the zero Process when one is missing.
func process(root string, id int) Process {
	read := func(name string) string {
		text, _ := os.ReadFile(filepath.Join(root, name)) // a missing one is empty
		return strings.TrimSpace(string(text))
	}
	space, _ := os.Readlink(filepath.Join(root, "proc/self/ns/pid"))
	p := Process{Machine: read("etc/machine-id"), Boot: read("proc/sys/kernel/random/boot_id"), Space: space, ID: id,
		Started: started(read("proc/" + strconv.Itoa(id) + "/stat"))}
	if p.Machine == "" || p.Boot == "" || p.Space == "" {
		return Process{}
	}
	return p
}

// started returns the 22nd field of /proc/PID/stat, which is the 20th after the command in brackets (proc(5)).
func started(stat string) string {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 20 {
		return ""
	}
	return fields[19]
}

// gone reports that the process has certainly ended: it was one of this machine, of this boot and this PID namespace,
// and there is none of its number now, or one that started at another time.
func (p Process) gone() bool { return p.goneBelow("/") }

func (p Process) goneBelow(root string) bool {
	if p == (Process{}) || p.Started == "" {
		return false
	}
	now := process(root, p.ID)
	return now.Machine == p.Machine && now.Boot == p.Boot && now.Space == p.Space && now.Started != p.Started
}
