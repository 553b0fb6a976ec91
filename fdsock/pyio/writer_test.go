package pyio_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock/pyio"
)

func wantTaken(t *testing.T, n int, err error, wanted int) {
	t.Helper()
	blocked := new(pyio.BlockingIOError)
	if n != wanted || !errors.As(err, &blocked) || blocked.CharactersWritten != wanted {
		t.Errorf("got %d, %v; want %d taken", n, err, wanted)
	}
	wantSaid(t, err, "BlockingIOError: write could not complete without blocking")
}

func TestBufferedWriterFull(t *testing.T) {
	s := &script{out: []step{busy, busy, {room: 2}, busy}}
	f := binaryFile(t, s, "w", pyio.Buffering(4))
	wantN(t, 3)(f.Write([]byte("abc")))
	n, err := f.Write([]byte("de"))
	wantTaken(t, n, err, 1)
	n, err = f.Write([]byte("x"))
	wantTaken(t, n, err, 0)
	wantN(t, 1)(f.Write([]byte("e"))) // two are sent, which makes room
	want(t, f.Flush(), nil)
	if got := s.sent.String(); got != "abcde" {
		t.Errorf("sent %q", got)
	}
}

func TestBufferedWriterLong(t *testing.T) {
	s := &script{out: []step{{room: 3}, busy, {room: 3}, {room: 2}, {room: 1}}}
	f := binaryFile(t, s, "w", pyio.Buffering(4))
	n, err := f.Write([]byte("0123456789"))
	wantTaken(t, n, err, 7)
	wantN(t, 3)(f.Write([]byte("789")))
	want(t, f.Close(), nil)
	if got := s.sent.String(); got != "0123456789" || s.released != 1 {
		t.Errorf("sent %q, released %d times", got, s.released)
	}
}

// TestBufferedWriterTimeout: what has not been sent stays.
func TestBufferedWriterTimeout(t *testing.T) {
	s := &script{out: []step{{room: 1, err: errTest}, late}}
	f := binaryFile(t, s, "w", pyio.Buffering(4))
	wantN(t, 4)(f.Write([]byte("abcd")))
	want(t, f.Flush(), errTest)
	want(t, f.Flush(), late.err)
	want(t, f.Flush(), nil)
	if got := s.sent.String(); got != "abcd" {
		t.Errorf("sent %q", got)
	}
}

func TestCloseReportsFlush(t *testing.T) {
	for _, mode := range []string{"w", "rw"} {
		s := &script{out: []step{{err: errTest}}}
		f := binaryFile(t, s, mode)
		wantN(t, 1)(f.WriteString("x"))
		want(t, f.Close(), errTest)
		want(t, f.Close(), nil)
		if !f.Closed() || s.released != 1 {
			t.Errorf("closed %v, released %d times", f.Closed(), s.released)
		}
	}
}

func TestRawWrite(t *testing.T) {
	s := &script{out: []step{{room: 2}, busy, {room: 1, err: errTest}}}
	f := binaryFile(t, s, "w", pyio.Buffering(0))
	wantN(t, 2)(f.Write([]byte("abc")))
	_, err := f.Write([]byte("c"))
	want(t, err, pyio.ErrWouldBlock)
	if n, err := f.Write([]byte("cd")); n != 1 || !errors.Is(err, errTest) {
		t.Error("a part before an error is", n, err)
	}
}

func TestWriteLines(t *testing.T) {
	for _, size := range []int{0, 3, 100} {
		s := &script{}
		f := binaryFile(t, s, "w", pyio.Buffering(size))
		want(t, f.WriteLines(slices.Values([][]byte{[]byte("ab\n"), []byte("cdef")})), nil)
		want(t, f.Close(), nil)
		if got := s.sent.String(); got != "ab\ncdef" {
			t.Errorf("sent %q", got)
		}
	}
}

// TestTextWriteKeeps: what a busy socket has no room for goes out later.
func TestTextWriteKeeps(t *testing.T) {
	s := &script{out: []step{busy, busy, busy}}
	f := textFile(t, s, "w", pyio.Buffering(4))
	long := strings.Repeat("xyz", 4000)
	n, err := f.WriteString(long)
	if n != len(long) || !errors.As(err, new(*pyio.BlockingIOError)) {
		t.Fatal(n, err)
	}
	n, err = f.WriteString("refused")
	if n != 0 || !errors.As(err, new(*pyio.BlockingIOError)) {
		t.Fatal("memory has no bound:", n, err)
	}
	s.out = nil
	wantN(t, 1)(f.WriteString("!"))
	want(t, f.Close(), nil)
	if got := s.sent.String(); got != long+"!" {
		t.Errorf("sent %d bytes", len(got))
	}
}
