package poller_test

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/clock"
	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
)

// patience is how long a test waits for what must come. It only bounds how
// long a failure takes.
const patience = 30 * time.Second

// open opens a backend, to be closed when the test ends.
func open(tb testing.TB, b poller.Backend) (poller.Queue, poller.Parker) {
	tb.Helper()
	q, p, err := b.Open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		q.Close()
		p.Close()
	})
	return q, p
}

// watched is a queue under test, with the one descriptor it watches.
type watched struct {
	t     *testing.T
	queue poller.Queue
	fd    int
	token poller.Token
}

const token = poller.Token(0xfedcba98_76543210)

func watch(t *testing.T, b poller.Backend, fd int) *watched {
	t.Helper()
	q, _ := open(t, b)
	if errno := q.Add(fd, token); errno != 0 {
		t.Fatal(errno)
	}
	return &watched{t, q, fd, token}
}

// fetch returns the conditions of every event there is, merged.
func (w *watched) fetch() (all poller.Ready) {
	w.t.Helper()
	var events [8]poller.Event
	for {
		n, errno := w.queue.Fetch(events[:])
		if errno != 0 {
			w.t.Fatal(errno)
		}
		for _, ev := range events[:n] {
			if ev.Token != w.token {
				w.t.Errorf("token is %#x, want %#x", ev.Token, w.token)
			}
			all |= ev.Ready
		}
		if n < len(events) {
			return all
		}
	}
}

// expect checks that the conditions are reported, soon: kqueue may report the
// directions one after the other.
func (w *watched) expect(what string, want poller.Ready) {
	w.t.Helper()
	got := poller.Ready(0)
	for deadline := clock.After(patience); got&want != want; runtime.Gosched() {
		got |= w.fetch()
		if clock.Now() > deadline {
			w.t.Fatalf("%s: reported %v, want %v", what, got, want)
		}
	}
}

// silent checks that nothing is reported.
func (w *watched) silent(what string) {
	w.t.Helper()
	if got := w.fetch(); got != 0 {
		w.t.Errorf("%s: reported %v, want nothing", what, got)
	}
}

func socketpair(t *testing.T) (a, b int) {
	t.Helper()
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	t.Cleanup(func() { sys.Close(fds[0]); sys.Close(fds[1]) })
	return fds[0], fds[1]
}

// tcp returns the two ends of a TCP connection over loopback.
func tcp(t *testing.T) (client, server int) {
	t.Helper()
	l := socket(t)
	defer sys.Close(l)
	any4 := sys.Inet(loopback)
	if errno := sys.Bind(l, &any4); errno != 0 {
		t.Fatal(errno)
	}
	if errno := sys.Listen(l, 1); errno != 0 {
		t.Fatal(errno)
	}
	addr, errno := sys.Getsockname(l)
	if errno != 0 {
		t.Fatal(errno)
	}
	client = socket(t)
	if errno := sys.Connect(client, &addr); errno != 0 && errno != sys.EINPROGRESS {
		t.Fatal(errno)
	}
	for deadline := clock.After(patience); ; runtime.Gosched() {
		if server, _, errno = sys.Accept(l); errno == 0 {
			break
		}
		if errno != sys.EAGAIN || clock.Now() > deadline {
			t.Fatal(errno)
		}
	}
	t.Cleanup(func() { sys.Close(client); sys.Close(server) })
	return client, server
}

func socket(t *testing.T) int {
	t.Helper()
	fd, errno := sys.Socket(sys.AF_INET, sys.SOCK_STREAM, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	return fd
}

func send(t *testing.T, fd int, data string, flags int) {
	t.Helper()
	if _, errno := sys.Send(fd, []byte(data), flags); errno != 0 {
		t.Fatal(errno)
	}
}

// fill sends until the kernel takes no more.
func fill(fd int) {
	var block [1 << 16]byte
	for {
		if _, errno := sys.Send(fd, block[:], 0); errno != 0 {
			return
		}
	}
}

// drain receives until there is no more.
func drain(fd int) {
	var block [1 << 16]byte
	for {
		if n, errno := sys.Recv(fd, block[:], 0); errno != 0 || n == 0 {
			return
		}
	}
}

// reset makes closing fd send RST.
func reset(t *testing.T, fd int) {
	t.Helper()
	if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		t.Fatal(err)
	}
	sys.Close(fd)
}
