package pyio_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock/pyio"
	"github.com/pollux-net/pollux/internal/sys"
)

func TestReadNeverAsksAgainOnceSatisfied(t *testing.T) {
	s := &script{in: pieces("abcdefgh")}
	f := binaryFile(t, s, "r", pyio.Buffering(4))
	wantText[[]byte](t, "abcdefgh")(f.ReadN(8))
	if !slices.Equal(s.asked, []int{8}) {
		t.Error("asked for", s.asked)
	}
}

//inventory:row makefile
func TestReadTimeoutPoisons(t *testing.T) {
	for _, size := range []int{0, 4} {
		for name, err := range map[string]error{"socket": late.err, "kernel": sys.ETIMEDOUT} {
			s := &script{in: []step{{data: "ab"}, {err: err}, {data: "cd"}}}
			f := binaryFile(t, s, "r", pyio.Buffering(size))
			if size > 0 {
				wantPart[[]byte](t, "ab", err)(f.ReadN(3))
			} else {
				wantText[[]byte](t, "ab")(f.ReadN(3))
				wantPart[[]byte](t, "", err)(f.ReadN(3))
			}
			_, got := f.ReadN(1)
			wantSaid(t, got, "cannot read from timed out object")
			if !errors.As(got, new(*pyio.OSError)) {
				t.Errorf("%s: error is %T", name, got)
			}
			_, got = f.Read(make([]byte, 1))
			wantSaid(t, got, "cannot read from timed out object")
		}
	}
}

// TestReadNone goes through what a nonblocking socket without data makes of
// each call.
func TestReadNone(t *testing.T) {
	type call = func(pyio.Binary) ([]byte, error)
	into := func(read func(pyio.Binary, []byte) (int, error)) call {
		return func(f pyio.Binary) ([]byte, error) {
			p := make([]byte, 5)
			n, err := read(f, p)
			return p[:n], err
		}
	}
	for name, c := range map[string]struct {
		call
		part string
	}{
		"read(5)":     {func(f pyio.Binary) ([]byte, error) { return f.ReadN(5) }, "abc"},
		"read()":      {func(f pyio.Binary) ([]byte, error) { return f.ReadAll() }, "abc"},
		"read1":       {func(f pyio.Binary) ([]byte, error) { return f.Read1(5) }, "abc"},
		"readline":    {func(f pyio.Binary) ([]byte, error) { return f.ReadLine(-1) }, "abc"},
		"peek, read":  {func(f pyio.Binary) ([]byte, error) { _, err := f.Peek(1); p, _ := f.ReadN(5); return p, err }, "abc"},
		"readinto":    {into(pyio.Binary.ReadInto), "abc"},
		"readinto1":   {into(pyio.Binary.ReadInto1), "abc"},
		"Read":        {into(pyio.Binary.Read), "abc"},
		"WriteTo":     {func(f pyio.Binary) ([]byte, error) { return copied(f) }, "abc"},
		"for line in": {func(f pyio.Binary) ([]byte, error) { return iterated(f) }, "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{in: []step{busy, busy, {data: "abc"}, busy, busy}}
			f := binaryFile(t, s, "r", pyio.Buffering(8))
			wantPart[[]byte](t, "", pyio.ErrWouldBlock)(c.call(f))
			want(t, pyio.ErrWouldBlock, sys.EAGAIN)
			s.in = s.in[len(s.in)-3:]
			got, err := c.call(f)
			if string(got) != c.part || err != nil && !errors.Is(err, pyio.ErrWouldBlock) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func copied(f pyio.Binary) ([]byte, error) {
	var b bytes.Buffer
	_, err := f.(io.WriterTo).WriteTo(&b)
	return b.Bytes(), err
}

func iterated(f pyio.Binary) (all []byte, err error) {
	for l, err := range f.Lines() {
		all = append(all, l...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// TestReadlineNone is IOBase.readline, which needs a socket that waits.
func TestReadlineNone(t *testing.T) {
	for name, mode := range map[string]string{"raw": "r", "pair": "rw"} {
		s := &script{in: []step{{data: "ab"}, busy}}
		size := 8
		if name == "raw" {
			size = 0
		}
		got, err := binaryFile(t, s, mode, pyio.Buffering(size)).ReadLine(-1)
		wantSaid(t, err, "read() should have returned a bytes object, not 'NoneType'")
		if string(got) != "ab" {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestReadErrorKeepsPart(t *testing.T) {
	for name, read := range map[string]func(pyio.Binary) ([]byte, error){
		"read(8)":  func(f pyio.Binary) ([]byte, error) { return f.ReadN(8) },
		"read()":   func(f pyio.Binary) ([]byte, error) { return f.ReadAll() },
		"readline": func(f pyio.Binary) ([]byte, error) { return f.ReadLine(-1) },
		"readinto": func(f pyio.Binary) ([]byte, error) {
			p := make([]byte, 8)
			n, err := f.ReadInto(p)
			return p[:n], err
		},
		"lines": iterated,
	} {
		for _, mode := range []string{"r", "rw"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				s := &script{in: []step{{data: "abc"}, {err: errTest}}}
				wantPart[[]byte](t, "abc", errTest)(read(binaryFile(t, s, mode, pyio.Buffering(4))))
			})
		}
	}
}

func TestReadEOFForEver(t *testing.T) {
	for _, size := range []int{0, 4} {
		s := &script{in: pieces("ab")}
		f := binaryFile(t, s, "r", pyio.Buffering(size))
		wantText[[]byte](t, "ab")(f.ReadAll())
		for range 3 {
			wantText[[]byte](t, "")(f.ReadN(1))
			wantText[[]byte](t, "")(f.ReadLine(-1))
			wantN(t, 0)(f.ReadInto(make([]byte, 1)))
			if _, err := f.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Error("Read gives", err)
			}
			wantN(t, 0)(f.Read(nil))
		}
	}
}

func TestReadByteAndPeek(t *testing.T) {
	for _, mode := range []string{"r", "rw"} {
		s := &script{in: pieces("ab", "c")}
		f := binaryFile(t, s, mode)
		b, err := f.(io.ByteReader).ReadByte()
		if b != 'a' || err != nil {
			t.Error(b, err)
		}
		wantText[[]byte](t, "b")(f.Peek(0))
		wantText[[]byte](t, "bc")(f.ReadAll())
		if _, err := f.(io.ByteReader).ReadByte(); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}

// TestReadBounded asks for more than there is: memory is for what comes.
func TestReadBounded(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 200<<10)
	s := &script{in: pieces(long)}
	wantText[[]byte](t, long)(binaryFile(t, s, "r").ReadN(1 << 30))
	_, err := binaryFile(t, s, "r").ReadN(-2)
	wantSaid(t, err, "read length must be non-negative or -1")
	s = &script{in: pieces(long)}
	got, err := binaryFile(t, s, "r").ReadLine(100)
	if len(got) != 100 || err != nil {
		t.Error("a limited line has", len(got), err)
	}
	s = &script{in: pieces("a\nbb\nccc\n")}
	lines, err := binaryFile(t, s, "r").ReadLines(3)
	if len(lines) != 2 || err != nil {
		t.Errorf("readlines(3) gives %q, %v", lines, err)
	}
}

// idle is a Writer that takes n bytes a call and says nothing about the rest.
type idle int

func (n idle) Write(p []byte) (int, error) { return min(int(n), len(p)), nil }

// TestWriteToIdle copies to writers that take too little without an error, as
// io.Writer forbids: it ends, and what they did not take is still there.
func TestWriteToIdle(t *testing.T) {
	for _, takes := range []int{0, 2} {
		f := binaryFile(t, &script{in: pieces("abcd")}, "r")
		n, err := f.(*pyio.BufferedReader).WriteTo(idle(takes))
		if n != int64(takes) || !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%d bytes, %v", n, err)
		}
		wantText[[]byte](t, "abcd"[takes:])(f.ReadN(4 - takes))
	}
}
