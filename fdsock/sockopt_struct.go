package fdsock

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// SetLinger says what Close does about data that the peer has not
// acknowledged (SO_LINGER): d is how long the kernel keeps trying before it
// resets the connection, rounded up to a second; 0 resets it at once, which
// also leaves no TIME_WAIT; negative values are the default, keep trying in
// the background. The descriptor is nonblocking, so that Close does not wait.
func (s *Socket) SetLinger(d time.Duration) error {
	var on, seconds uint32
	if d >= 0 {
		n := d / time.Second
		if d%time.Second > 0 {
			n++
		}
		on, seconds = 1, uint32(min(n, math.MaxInt32))
	}
	p := binary.NativeEndian.AppendUint32(nil, on)
	return s.SetSockOptBytes(SOL_SOCKET, SO_LINGER, binary.NativeEndian.AppendUint32(p, seconds))
}

// GetLinger returns what SetLinger has set, negative for the default.
func (s *Socket) GetLinger() (d time.Duration, err error) {
	err = s.do(opGetSockOpt, func(fd int) (errno Errno) {
		var on bool
		var seconds int
		on, seconds, errno = sys.GetLinger(fd)
		if d = -1; on {
			d = time.Duration(seconds) * time.Second
		}
		return errno
	})
	return d, err
}

// TakeError takes the error that the kernel keeps for the socket (SO_ERROR),
// nil if there is none: how a nonblocking connect has ended, or what an ICMP
// message has said. Taking it clears it. failed is nil unless the socket
// cannot be asked.
func (s *Socket) TakeError() (pending Errno, failed error) {
	v, err := s.GetSockOpt(SOL_SOCKET, SO_ERROR)
	return Errno(v), err
}

// PeerCred is who is at the other end of a Unix socket, as of its connect or
// listen.
type PeerCred struct {
	PID      int // 0 where the system does not tell
	UID, GID int
}

// GetPeerCred returns the peer of a connected Unix socket: SO_PEERCRED on
// Linux, LOCAL_PEERCRED on macOS and FreeBSD. Elsewhere, and where
// there is no peer, it is an error.
func (s *Socket) GetPeerCred() (c PeerCred, err error) {
	err = s.do(opGetSockOpt, func(fd int) (errno Errno) {
		c.PID, c.UID, c.GID, errno = sys.Peercred(fd)
		return errno
	})
	return c, err
}
