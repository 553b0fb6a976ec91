package pyio_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/pollux-net/pollux/fdsock/pyio"
	"github.com/pollux-net/pollux/internal/sys"
)

// step is one answer of a scripted socket.
type step struct {
	data string // what a receive brings, "" being the end
	room int    // how much a send takes
	err  error
}

// Answers of a scripted socket.
var (
	busy    = step{err: sys.EAGAIN}
	late    = step{err: os.ErrDeadlineExceeded}
	errTest = errors.New("out of order")
)

// script is a socket that answers from a list: receives end, and sends take
// everything, after that.
type script struct {
	in, out  []step
	sent     bytes.Buffer
	asked    []int // sizes that were asked for
	released int
}

func (s *script) RecvInto(p []byte) (int, error) {
	s.asked = append(s.asked, len(p))
	if len(s.in) == 0 || len(p) == 0 {
		return 0, nil
	}
	first := &s.in[0]
	n := copy(p, first.data)
	err := first.err
	if first.data = first.data[n:]; first.data == "" {
		s.in = s.in[1:]
	}
	return n, err
}

func (s *script) Send(p []byte) (int, error) {
	if len(s.out) == 0 {
		return s.sent.Write(p)
	}
	first := s.out[0]
	s.out = s.out[1:]
	n, _ := s.sent.Write(p[:min(first.room, len(p))])
	return n, first.err
}

func (s *script) Fileno() int { return 7 }

func (s *script) Release() error {
	s.released++
	return nil
}

// pieces are receives that bring one text each.
func pieces(texts ...string) (steps []step) {
	for _, text := range texts {
		steps = append(steps, step{data: text})
	}
	return steps
}

func binaryFile(t *testing.T, s *script, mode string, opts ...pyio.Option) pyio.Binary {
	t.Helper()
	f, err := pyio.OpenBinary(s, mode, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func textFile(t *testing.T, s *script, mode string, opts ...pyio.Option) *pyio.TextIOWrapper {
	t.Helper()
	f, err := pyio.OpenText(s, mode, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// wantText compares a result, bytes or text.
func wantText[T ~string | ~[]byte](t *testing.T, wanted string) func(T, error) {
	t.Helper()
	return func(got T, err error) {
		t.Helper()
		if string(got) != wanted || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, wanted)
		}
	}
}

// wantPart compares a result that comes with an error.
func wantPart[T ~string | ~[]byte](t *testing.T, wanted string, target error) func(T, error) {
	t.Helper()
	return func(got T, err error) {
		t.Helper()
		if string(got) != wanted || !errors.Is(err, target) {
			t.Errorf("got %q, %v; want %q, %v", got, err, wanted, target)
		}
	}
}

// wantSaid compares what an error says.
func wantSaid(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || err.Error() != text {
		t.Errorf("error is %v, want %q", err, text)
	}
}

func want(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error is %v, want %v", err, target)
	}
}

func wantN(t *testing.T, wanted int) func(int, error) {
	t.Helper()
	return func(n int, err error) {
		t.Helper()
		if n != wanted || err != nil {
			t.Errorf("got %d, %v; want %d", n, err, wanted)
		}
	}
}

var _ io.Reader = (*pyio.TextIOWrapper)(nil)
