//go:build linux

package pyselect_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

const epollIn = pyselect.EPOLLIN

// record has the client encrypt a text, and takes the record.
func (w *wire) record(t *testing.T, text string) []byte {
	t.Helper()
	must(t, w.client.SendAll([]byte(text)))
	return take(t, w.clientSide)
}

// bring hands ciphertext to the server.
func (w *wire) bring(t *testing.T, p []byte) {
	t.Helper()
	must(t, w.serverSide.SendAll(p))
}

// TestEpollTLSModes is readable for plaintext only, in every mode.
func TestEpollTLSModes(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		ready := at(w.server, epollIn)
		for _, mode := range []uint32{0, pyselect.EPOLLET, pyselect.EPOLLONESHOT, pyselect.EPOLLET | pyselect.EPOLLONESHOT} {
			e := newEpoll(t, epollIn|mode, w.server)
			for range 3 {
				r := w.record(t, "hello")
				for i := range 3 { // every one of them is an event that comes to nothing
					w.bring(t, r[i:i+1])
					epoll(e, 0, 1).wants(t)
				}
				waiting := beginPoll(t, func() (events, error) { return e.Poll(pyselect.Forever, 1) })
				w.bring(t, r[3:])
				receive(t, waiting, "the answer").wants(t, ready)
				again := events{ready}
				if mode != 0 {
					again = nil
				}
				epoll(e, 0, -1).wants(t, again...)
				if text := recvTLS(t, w.server, 2); text != "he" {
					t.Fatal(text)
				}
				epoll(e, 0, -1).wants(t, again...)
				if mode&pyselect.EPOLLONESHOT != 0 {
					must(t, e.Modify(w.server, epollIn|mode))
					epoll(e, pyselect.Forever, -1).wants(t, ready) // there is plaintext yet
					epoll(e, 0, -1).wants(t)
				}
				recvTLS(t, w.server, 20)
				epoll(e, 0, -1).wants(t)
				if mode&pyselect.EPOLLONESHOT != 0 {
					must(t, e.Modify(w.server, epollIn|mode))
				}
			}
			must(t, e.Close())
		}
	})
}

// TestEpollTLSBuffered finds plaintext that somebody else's look has decrypted.
func TestEpollTLSBuffered(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		ready := at(w.server, epollIn)
		for _, mode := range []uint32{0, pyselect.EPOLLET, pyselect.EPOLLONESHOT} {
			e := newEpoll(t, epollIn|mode, w.server)
			for range 3 {
				w.bring(t, w.record(t, "hello"))
				ask(list{w.server}, nil, nil, 0).wants(t, list{w.server}, nil, nil)
				epoll(e, pyselect.Forever, 1).wants(t, ready)
				if mode != 0 {
					epoll(e, 0, 1).wants(t)
				}
				recvTLS(t, w.server, 20)
				if mode == pyselect.EPOLLONESHOT {
					w.bring(t, w.record(t, "again"))
					epoll(e, soon, 1).wants(t) // disarmed
					must(t, e.Modify(w.server, epollIn|mode))
					epoll(e, pyselect.Forever, 1).wants(t, ready)
					recvTLS(t, w.server, 20)
					must(t, e.Modify(w.server, epollIn|mode))
				}
			}
			must(t, e.Close())
		}
	})
}

// TestEpollTLSAndOutput puts what the kernel says and what it does not know
// into one event.
func TestEpollTLSAndOutput(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		e := newEpoll(t, epollIn|pyselect.EPOLLOUT, w.server)
		epoll(e, 0, -1).wants(t, at(w.server, pyselect.EPOLLOUT))
		r := w.record(t, "hello")
		w.bring(t, r[:5])
		epoll(e, 0, -1).wants(t, at(w.server, pyselect.EPOLLOUT))
		w.bring(t, r[5:])
		for range 2 { // from the kernel, then from the buffer
			epoll(e, 0, -1).wants(t, at(w.server, epollIn|pyselect.EPOLLOUT))
		}
		must(t, e.Modify(w.server, pyselect.EPOLLOUT))
		epoll(e, 0, -1).wants(t, at(w.server, pyselect.EPOLLOUT))
	})
}

// TestEpollTLSFilteredBehindOne has maxevents of 1 used up by an event that
// comes to nothing, while another socket is ready.
func TestEpollTLSFilteredBehindOne(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		a, b := pairOn(t, g)
		e := newEpoll(t, epollIn, w.server, b)
		for range 20 {
			r := w.record(t, "hello")
			waiting := beginPoll(t, func() (events, error) { return e.Poll(pyselect.Forever, 1) })
			w.bring(t, r[:3])
			send(t, a, "x")
			receive(t, waiting, "the answer").wants(t, at(b, epollIn))
			recv(t, b)
			w.bring(t, r[3:])
			epoll(e, pyselect.Forever, 1).wants(t, at(w.server, epollIn))
			recvTLS(t, w.server, 20)
		}
	})
}

// TestEpollTLSClosed forgets a closed socket, whose number is somebody else's
// then.
func TestEpollTLSClosed(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		e := newEpoll(t, epollIn, w.server)
		fd := w.server.Fileno()
		w.bring(t, w.record(t, "hello"))
		ask(list{w.server}, nil, nil, 0).wants(t, list{w.server}, nil, nil)
		must(t, w.server.Close())
		epoll(e, soon, -1).wants(t)
		a, b := pairOn(t, g)
		if b.Fileno() != fd {
			a, b = b, a
		}
		must(t, e.Register(b, epollIn))
		send(t, a, "x")
		epoll(e, pyselect.Forever, -1).wants(t, at(b, epollIn))
	})
}

// TestEpollTLSCalls looks once into each loop's queue, however many TLS
// sockets are idle.
func TestEpollTLSCalls(t *testing.T) {
	g := newGroup(t, reactor.Config{Loops: 1})
	e := newEpoll(t, 0)
	for range 4 {
		must(t, e.Register(newWire(t, g).server, epollIn))
	}
	epoll(e, 0, -1).wants(t)
	calls := 0
	restore := sys.SetHook(func(sys.Call) sys.Fault { calls++; return sys.Fault{} })
	_, err := e.Poll(0, -1)
	restore()
	must(t, err)
	if calls > 3 { // the epoll's queue, the loop's, and one that the loop may make itself
		t.Errorf("%d system calls", calls)
	}
}

// TestPollTLS is Poll's side of the same, by object and by number.
func TestPollTLS(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		for _, crowded := range []bool{false, true} {
			w := newWire(t, g)
			for _, o := range (list{w.server, pyselect.FD(w.server.Fileno())}) {
				p := newPoll(t, pyselect.POLLIN, o)
				if crowded {
					crowd(t, p)
				}
				r := w.record(t, "hello")
				w.bring(t, r[:3])
				poll(p, 0).wants(t)
				waiting := beginPoll(t, forever(p))
				w.bring(t, r[3:])
				receive(t, waiting, "the answer").wants(t, at(o, pyselect.POLLIN))
				recvTLS(t, w.server, 2)
				poll(p, time.Second).wants(t, at(o, pyselect.POLLIN))
				recvTLS(t, w.server, 20)
				poll(p, 0).wants(t)
				must(t, p.Modify(o, pyselect.POLLIN|pyselect.POLLOUT))
				poll(p, 0).wants(t, at(o, pyselect.POLLOUT))
				p.Close()
			}
		}
	})
}
