package fdsock

import (
	"encoding/binary"

	"github.com/pollux-net/pollux/internal/sys"
)

// maxFDs is the most descriptors that go with one message, SCM_MAX_FD of
// unix(7).
const maxFDs = 253

// SendFDs sends the buffers and duplicates of bare descriptors on a Unix
// socket: socket.send_fds(). The caller keeps its own. More than 253 are
// EINVAL. The descriptors go with the first byte, so that a stream needs one
// at least; see unix(7).
func SendFDs(s *Socket, buffers [][]byte, fds []int, flags ...int) (int, error) {
	if len(fds) > maxFDs {
		return 0, fail(opSendMsg, sys.EINVAL)
	}
	var data []byte
	for _, fd := range fds {
		if err := cInts(fd); err != nil {
			return 0, err
		}
		data = binary.NativeEndian.AppendUint32(data, uint32(fd))
	}
	return s.SendMsg(buffers, []ControlMessage{{SOL_SOCKET, SCM_RIGHTS, data}}, nil, flags...)
}

// RecvFDs receives at most n bytes and maxfds bare descriptors:
// socket.recv_fds(). The descriptors belong to the caller; children do not
// inherit them. Those beyond maxfds are closed, by the kernel or here, and
// MSG_CTRUNC is among the flags that are returned.
func RecvFDs(s *Socket, n, maxfds int, flags ...int) (p []byte, fds []int, received int, from Addr, err error) {
	if maxfds < 0 {
		return nil, nil, 0, nil, &OverflowError{"CMSG_LEN() argument out of range"}
	}
	const size = 4 // of a descriptor
	how := union(flags) | recvCloexec
	p, got, err := s.RecvMsg(n, sys.CmsgSpace(size*min(maxfds, maxFDs)), how)
	if err != nil {
		return p, nil, 0, nil, err
	}
	received = got.Flags &^ recvCloexec // Linux gives it back
	for _, m := range got.Ancillary {
		if m.Level != SOL_SOCKET || m.Type != SCM_RIGHTS {
			continue
		}
		for b := m.Data; len(b) >= size; b = b[size:] {
			fd := int(int32(binary.NativeEndian.Uint32(b)))
			if len(fds) == maxfds { // padding left room for one more than asked for
				sys.Close(fd)
				received |= MSG_CTRUNC
				continue
			}
			if recvCloexec == 0 {
				sys.SetInheritable(fd, false)
			}
			fds = append(fds, fd)
		}
	}
	return p, fds, received, got.Addr, nil
}
