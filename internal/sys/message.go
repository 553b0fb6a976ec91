package sys

// Message is a scratch area for Recvmsg and Sendmsg, reused so that they
// allocate nothing. It is not safe for concurrent use.
type Message struct {
	Buffers [][]byte // the data, scattered or gathered
	Control []byte   // ancillary data: room for it, or what to send
	Flags   int      // MSG_ flags of the call
	Addr    Sockaddr // the sender, or where to send to (Family AF_UNSPEC: nowhere)

	ControlLen int // Recvmsg: bytes of ancillary data received
	RecvFlags  int // Recvmsg: MSG_TRUNC, MSG_CTRUNC, ...

	message
}

// Len returns the length of the buffers together, in bytes.
func (m *Message) Len() int {
	n := 0
	for _, b := range m.Buffers {
		n += len(b)
	}
	return n
}

// Recvmsg receives into the buffers of m and fills its address, flags and
// ancillary data.
func Recvmsg(fd int, m *Message) (int, Errno) {
	for {
		limit, errno := injectMessage(OpRecv, fd, m)
		if errno == 0 {
			var n int
			if n, errno = recvmsg(fd, m, limit); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// Sendmsg sends the buffers and the ancillary data of m, without raising
// SIGPIPE.
func Sendmsg(fd int, m *Message) (int, Errno) {
	for {
		limit, errno := injectMessage(OpSend, fd, m)
		if errno == 0 {
			var n int
			if n, errno = sendmsg(fd, m, limit); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// injectMessage asks the hook about a transfer of m; limit is how many bytes it
// may be, negative for all.
func injectMessage(op Op, fd int, m *Message) (limit int, errno Errno) {
	h := installed.Load()
	if h == nil {
		return -1, 0
	}
	f := (*h)(Call{Op: op, FD: fd, Len: m.Len()})
	if f.Max > 0 {
		return f.Max, f.Errno
	}
	return -1, f.Errno
}
