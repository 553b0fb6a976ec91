package reactor_test

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// patience is how long a test waits for what must come. It only bounds how
// long a failure takes.
const patience = 30 * time.Second

// parkings are the ways of parking that most tests run over.
var parkings = map[string]reactor.Config{
	"runtime": {},
	"thread":  {ThreadParking: true},
}

// newGroup starts a group that is closed when the test ends. The test must
// have closed its handles by then.
func newGroup(tb testing.TB, c reactor.Config, loops int) *reactor.Group {
	tb.Helper()
	c.Loops = loops
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

// pair returns a handle for one end of a stream, and the other end. Both are
// closed when the test ends.
func pair(tb testing.TB, l *reactor.Loop) (*reactor.Handle, int) {
	tb.Helper()
	fds := socketpair(tb)
	h := handle(tb, l, fds[0])
	tb.Cleanup(func() { sys.Close(fds[1]) })
	return h, fds[1]
}

func socketpair(tb testing.TB) [2]int {
	tb.Helper()
	fds, errno := sys.Socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0)
	if errno != 0 {
		tb.Fatal(errno)
	}
	return fds
}

func handle(tb testing.TB, l *reactor.Loop, fd int) *reactor.Handle {
	tb.Helper()
	h, err := l.NewHandle(fd, "test")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Error(err)
		}
	})
	return h
}

func arm(tb testing.TB, h *reactor.Handle) {
	tb.Helper()
	if err := h.Arm(); err != nil {
		tb.Fatal(err)
	}
}

func send(tb testing.TB, fd int, data string) {
	tb.Helper()
	if n, errno := sys.Send(fd, []byte(data), 0); errno != 0 || n != len(data) {
		tb.Fatalf("send: %d bytes, %v", n, errno)
	}
}

// drain reads until the kernel has no more, clears what that disproves and
// returns the number of bytes.
func drain(h *reactor.Handle) (total int) {
	var buf [512]byte
	for {
		since, ok := h.Acquire()
		if !ok {
			return total
		}
		n, errno := sys.Recv(h.Fileno(), buf[:], 0)
		if errno == sys.EAGAIN {
			h.Clear(since, reactor.Readable)
		}
		h.Release()
		if errno != 0 || n == 0 {
			return total
		}
		total += n
	}
}

// await waits for the conditions through a waiter.
func await(tb testing.TB, p reactor.Pollable, mask reactor.Readiness) reactor.Readiness {
	tb.Helper()
	w := reactor.NewWaiter()
	defer w.Release()
	w.Watch(p, mask)
	deadline := reactor.Now() + int64(patience)
	for {
		if r := p.Readiness(mask); r != 0 {
			return r
		}
		if !w.Wait(deadline) {
			tb.Fatalf("fd %d: no %v, readiness is %v", p.Fileno(), mask, p.Readiness(^reactor.Readiness(0)))
		}
	}
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
		buf := make([]byte, 1<<16)
		tb.Fatalf("%s did not come\n%s", what, buf[:runtime.Stack(buf, true)])
		panic("unreachable")
	}
}

// until lets others run until the condition holds, which must happen.
func until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := reactor.Now() + int64(patience); !holds(); runtime.Gosched() {
		if reactor.Now() > deadline {
			tb.Fatalf("%s: has not happened", what)
		}
	}
}

// settle returns when the loop has done everything that was posted before.
func settle(tb testing.TB, l *reactor.Loop) {
	tb.Helper()
	done := make(chan struct{})
	post(tb, l, func() { close(done) })
	receive(tb, done, "a posted function")
}

func post(tb testing.TB, l *reactor.Loop, fn func()) {
	tb.Helper()
	if err := l.Post(fn); err != nil {
		tb.Fatal(err)
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

func wantErr(tb testing.TB, got, want error) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Errorf("error is %v, want %v", got, want)
	}
}

// handlerFunc is a Handler.
type handlerFunc func(h *reactor.Handle, r reactor.Readiness)

func (f handlerFunc) Ready(h *reactor.Handle, r reactor.Readiness) { f(h, r) }
