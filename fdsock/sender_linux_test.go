package fdsock_test

import (
	"path/filepath"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestWaitAllKeepsSender fills a buffer in parts from a Unix stream, whose
// receives name the sender (unix(7)): the end of the stream does not take the
// name away.
func TestWaitAllKeepsSender(t *testing.T) {
	onDefault(t)
	l := closeAtEnd(t, openSocket(t, fdsock.AF_UNIX, fdsock.SOCK_STREAM))
	addr := fdsock.UnixAddr(filepath.Join(t.TempDir(), "l"))
	want(t, l.Bind(addr), nil)
	want(t, l.Listen(), nil)
	a := closeAtEnd(t, openSocket(t, fdsock.AF_UNIX, fdsock.SOCK_STREAM))
	want(t, a.Connect(addr), nil)
	b, _, err := l.Accept()
	want(t, err, nil)
	send(t, b, "part")
	closeSocket(t, b)
	p, from, err := a.RecvFrom(10, fdsock.MSG_WAITALL)
	want(t, err, nil)
	if string(p) != "part" || from != addr {
		t.Errorf("received %q from %v", p, from)
	}
}

// TestWaitAllKeepsThePart fails a receive that has a part: the error comes with
// it, as from RecvInto.
func TestWaitAllKeepsThePart(t *testing.T) {
	p, buffers := make([]byte, 10), [][]byte{make([]byte, 10)}
	for name, call := range map[string]func(s *fdsock.Socket) (int, error){
		"recvfrom": func(s *fdsock.Socket) (int, error) {
			p, _, err := s.RecvFrom(10, fdsock.MSG_WAITALL)
			return len(p), err
		},
		"recvfrom_into": func(s *fdsock.Socket) (int, error) {
			n, _, err := s.RecvFromInto(p, fdsock.MSG_WAITALL)
			return n, err
		},
		"recvmsg": func(s *fdsock.Socket) (int, error) {
			p, _, err := s.RecvMsg(10, 0, fdsock.MSG_WAITALL)
			return len(p), err
		},
		"recvmsg_into": func(s *fdsock.Socket) (int, error) {
			got, err := s.RecvMsgInto(buffers, 0, fdsock.MSG_WAITALL)
			return got.N, err
		},
		"RecvMsgAddrPort": func(s *fdsock.Socket) (int, error) {
			n, _, _, _, err := s.RecvMsgAddrPort(buffers, nil, fdsock.MSG_WAITALL)
			return n, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			onDefault(t)
			a, b, err := fdsock.SocketPair()
			want(t, err, nil)
			closeAtEnd(t, a)
			closeAtEnd(t, b)
			send(t, b, "part")
			asked := 0
			defer sys.SetHook(func(c sys.Call) (f sys.Fault) {
				if c.Op == sys.OpRecv {
					if asked++; asked > 1 {
						f.Errno = sys.ECONNRESET
					}
				}
				return f
			})()
			n, err := call(a)
			if want(t, err, sys.ECONNRESET); n != 4 {
				t.Errorf("received %d bytes, want 4", n)
			}
		})
	}
}
