package pyselect_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

//inventory:row select readiness masks
func TestUrgent(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		a, b := tcpPairOn(t, g)
		for range 20 {
			waiting := begin(t, nil, nil, list{b}, patience)
			send(t, a, "!", fdsock.MSG_OOB)
			receive(t, waiting, "the answer").wants(t, nil, nil, list{b})
			ask(list{b}, nil, list{b}, 0).wants(t, nil, nil, list{b})
			if p, err := b.Recv(1, fdsock.MSG_OOB); err != nil || string(p) != "!" {
				t.Fatal(p, err)
			}
			ask(list{b}, nil, list{b}, 0).wants(t, nil, nil, nil)
			send(t, a, "x") // passes the mark
			ask(list{b}, nil, list{b}, patience).wants(t, list{b}, nil, nil)
			recv(t, b)
		}
	})
}

func TestConnectCompletes(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		l, addr := listenOn(t, g)
		for _, first := range []bool{false, true} {
			s := newSocket(t, g)
			s.SetTimeout(0)
			if first { // watched before it is connected: hung up, as select says
				ask(list{s}, list{s}, list{s}, 0).wants(t, list{s}, list{s}, nil)
			}
			errno, err := s.ConnectEx(addr)
			must(t, err)
			if errno != unix.EINPROGRESS {
				t.Fatal(errno)
			}
			ask(nil, list{s}, nil, patience).wants(t, nil, list{s}, nil)
			ask(list{s}, list{s}, nil, patience).wants(t, nil, list{s}, nil)
			if v, err := s.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_ERROR); v != 0 || err != nil {
				t.Error(v, err)
			}
			ask(list{l}, nil, nil, pyselect.Forever).wants(t, list{l}, nil, nil)
			c, _, err := l.Accept()
			must(t, err)
			must(t, c.Close())
			ask(list{l}, nil, nil, 0).wants(t, nil, nil, nil)
		}
	})
}

func TestConnectRefused(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		l, addr := listenOn(t, g)
		must(t, l.Close())
		s := newSocket(t, g)
		s.SetTimeout(0)
		for range 3 {
			errno, err := s.ConnectEx(addr)
			must(t, err)
			if errno != unix.EINPROGRESS {
				t.Fatal(errno)
			}
			ask(list{s}, list{s}, list{s}, patience).wants(t, list{s}, list{s}, nil)
			if errno, err = s.ConnectEx(addr); errno != unix.ECONNREFUSED || err != nil {
				t.Fatal(errno, err)
			}
		}
	})
}

func TestListenerReadable(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		l, addr := listenOn(t, g)
		l.SetTimeout(0)
		for range 20 {
			waiting := begin(t, list{l}, list{l}, list{l}, patience)
			s := newSocket(t, g)
			must(t, s.Connect(addr))
			receive(t, waiting, "the answer").wants(t, list{l}, nil, nil)
			c, _, err := l.Accept()
			must(t, err)
			must(t, c.Close())
			must(t, s.Close())
			ask(list{l}, list{l}, list{l}, 0).wants(t, nil, nil, nil)
		}
	})
}

// TestWritableAgain fills a connection and empties it again.
func TestWritableAgain(t *testing.T) {
	for name, pairs := range map[string]func(testing.TB, *reactor.Group) (a, b *fdsock.Socket){
		"unix": pairOn, "tcp": tcpPairOn,
	} {
		t.Run(name, func(t *testing.T) {
			groups(t, func(t *testing.T, g *reactor.Group) {
				a, b := pairs(t, g)
				must(t, a.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_SNDBUF, 64<<10))
				must(t, b.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_RCVBUF, 64<<10))
				buf := make([]byte, 1<<20)
				for range 5 {
					ask(nil, list{a}, nil, pyselect.Forever).wants(t, nil, list{a}, nil)
					for len(ask(nil, list{a}, nil, 0).w) > 0 { // TCP makes room on its own for a while
						fill(t, a)
					}
					waiting := begin(t, nil, list{a}, nil, patience)
					for len(waiting) == 0 {
						if _, err := b.RecvInto(buf); err != nil {
							t.Fatal(err)
						}
						if len(ask(list{b}, nil, nil, 0).r) == 0 {
							break
						}
					}
					receive(t, waiting, "the answer").wants(t, nil, list{a}, nil)
					for len(ask(list{b}, nil, nil, soon).r) > 0 {
						if _, err := b.RecvInto(buf); err != nil {
							t.Fatal(err)
						}
					}
				}
			})
		})
	}
}

// TestEnds are an orderly end, a reset, and a peer that is gone.
//
//inventory:row select readiness masks
func TestEnds(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		a, b := tcpPairOn(t, g)
		waiting := begin(t, list{b}, nil, list{b}, pyselect.Forever)
		must(t, a.Shutdown(fdsock.SHUT_WR))
		receive(t, waiting, "the end").wants(t, list{b}, nil, nil)
		ask(list{b}, list{b}, list{b}, 0).wants(t, list{b}, list{b}, nil)
		if text := recv(t, b); text != "" {
			t.Errorf("received %q", text)
		}
		ask(list{b}, list{b}, list{b}, 0).wants(t, list{b}, list{b}, nil)

		a, b = tcpPairOn(t, g)
		waiting = begin(t, list{b}, nil, list{b}, pyselect.Forever)
		must(t, unix.SetsockoptLinger(a.Fileno(), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
		must(t, a.Close())
		receive(t, waiting, "the reset").wants(t, list{b}, nil, nil)
		ask(list{b}, list{b}, list{b}, 0).wants(t, list{b}, list{b}, nil)

		a, b = pairOn(t, g)
		waiting = begin(t, list{b}, nil, list{b}, pyselect.Forever)
		must(t, a.Close())
		receive(t, waiting, "the end").wants(t, list{b}, nil, nil)
		ask(list{b}, list{b}, list{b}, 0).wants(t, list{b}, list{b}, nil)
	})
}
