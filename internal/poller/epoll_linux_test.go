//go:build linux

package poller

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestDecodeEpoll goes through every combination of the bits, with the one
// that only a registration has set as well.
func TestDecodeEpoll(t *testing.T) {
	bits := []struct {
		bit  uint32
		want Ready
	}{
		{sys.EPOLLIN, Readable},
		{sys.EPOLLOUT, Writable},
		{sys.EPOLLPRI, Priority},
		{sys.EPOLLRDHUP, ReadHangUp},
		{sys.EPOLLHUP, HangUp},
		{sys.EPOLLERR, Error},
		{sys.EPOLLET, 0},
	}
	for set := range 1 << len(bits) {
		var raw uint32
		var want Ready
		for i, b := range bits {
			if set&(1<<i) != 0 {
				raw |= b.bit
				want |= b.want
			}
		}
		if got := decodeEpoll(raw); got != want {
			t.Errorf("%#x is %v, want %v", raw, got, want)
		}
	}
}

// TestRuntimeParkerRefused gives the parker a descriptor that the runtime
// cannot poll. It must close it, and only once.
func TestRuntimeParkerRefused(t *testing.T) {
	leak.Check(t)
	name := t.TempDir() + "/file"
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newRuntimeParker(&epoll{fd: fd}); err == nil {
		t.Error("the runtime polls a regular file")
	}
}

// TestNested watches a queue's descriptor with another queue.
func TestNested(t *testing.T) {
	inner, err := newEpoll()
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	for _, b := range Backends() {
		outer, parker, err := b.Open()
		if err != nil {
			t.Fatal(err)
		}
		fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
		if errno != 0 {
			t.Fatal(errno)
		}
		if errno := outer.Add(inner.fd, 7); errno != 0 {
			t.Fatal(errno)
		}
		var events [4]Event
		if n, errno := outer.Fetch(events[:]); n != 0 || errno != 0 {
			t.Errorf("%s: an empty queue: %v, %v", b.Name, events[:n], errno)
		}
		if errno := inner.Add(fds[0], 9); errno != 0 {
			t.Fatal(errno)
		}
		parker.Arm(1<<63 - 1)
		n := 0
		parker.Park(func() bool { n, _ = outer.Fetch(events[:]); return n > 0 })
		if n != 1 || events[0] != (Event{7, Readable}) {
			t.Errorf("%s: the outer queue reports %v", b.Name, events[:n])
		}
		if n, _ := inner.Fetch(events[:]); n != 1 || events[0] != (Event{9, Writable}) {
			t.Errorf("%s: the inner queue reports %v", b.Name, events[:n])
		}
		outer.Close()
		parker.Close()
		sys.Close(fds[0])
		sys.Close(fds[1])
	}
}

// TestEventfdFull wakes a thread whose eventfd can count no further.
func TestEventfdFull(t *testing.T) {
	inner, err := newEpoll()
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	g, err := openEpollGate(inner)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	full := [8]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if sys.BigEndian {
		full[0], full[7] = full[7], full[0]
	}
	if _, errno := sys.Write(g.event, full[:]); errno != 0 {
		t.Fatal(errno)
	}
	if !g.wait(0) {
		t.Error("the first write is no edge")
	}
	for range 3 {
		g.wake()
		if !g.wait(0) {
			t.Error("a wake-up was lost")
		}
		if g.wait(0) {
			t.Error("one wake-up counted twice")
		}
	}
}
