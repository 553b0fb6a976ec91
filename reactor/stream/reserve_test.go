package stream_test

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// wantReset connects, and wants the connection to be reset, if not before
// connect has returned.
func wantReset(tb testing.TB, addr net.Addr) {
	tb.Helper()
	c, err := net.Dial(addr.Network(), addr.String())
	if err == nil {
		must(tb, c.SetDeadline(time.Now().Add(patience)))
		_, err = io.ReadAll(c)
		must(tb, c.Close())
	}
	if !errors.Is(err, sys.ECONNRESET) {
		tb.Errorf("%v, want a reset", err)
	}
}

// TestShed runs out of descriptors at every second accept: the one behind each
// is reset, and what is established goes on.
func TestShed(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EMFILE, unix.ENFILE} {
		t.Run(errno.Error(), func(t *testing.T) {
			s := serve(t, stream.Config{}, func() *handler { return echoing(t) })
			old := dial(t, s)
			must(t, exchange(old, []byte("before")))
			var failed atomic.Bool
			defer sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op == sys.OpAccept && failed.CompareAndSwap(false, true) {
					return sys.Fault{Errno: errno}
				}
				return sys.Fault{}
			})()
			wantReset(t, s.Addr())
			must(t, exchange(old, []byte("meanwhile")))
			must(t, exchange(dial(t, s), []byte("after")))
			if got := s.Stats(); got.Shed != 1 || got.Rests != 1 || got.Accepted != 2 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestNoReserve rests only when there is none, and makes one when it can.
func TestNoReserve(t *testing.T) {
	var noSocket, noAccept atomic.Bool
	noSocket.Store(true)
	g := group(t, 1)
	s := newServer(t, stream.Config{Group: g})
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer sys.SetHook(func(c sys.Call) sys.Fault {
		switch {
		case c.Op == sys.OpSocket && noSocket.Load():
			return sys.Fault{Errno: unix.EMFILE}
		case c.Op == sys.OpAccept && noAccept.CompareAndSwap(true, false):
			return sys.Fault{Errno: unix.EMFILE}
		}
		return sys.Fault{}
	})()
	noAccept.Store(true)
	wantReset(t, addr) // the reserve of the beginning is used, and cannot be made again
	must(t, exchange(connect(t, addr), []byte("hello")))
	noAccept.Store(true)
	must(t, exchange(connect(t, addr), []byte("waited"))) // not reset
	if got := s.Stats(); got.Shed != 1 || got.Rests != 2 {
		t.Errorf("%+v", got)
	}
	noSocket.Store(false)
	noAccept.Store(true)
	wantReset(t, addr)
}

// TestRestGrows waits longer and longer, up to a second, and begins anew when
// accepting has worked.
func TestRestGrows(t *testing.T) {
	g := group(t, 1)
	s := newServer(t, stream.Config{Group: g})
	addr, err := s.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var failing atomic.Bool
	var at []int64 // of the loop, until it has stopped
	failing.Store(true)
	defer sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == sys.OpAccept && failing.Load() {
			at = append(at, reactor.Now())
			return sys.Fault{Errno: unix.ENOMEM}
		}
		return sys.Fault{}
	})()
	c := connect(t, addr)
	until(t, "rests", func() bool { return s.Stats().Rests == 4 })
	failing.Store(false)
	must(t, exchange(c, []byte("hello")))
	for i, least := range []time.Duration{50, 100, 200} {
		if d := time.Duration(at[i+1] - at[i]); d < least*time.Millisecond {
			t.Errorf("rest %d lasted %v", i, d)
		}
	}
}

// TestOutOfDescriptors is the real thing: a process of 40 descriptors has more
// clients than that.
func TestOutOfDescriptors(t *testing.T) {
	if !child(t) {
		again(t, t.Name(), nil)
		return
	}
	g := group(t, 1)
	s := newServer(t, stream.Config{Group: g})
	addr, err := s.Listen("unix", shortDir(t)+"/socket")
	must(t, err)
	old := connect(t, addr)
	must(t, exchange(old, []byte("before")))
	var was unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &was))
	now := was
	now.Cur = 40
	must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &now))
	spare, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(t, err)
	var clients []net.Conn
	for { // each is accepted before the next comes, until there is no room for one of the two
		c, err := net.Dial("unix", addr.String())
		if errors.Is(err, unix.EMFILE) {
			// The server has the last descriptor, and nobody waits yet.
			must(t, unix.Close(spare))
			c, err = net.Dial("unix", addr.String())
			must(t, err)
			clients = append(clients, c)
			break
		}
		must(t, err)
		clients = append(clients, c)
		if exchange(c, []byte("me too")) != nil { // it is reset
			must(t, unix.Close(spare))
			break
		}
	}
	polls := g.Loops()[0].Stats().Polls
	until(t, "shedding", func() bool { return s.Stats().Shed > 0 })
	must(t, exchange(old, []byte("meanwhile")))
	if n := g.Loops()[0].Stats().Polls - polls; n > 1000 {
		t.Errorf("the loop has polled %d times: it spins", n)
	}
	for _, c := range clients {
		must(t, c.Close())
	}
	must(t, exchange(old, []byte("still")))
	until(t, "descriptors", func() bool {
		c, err := net.Dial("unix", addr.String())
		if err != nil {
			return false
		}
		defer c.Close()
		return exchange(c, []byte("after")) == nil
	})
	must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &was))
}
