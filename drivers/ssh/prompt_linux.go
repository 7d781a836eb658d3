package ssh

import "syscall"

// acknowledge has what was received acknowledged now, and what comes next for a while.
func acknowledge(fd uintptr) {
	_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1) // without it all is slower
}
