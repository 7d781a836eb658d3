//go:build e2e && linux

package ssh

import (
	"bytes"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestBridges leads more than any buffer holds through each of the tools, to a server that answers when the input ends.
func TestBridges(t *testing.T) {
	t.Parallel()
	for tool, script := range bridges {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "socket")
			listener, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				text, _ := io.ReadAll(conn)
				_, _ = conn.Write(bytes.ToUpper(text))
				_ = conn.Close()
			}()
			text := bytes.Repeat([]byte("some text\n"), 200_000)
			command := exec.CommandContext(t.Context(), "sh", "-c", "exec "+script, "sh", path)
			command.Stdin = bytes.NewReader(text)
			out, err := command.Output()
			if err != nil || !bytes.Equal(out, bytes.ToUpper(text)) {
				t.Errorf("got %d bytes, %v", len(out), err)
			}
		})
	}
}
