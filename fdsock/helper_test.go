package fdsock_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// patience is how long a test waits for what must come. It only bounds how
// long a failure takes.
const patience = 30 * time.Second

// soon is a timeout that is meant to run out.
const soon = 5 * time.Millisecond

// inWait counts the goroutines that wait inside a call.
func inWait() int {
	stackBuffer.Lock()
	defer stackBuffer.Unlock()
	n := 0
	rest := stackBuffer.bytes[:runtime.Stack(stackBuffer.bytes, true)]
	for more := true; more; {
		var g []byte
		g, rest, more = bytes.Cut(rest, []byte("\n\n"))
		if bytes.Contains(g, []byte("reactor.(*Waiter).Wait(")) && bytes.Contains(g, []byte("[chan receive")) {
			n++
		}
	}
	return n
}

// stackBuffer takes the stacks of all goroutines.
var stackBuffer = struct {
	sync.Mutex
	bytes []byte
}{bytes: make([]byte, 1<<20)}

// untilInWait returns when n goroutines wait inside a call.
func untilInWait(tb testing.TB, n int) {
	tb.Helper()
	until(tb, "goroutines wait inside their calls", func() bool { return inWait() == n })
}

// until lets others run until the condition holds, which must happen.
func until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline, looks := time.Now().Add(patience), 0; !holds(); looks++ {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: has not happened\n%s", what, stacks())
		}
		if runtime.Gosched(); looks > 10 { // looking takes time from those that are to make it happen
			time.Sleep(20 * time.Microsecond)
		}
	}
}

func stacks() []byte {
	buf := make([]byte, 1<<20)
	return buf[:runtime.Stack(buf, true)]
}

// result is what a call in another goroutine came to.
type result struct {
	n   int
	err error
}

// begin makes a call in another goroutine.
func begin(call func() (int, error)) <-chan result {
	c := make(chan result, 1)
	go func() {
		n, err := call()
		c <- result{n, err}
	}()
	return c
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
		tb.Fatalf("%s did not come\n%s", what, stacks())
		panic("unreachable")
	}
}

// want fails the test unless the error is the wanted one; nil means none.
func want(tb testing.TB, err, wanted error) {
	tb.Helper()
	checkText(tb, err)
	if wanted == nil && err != nil || !errors.Is(err, wanted) {
		tb.Fatalf("error is %v, want %v", err, wanted)
	}
}

// wantClosed fails the test unless the error says that the socket was closed
// here.
func wantClosed(tb testing.TB, err error) {
	tb.Helper()
	want(tb, err, sys.EBADF)
	want(tb, err, net.ErrClosed)
}

// wantTimeout fails the test unless the error is a timeout of the socket.
func wantTimeout(tb testing.TB, err error) {
	tb.Helper()
	want(tb, err, fdsock.ErrTimeout)
	want(tb, err, os.ErrDeadlineExceeded)
}

// send sends a text that fits into the kernel's buffer.
func send(tb testing.TB, s *fdsock.Socket, text string, flags ...int) {
	tb.Helper()
	n, err := s.Send([]byte(text), flags...)
	want(tb, err, nil)
	if n != len(text) {
		tb.Fatalf("sent %d bytes of %d", n, len(text))
	}
}

// wantRecv receives once and compares.
func wantRecv(tb testing.TB, s *fdsock.Socket, text string, flags ...int) {
	tb.Helper()
	p, err := s.Recv(4096, flags...)
	want(tb, err, nil)
	if string(p) != text {
		tb.Fatalf("received %q, want %q", p, text)
	}
}

// recvFull receives exactly n bytes, or fewer at the end of the stream.
func recvFull(tb testing.TB, s *fdsock.Socket, n int) []byte {
	tb.Helper()
	p := make([]byte, n)
	got, err := io.ReadFull(reader{s}, p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		tb.Fatal(err)
	}
	return p[:got]
}

// reader is a socket as an io.Reader.
type reader struct{ s *fdsock.Socket }

func (r reader) Read(p []byte) (int, error) {
	n, err := r.s.RecvInto(p)
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// echo sends back what it receives until the end of the stream.
func echo(s *fdsock.Socket) (total int, err error) {
	buf := make([]byte, 64<<10)
	for {
		n, err := s.RecvInto(buf)
		if n == 0 || err != nil {
			return total, err
		}
		total += n
		if err := s.SendAll(buf[:n]); err != nil {
			return total, err
		}
	}
}

// fill sends to a nonblocking socket until the kernel takes no more, and
// leaves it with its timeout.
func fill(tb testing.TB, s *fdsock.Socket) (total int) {
	tb.Helper()
	timeout := s.GetTimeout()
	s.SetTimeout(0)
	defer s.SetTimeout(timeout)
	p := make([]byte, 64<<10)
	for {
		n, err := s.Send(p)
		if err != nil {
			want(tb, err, sys.EAGAIN)
			return total
		}
		total += n
	}
}

// drain receives until nothing is left.
func drain(tb testing.TB, s *fdsock.Socket) (total int) {
	tb.Helper()
	p := make([]byte, 64<<10)
	for {
		n, err := s.TryRecv(p)
		if err != nil {
			want(tb, err, sys.EAGAIN)
			return total
		}
		if n == 0 {
			return total
		}
		total += n
	}
}

// pattern is n bytes that differ from place to place.
func pattern(n int) []byte {
	p := make([]byte, n)
	x := uint32(1)
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}

func wantSame(tb testing.TB, got, wanted []byte) {
	tb.Helper()
	if !bytes.Equal(got, wanted) {
		i := 0
		for i < min(len(got), len(wanted)) && got[i] == wanted[i] {
			i++
		}
		tb.Fatalf("%d bytes of %d, differing from byte %d on", len(got), len(wanted), i)
	}
}

// seeded returns a random source whose seed is in the test's log.
func seeded(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// longVariable is the environment variable that asks for runs that take their
// time: ten times as many random scripts and other rounds.
const longVariable = "POLLUX_LONG"

// rounds is n, a tenth of it under -short and tenfold in a long run.
func rounds(n int) int {
	switch {
	case os.Getenv(longVariable) != "":
		return 10 * n
	case testing.Short():
		return n / 10
	}
	return n
}

func timeoutOf(ns int64) time.Duration { return time.Duration(ns) }
