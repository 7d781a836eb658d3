//go:build e2e && chaos && linux

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"clusterctl/drivers/lab"
)

// frame is one that is under way until then.
type frame struct {
	due  time.Time
	data []byte
}

// distance puts so long a round trip between any two members, and half of it between each and this machine. Not every
// kernel can delay frames by itself, so the link of each member is made anew of two tap devices, between which they are
// carried.
func distance(t *testing.T, l *lab.Lab, roundTrip time.Duration) {
	t.Helper()
	for _, m := range l.Members {
		outside, bridge := outsideOf(t, m)
		near, far := tap(t, outside+"n"), tap(t, outside+"f")
		for _, command := range []string{
			"link set " + outside + "f netns " + m.Namespace, "link del " + outside,
			"link set " + outside + "n master " + bridge + " up",
			"-n " + m.Namespace + " link set " + outside + "f name eth0",
			"-n " + m.Namespace + " addr add " + m.Address + "/24 dev eth0",
			"-n " + m.Namespace + " link set eth0 up",
		} {
			if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
				t.Fatalf("ip %s: %v: %s", command, err, out)
			}
		}
		go carry(near, far, roundTrip/4)
		go carry(far, near, roundTrip/4)
	}
}

// outsideOf returns the names of the host's end of a member's link and of the bridge that it is on.
func outsideOf(t *testing.T, m *lab.Member) (link, bridge string) {
	t.Helper()
	out, err := exec.Command("ip", "-o", "link", "show", "type", "veth").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if i := index(words, "master"); i > 0 && index(words, m.Namespace) == index(words, "link-netns")+1 {
			name, _, _ := strings.Cut(words[1], "@")
			return name, words[i+1]
		}
	}
	t.Fatalf("member %d has no link", m.Number)
	return "", ""
}

func index(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return -1
}

// tap makes a tap device, which goes with the test.
func tap(t *testing.T, name string) *os.File {
	t.Helper()
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var request struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], name)
	request.flags = syscall.IFF_TAP | syscall.IFF_NO_PI
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETIFF,
		uintptr(unsafe.Pointer(&request))); errno != 0 {
		t.Fatalf("making the tap device %s: %v", name, errno)
	}
	f := os.NewFile(uintptr(fd), name)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// carry takes frames from one end to the other until an end is closed, each so much later.
func carry(from, to *os.File, later time.Duration) {
	queue := make(chan frame, 10000)
	defer close(queue)
	go func() {
		for f := range queue {
			time.Sleep(time.Until(f.due))
			_, _ = to.Write(f.data) // a link that is down takes none
		}
	}()
	for buffer := make([]byte, 65536); ; {
		n, err := from.Read(buffer)
		switch {
		case errors.Is(err, syscall.EIO) || errors.Is(err, syscall.EBADFD):
			time.Sleep(10 * time.Millisecond) // the link is down
		case err != nil:
			return
		default:
			queue <- frame{time.Now().Add(later), append([]byte(nil), buffer[:n]...)}
		}
	}
}
