package pyselect_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/internal/waits"
	"github.com/pollux-net/pollux/reactor"
)

// patience is how long a test waits for what must come. It only bounds how
// long a failure takes.
const patience = 30 * time.Second

// soon is a timeout that is meant to run out.
const soon = 5 * time.Millisecond

// list is an argument of Select.
type list = []pyselect.Object

// groups runs a test on loops that park in each way.
func groups(t *testing.T, test func(t *testing.T, g *reactor.Group)) {
	t.Helper()
	t.Run("runtime", func(t *testing.T) { test(t, newGroup(t, reactor.Config{Loops: 2})) })
	t.Run("thread", func(t *testing.T) { test(t, newGroup(t, reactor.Config{Loops: 2, ThreadParking: true})) })
}

// newGroup starts a group that is closed when the test ends.
func newGroup(tb testing.TB, c reactor.Config) *reactor.Group {
	tb.Helper()
	g, err := reactor.NewGroup(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := g.Close(); err != nil {
			tb.Error(err)
		}
	})
	return g
}

// onDefault has the default group stopped when the test ends, by when all its
// sockets must be closed.
func onDefault(tb testing.TB) {
	tb.Helper()
	tb.Cleanup(func() { must(tb, shutdownDefault()) })
}

// pair makes two connected sockets on the default group.
func pair(tb testing.TB) (a, b *fdsock.Socket) {
	tb.Helper()
	a, b, err := fdsock.SocketPair()
	if err != nil {
		tb.Fatal(err)
	}
	return closeAtEnd(tb, a), closeAtEnd(tb, b)
}

// pairOn makes two connected sockets on a group.
func pairOn(tb testing.TB, g *reactor.Group) (a, b *fdsock.Socket) {
	tb.Helper()
	a, b, err := fdsock.SocketPairOn(g)
	if err != nil {
		tb.Fatal(err)
	}
	return closeAtEnd(tb, a), closeAtEnd(tb, b)
}

// listenOn makes a TCP listener.
func listenOn(tb testing.TB, g *reactor.Group) (*fdsock.Socket, fdsock.Addr) {
	tb.Helper()
	l := newSocket(tb, g)
	must(tb, l.Bind(fdsock.Inet("127.0.0.1", 0)))
	must(tb, l.Listen())
	addr, err := l.GetSockName()
	must(tb, err)
	return l, addr
}

func newSocket(tb testing.TB, g *reactor.Group) *fdsock.Socket {
	tb.Helper()
	s, err := fdsock.NewOn(g, fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(tb, err)
	return closeAtEnd(tb, s)
}

// tcpPairOn makes a TCP connection.
func tcpPairOn(tb testing.TB, g *reactor.Group) (a, b *fdsock.Socket) {
	tb.Helper()
	l, addr := listenOn(tb, g)
	a = newSocket(tb, g)
	must(tb, a.Connect(addr))
	b, _, err := l.Accept()
	must(tb, err)
	must(tb, a.SetSockOpt(fdsock.IPPROTO_TCP, fdsock.TCP_NODELAY, 1))
	must(tb, b.SetSockOpt(fdsock.IPPROTO_TCP, fdsock.TCP_NODELAY, 1))
	return a, closeAtEnd(tb, b)
}

func closeAtEnd(tb testing.TB, s *fdsock.Socket) *fdsock.Socket {
	tb.Helper()
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s
}

// pipe makes a pipe of bare descriptors.
func pipe(tb testing.TB) (r, w pyselect.FD) {
	tb.Helper()
	r, w = openPipe(tb)
	tb.Cleanup(func() { closeBare(tb, r); closeBare(tb, w) })
	return r, w
}

// openPipe makes a pipe that the test closes itself.
func openPipe(tb testing.TB) (r, w pyselect.FD) {
	tb.Helper()
	var fds [2]int
	must(tb, unix.Pipe(fds[:]))
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		must(tb, unix.SetNonblock(fd, true))
	}
	return pyselect.FD(fds[0]), pyselect.FD(fds[1])
}

func closeBare(tb testing.TB, fd pyselect.FD) {
	tb.Helper()
	must(tb, unix.Close(int(fd)))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func send(tb testing.TB, s *fdsock.Socket, text string, flags ...int) {
	tb.Helper()
	n, err := s.Send([]byte(text), flags...)
	if err != nil || n != len(text) {
		tb.Fatalf("sent %d bytes of %d: %v", n, len(text), err)
	}
}

func recv(tb testing.TB, s *fdsock.Socket) string {
	tb.Helper()
	p, err := s.Recv(4096)
	must(tb, err)
	return string(p)
}

func write(tb testing.TB, fd pyselect.FD, text string) {
	tb.Helper()
	if n, err := unix.Write(int(fd), []byte(text)); err != nil || n != len(text) {
		tb.Fatalf("wrote %d bytes of %d: %v", n, len(text), err)
	}
}

func read(tb testing.TB, fd pyselect.FD) string {
	tb.Helper()
	var p [4096]byte
	n, err := unix.Read(int(fd), p[:])
	must(tb, err)
	return string(p[:n])
}

// fill sends until the kernel takes no more.
func fill(tb testing.TB, s *fdsock.Socket) {
	tb.Helper()
	p := make([]byte, 64<<10)
	for {
		if _, err := s.Send(p, fdsock.MSG_DONTWAIT); err != nil {
			if !errors.Is(err, unix.EAGAIN) {
				tb.Fatal(err)
			}
			return
		}
	}
}

// answer is what Select returned.
type answer struct {
	r, w, x list
	err     error
}

// ask calls Select.
func ask(r, w, x list, timeout time.Duration) answer {
	rr, rw, rx, err := pyselect.Select(r, w, x, timeout)
	return answer{rr, rw, rx, err}
}

// wants fails the test unless the answer is the wanted one.
func (a answer) wants(tb testing.TB, r, w, x list) {
	tb.Helper()
	must(tb, a.err)
	if !slices.Equal(a.r, r) || !slices.Equal(a.w, w) || !slices.Equal(a.x, x) {
		tb.Fatalf("answer is %v %v %v, want %v %v %v", numbers(a.r), numbers(a.w), numbers(a.x), numbers(r), numbers(w), numbers(x))
	}
}

// fails fails the test unless the answer is an error of this number.
func (a answer) fails(tb testing.TB, errno unix.Errno) {
	tb.Helper()
	var e *pyselect.Error
	if !errors.Is(a.err, errno) || !errors.As(a.err, &e) {
		tb.Fatalf("error is %v, want %v", a.err, errno)
	}
	if a.r != nil || a.w != nil || a.x != nil {
		tb.Error("an error comes with results")
	}
	if !strings.HasPrefix(e.Error(), "select: ") || !strings.Contains(e.Error(), unix.ErrnoName(errno)+" (OSError): ") {
		tb.Errorf("error text %q", e)
	}
}

// numbers returns the descriptors of a list.
func numbers(l list) (fds []int) {
	for _, o := range l {
		fds = append(fds, o.Fileno())
	}
	return fds
}

// begin calls Select in another goroutine and returns when it waits.
func begin(tb testing.TB, r, w, x list, timeout time.Duration) <-chan answer {
	tb.Helper()
	c := make(chan answer, 1)
	begun.Add(1)
	go func() {
		a := ask(r, w, x, timeout)
		begun.Add(-1)
		c <- a
	}()
	until(tb, "select waits", allWait)
	return c
}

// begun counts the calls of begin and beginPoll that have not returned.
var begun atomic.Int64

// allWait reports whether all of them wait. To count those that wait before and
// after will not do: one that is woken in vain does not wait for a moment.
func allWait() bool {
	n := begun.Load() // first: who returns meanwhile must not make up for who does not wait yet
	return waits.Now.Load() == n
}

// receive takes a value that must come.
func receive[T any](tb testing.TB, c <-chan T, what string) T {
	tb.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case v := <-c:
		return v
	case <-timeout.C:
		buf := make([]byte, 1<<20)
		tb.Fatalf("%s did not come\n%s", what, buf[:runtime.Stack(buf, true)])
		panic("unreachable")
	}
}

// until lets others run until the condition holds, which must happen.
func until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !holds(); runtime.Gosched() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			tb.Fatalf("%s: has not happened\n%s", what, buf[:runtime.Stack(buf, true)])
		}
	}
}

// seeded returns a random source whose seed is in the test's log.
func seeded(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// rounds is n, or a tenth of it under -short.
func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// shutdownDefault stops the default group, if it was started.
func shutdownDefault() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // what is still open now is an error
	return reactor.Shutdown(ctx)
}
