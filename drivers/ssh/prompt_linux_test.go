package ssh

import (
	"net"
	"syscall"
	"testing"
)

// TestWhatIsReadIsAcknowledgedAtOnce has a connection that waits for more to acknowledge, as the system makes of any
// that answers what it reads.
func TestWhatIsReadIsAcknowledgedAtOnce(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	h := host{name: "127.0.0.1", port: listener.Addr().(*net.TCPAddr).Port}
	conn, err := h.open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = far.Close() }()
	p, ok := conn.(*prompt)
	if !ok {
		t.Fatalf("got a %T", conn)
	}
	at := func(do func(fd int) error) {
		t.Helper()
		var failed error
		if err := p.raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil || failed != nil {
			t.Fatal(err, failed)
		}
	}
	at(func(fd int) error { return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 0) })
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	at(func(fd int) error {
		on, err := syscall.GetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK)
		if on != 1 {
			t.Errorf("got %d, want 1: acknowledged at once", on)
		}
		return err
	})
}
