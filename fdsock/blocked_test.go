package fdsock_test

import (
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// blocked is a call that cannot go on, on a socket without a timeout.
type blocked struct {
	s    *fdsock.Socket
	call func() (int, error)
	// finish makes the call succeed; nil where that takes the kernel too long.
	finish func()
	// partial says that a part has been transferred, which is a success when
	// the socket gets a timeout.
	partial bool
	// instant says that a socket with a timeout does not wait at all.
	instant bool
}

// big is more than the buffers of a narrow pair hold.
const big = 2 << 20

// narrowPair makes a pair with small buffers in the kernel.
func (w *world) narrowPair(t *testing.T) (a, b *fdsock.Socket) {
	t.Helper()
	a, b = w.pair(t)
	narrow(t, a, b)
	return a, b
}

func narrow(t *testing.T, sockets ...*fdsock.Socket) {
	t.Helper()
	for _, s := range sockets {
		want(t, s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_SNDBUF, 32<<10), nil)
		want(t, s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_RCVBUF, 32<<10), nil)
	}
}

// blockers are the calls that wait, and how to make them.
var blockers = []struct {
	name string
	make func(t *testing.T, w *world) blocked
}{
	{"recv", func(t *testing.T, w *world) blocked {
		a, b := w.pair(t)
		p := make([]byte, 16)
		return blocked{s: a, call: func() (int, error) { return a.RecvInto(p) }, finish: func() { send(t, b, "x") }}
	}},
	{"recv-after-data", func(t *testing.T, w *world) blocked {
		a, b := w.pair(t)
		send(t, b, "one")
		wantRecv(t, a, "one")
		p := make([]byte, 16)
		return blocked{s: a, call: func() (int, error) { return a.RecvInto(p) }, finish: func() { send(t, b, "x") }}
	}},
	{"waitall", func(t *testing.T, w *world) blocked {
		a, b := w.pair(t)
		send(t, b, "abc")
		p := make([]byte, 6)
		return blocked{
			s: a, partial: true,
			call:   func() (int, error) { return a.RecvInto(p, fdsock.MSG_WAITALL) },
			finish: func() { send(t, b, "def") },
		}
	}},
	{"peekall", func(t *testing.T, w *world) blocked {
		a, b := w.pair(t)
		send(t, b, "abc")
		p := make([]byte, 6)
		return blocked{
			s: a, partial: true,
			call:   func() (int, error) { return a.RecvInto(p, fdsock.MSG_WAITALL|fdsock.MSG_PEEK) },
			finish: func() { send(t, b, "def") },
		}
	}},
	{"recvmsg", func(t *testing.T, w *world) blocked {
		a, b := w.pair(t)
		return blocked{s: a, finish: func() { send(t, b, "x") }, call: func() (int, error) {
			p, _, err := a.RecvMsg(16, 0)
			return len(p), err
		}}
	}},
	{"send", func(t *testing.T, w *world) blocked {
		a, b := w.narrowPair(t)
		return blocked{
			s: a, partial: true,
			call:   func() (int, error) { return a.Send(make([]byte, big)) },
			finish: func() { recvFull(t, b, big) },
		}
	}},
	{"sendall", func(t *testing.T, w *world) blocked {
		a, b := w.narrowPair(t)
		return blocked{
			s:      a,
			call:   func() (int, error) { return 0, a.SendAll(make([]byte, big)) },
			finish: func() { recvFull(t, b, big) },
		}
	}},
	{"accept", func(t *testing.T, w *world) blocked {
		if w.local == nil {
			t.Skip("socket pairs have no listener")
		}
		l, addr := w.listener(t)
		return blocked{
			s: l,
			call: func() (int, error) {
				s, _, err := l.Accept()
				if err == nil {
					closeSocket(t, s)
				}
				return 0, err
			},
			finish: func() { want(t, w.socket(t).Connect(addr), nil) },
		}
	}},
	{"connect", func(t *testing.T, w *world) blocked {
		if w.local == nil {
			t.Skip("socket pairs have no listener")
		}
		l, addr := w.fullBacklog(t)
		s := w.socket(t)
		b := blocked{s: s, call: func() (int, error) { return 0, s.Connect(addr) }, instant: !w.tcp()}
		if !w.tcp() { // TCP tries again only after a second
			b.finish = func() {
				c, _, err := l.Accept()
				want(t, err, nil)
				closeSocket(t, c)
			}
		}
		return b
	}},
}

// fullBacklog makes a listener that no longer answers.
func (w *world) fullBacklog(t *testing.T) (*fdsock.Socket, fdsock.Addr) {
	t.Helper()
	l, addr := w.listener(t, 0)
	want(t, w.socket(t).Connect(addr), nil)
	return l, addr
}

// eachBlocked runs a test with every blocked call in every world.
func eachBlocked(t *testing.T, test func(t *testing.T, b blocked)) {
	t.Helper()
	worlds(t, func(t *testing.T, w *world) {
		for _, m := range blockers {
			t.Run(m.name, func(t *testing.T) {
				b := m.make(t, w)
				b.s.SetTimeout(fdsock.NoTimeout)
				test(t, b)
			})
		}
	})
}
