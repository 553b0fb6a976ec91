//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// message needs nothing here: package unix keeps the kernel's form.
type message struct{}

// within returns the buffers, or those that hold the first limit bytes.
func (m *Message) within(limit int) [][]byte {
	if limit < 0 {
		return m.Buffers
	}
	var some [][]byte
	for _, b := range m.Buffers {
		b = b[:min(len(b), limit)]
		limit -= len(b)
		some = append(some, b)
	}
	return some
}

func recvmsg(fd int, m *Message, limit int) (int, Errno) {
	n, control, flags, from, err := unix.RecvmsgBuffers(fd, m.within(limit), m.Control, m.Flags)
	if err != nil {
		return 0, errnoOf(err)
	}
	m.ControlLen, m.RecvFlags, m.Addr = control, flags, decode(from)
	return n, 0
}

func sendmsg(fd int, m *Message, limit int) (int, Errno) {
	var to unix.Sockaddr
	if m.Addr.Family != AF_UNSPEC {
		var errno Errno
		if to, errno = m.Addr.encode(); errno != 0 {
			return 0, errno
		}
	}
	n, err := unix.SendmsgBuffers(fd, m.within(limit), m.Control, to, m.Flags|msgNoSignal)
	return n, errnoOf(err)
}
