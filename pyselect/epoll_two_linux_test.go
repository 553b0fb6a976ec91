//go:build linux

package pyselect_test

import (
	"testing"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// twoEpolls runs a test on two Epoll objects: of descriptors of their own, and
// of one.
func twoEpolls(t *testing.T, test func(t *testing.T, w *wire, one, two *pyselect.Epoll, shared bool)) {
	t.Helper()
	groups(t, func(t *testing.T, g *reactor.Group) {
		t.Run("own", func(t *testing.T) {
			test(t, newWire(t, g), newEpoll(t, 0), newEpoll(t, 0), false)
		})
		t.Run("shared", func(t *testing.T) {
			one := newEpoll(t, 0)
			two, err := pyselect.EpollFromFD(one.Fileno())
			must(t, err)
			t.Cleanup(func() { must(t, two.Close()) })
			test(t, newWire(t, g), one, two, true)
		})
	})
}

// TestEpollTwoTLS has two objects watch one TLS socket: each is told of
// plaintext, whoever has decrypted it, and of nothing else.
func TestEpollTwoTLS(t *testing.T) {
	twoEpolls(t, func(t *testing.T, w *wire, one, two *pyselect.Epoll, shared bool) {
		ready := at(w.server, epollIn)
		both := []*pyselect.Epoll{one, two}
		must(t, one.Register(w.server, epollIn))
		if !shared {
			must(t, two.Register(w.server, epollIn))
		}
		for range 3 {
			r := w.record(t, "hello")
			w.bring(t, r[:3])
			for _, e := range both {
				epoll(e, 0, -1).wants(t)
			}
			var waiting []<-chan polled
			for _, e := range both {
				waiting = append(waiting, beginPoll(t, func() (events, error) { return e.Poll(pyselect.Forever, -1) }))
			}
			w.bring(t, r[3:])
			for _, c := range waiting {
				receive(t, c, "the answer").wants(t, ready)
			}
			recvTLS(t, w.server, 2)
			for _, e := range both { // the kernel has nothing any more
				epoll(e, pyselect.Forever, 1).wants(t, ready)
			}
			recvTLS(t, w.server, 20)
			for _, e := range both {
				epoll(e, 0, -1).wants(t)
			}
		}
	})
}

// TestEpollTwoTLSOneShot arms each by itself, or both at once if they are one
// set.
func TestEpollTwoTLSOneShot(t *testing.T) {
	const mask = epollIn | pyselect.EPOLLONESHOT
	twoEpolls(t, func(t *testing.T, w *wire, one, two *pyselect.Epoll, shared bool) {
		must(t, one.Register(w.server, mask))
		if !shared {
			must(t, two.Register(w.server, mask))
		}
		w.bring(t, w.record(t, "hello"))
		ready := at(w.server, epollIn)
		epoll(one, pyselect.Forever, -1).wants(t, ready)
		epoll(one, 0, -1).wants(t)
		if shared {
			epoll(two, 0, -1).wants(t)
			must(t, two.Modify(w.server, mask))
			epoll(one, pyselect.Forever, -1).wants(t, ready)
			epoll(two, 0, -1).wants(t)
			return
		}
		epoll(two, pyselect.Forever, -1).wants(t, ready)
		must(t, one.Modify(w.server, mask))
		epoll(two, 0, -1).wants(t)
		epoll(one, pyselect.Forever, -1).wants(t, ready)
	})
}
