package fdsock_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

var (
	_ io.ReaderFrom = (*fdsock.Socket)(nil)
	_ io.WriterTo   = (*fdsock.Socket)(nil)
)

// stranger makes a stream of package net or os, and its other end.
type stranger struct {
	name string
	make func(t *testing.T) (near, far io.ReadWriteCloser)
}

var strangers = []stranger{
	{"tcp", func(t *testing.T) (io.ReadWriteCloser, io.ReadWriteCloser) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		want(t, err, nil)
		return netStreams(t, l)
	}},
	{"unix", func(t *testing.T) (io.ReadWriteCloser, io.ReadWriteCloser) {
		l, err := net.Listen("unix", t.TempDir()+"/s")
		want(t, err, nil)
		return netStreams(t, l)
	}},
	{"hidden", func(t *testing.T) (io.ReadWriteCloser, io.ReadWriteCloser) { // its descriptor cannot be seen
		return net.Pipe()
	}},
}

func netStreams(t *testing.T, l net.Listener) (near, far io.ReadWriteCloser) {
	t.Helper()
	defer l.Close()
	a, err := net.Dial(l.Addr().Network(), l.Addr().String())
	want(t, err, nil)
	b, err := l.Accept()
	want(t, err, nil)
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// count makes a call that returns an int64 fit for begin.
func count(call func() (int64, error)) func() (int, error) {
	return func() (int, error) { n, err := call(); return int(n), err }
}

// TestReadFromWriteTo proxies between a socket and other streams, both ways.
func TestReadFromWriteTo(t *testing.T) {
	t.Parallel()
	data := pattern(big)
	worlds(t, func(t *testing.T, w *world) {
		for _, s := range strangers {
			t.Run(s.name, func(t *testing.T) {
				a, b := w.narrowPair(t)
				near, far := s.make(t)
				forth := begin(count(func() (int64, error) { return a.ReadFrom(near) }))
				back := begin(count(func() (int64, error) { return a.WriteTo(near) }))
				sending := begin(func() (int, error) { return far.Write(data) })
				wantSame(t, recvFull(t, b, big), data)
				want(t, receive(t, sending, "the end of writing").err, nil)
				answering := begin(func() (int, error) {
					return 0, errors.Join(b.SendAll(data), b.Shutdown(fdsock.SHUT_WR))
				})
				got := make([]byte, big)
				_, err := io.ReadFull(far, got)
				want(t, err, nil)
				wantSame(t, got, data)
				want(t, receive(t, answering, "the end of sending").err, nil)
				if r := receive(t, back, "the end of WriteTo"); r.n != big || r.err != nil {
					t.Errorf("WriteTo: %+v", r)
				}
				want(t, far.Close(), nil)
				if r := receive(t, forth, "the end of ReadFrom"); r.n != big || r.err != nil {
					t.Errorf("ReadFrom: %+v", r)
				}
			})
		}
	})
}

// TestReadFromLimited takes no more than a LimitedReader allows.
func TestReadFromLimited(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, s := range strangers[:2] {
			t.Run(s.name, func(t *testing.T) {
				a, b := w.pair(t)
				near, far := s.make(t)
				_, err := far.Write([]byte("0123456789"))
				want(t, err, nil)
				bounded := &io.LimitedReader{R: near, N: 4}
				n, err := a.ReadFrom(bounded)
				want(t, err, nil)
				if n != 4 || bounded.N != 0 {
					t.Errorf("moved %d, %d left to move", n, bounded.N)
				}
				wantRecv(t, b, "0123")
				rest := make([]byte, 6)
				_, err = io.ReadFull(near, rest)
				want(t, err, nil)
				wantSame(t, rest, []byte("456789"))
			})
		}
	})
}

// TestReadFromFile starts at the file's position, and sends pipes and readers.
func TestReadFromFile(t *testing.T) {
	data := pattern(100_000)
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		f := fileOf(t, data)
		_, err := f.Seek(10, io.SeekStart)
		want(t, err, nil)
		r, pw, err := os.Pipe()
		want(t, err, nil)
		defer r.Close()
		writing := begin(func() (int, error) { defer pw.Close(); return pw.Write(data) })
		got := collect(b)
		n, err := a.ReadFrom(f)
		want(t, err, nil)
		n2, err := a.ReadFrom(r)
		want(t, err, nil)
		n3, err := a.ReadFrom(strings.NewReader("the end"))
		want(t, err, nil)
		want(t, receive(t, writing, "the end of writing").err, nil)
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		wantSame(t, receive(t, got, "the data"), append(append(append([]byte(nil), data[10:]...), data...), "the end"...))
		if n != 99_990 || n2 != 100_000 || n3 != 7 || position(t, f) != 100_000 {
			t.Errorf("sent %d, %d and %d, position %d", n, n2, n3, position(t, f))
		}
		n, err = a.ReadFrom(strings.NewReader("")) // nothing to send is no error
		if want(t, err, nil); n != 0 {
			t.Errorf("sent %d", n)
		}
	})
}

// TestReadFromProc sends files that have no length.
func TestReadFromProc(t *testing.T) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skip("no /proc")
	}
	defer f.Close()
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		_, err = f.Seek(0, io.SeekStart)
		want(t, err, nil)
		n, err := a.ReadFrom(f)
		want(t, err, nil)
		if p := recvFull(t, b, int(n)); n == 0 || !bytes.HasPrefix(p, []byte("Name:")) {
			t.Errorf("sent %d bytes", n)
		}
	})
}

// TestWriteToFile writes to files, those that append too, and to pipes.
func TestWriteToFile(t *testing.T) {
	data := pattern(200_000)
	worlds(t, func(t *testing.T, w *world) {
		for name, flag := range map[string]int{"plain": 0, "append": os.O_APPEND} {
			t.Run(name, func(t *testing.T) {
				a, b := w.pair(t)
				f, err := os.OpenFile(t.TempDir()+"/out", os.O_RDWR|os.O_CREATE|flag, 0o600)
				want(t, err, nil)
				defer f.Close()
				_, err = f.WriteString("before ")
				want(t, err, nil)
				sending := begin(func() (int, error) { return 0, errors.Join(b.SendAll(data), b.Shutdown(fdsock.SHUT_WR)) })
				n, err := a.WriteTo(f)
				want(t, err, nil)
				want(t, receive(t, sending, "the end of sending").err, nil)
				got, err := os.ReadFile(f.Name())
				want(t, err, nil)
				wantSame(t, got, append([]byte("before "), data...))
				if n != int64(len(data)) {
					t.Errorf("wrote %d", n)
				}
			})
		}
	})
}

// TestCopyModes ends with EAGAIN, with the timeout, with a close.
func TestCopyModes(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, s := range strangers {
			t.Run(s.name, func(t *testing.T) {
				a, b := w.pair(t)
				near, far := s.make(t)
				arrived := begin(func() (int, error) { return io.ReadFull(far, make([]byte, 5)) })
				send(t, b, "hello")
				want(t, err2(a.RecvInto(make([]byte, 1), fdsock.MSG_PEEK)), nil)
				a.SetTimeout(0)
				n, err := a.WriteTo(near)
				want(t, err, sys.EAGAIN)
				if r := receive(t, arrived, "the data"); n != 5 || r.n != 5 {
					t.Errorf("moved %d, %d arrived", n, r.n)
				}
				a.SetTimeout(soon)
				_, err = a.WriteTo(near)
				wantTimeout(t, err)
				a.SetTimeout(fdsock.NoTimeout)
				waiting := begin(count(func() (int64, error) { return a.WriteTo(near) }))
				untilInWait(t, 1)
				closeSocket(t, a)
				wantClosed(t, receive(t, waiting, "the end of WriteTo").err)
				_, err = a.ReadFrom(strings.NewReader("x"))
				wantClosed(t, err)
			})
		}
	})
}

// TestReadFromKeepsTheRest has no room for what was read: it is all in the
// peer, in the error or still in the source.
func TestReadFromKeepsTheRest(t *testing.T) {
	t.Parallel()
	data := pattern(big)
	worlds(t, func(t *testing.T, w *world) {
		for _, s := range append(strangers, stranger{"reader", nil}) {
			t.Run(s.name, func(t *testing.T) {
				a, b := w.narrowPair(t)
				a.SetTimeout(0)
				var source io.Reader = bytes.NewReader(data)
				if s.make != nil {
					near, far := s.make(t)
					source = near
					writing := begin(func() (int, error) { defer far.Close(); return far.Write(data) })
					defer func() { want(t, receive(t, writing, "the end of writing").err, nil) }()
				}
				n, err := a.ReadFrom(source)
				want(t, err, sys.EAGAIN)
				got := recvFull(t, b, int(n))
				var rest *fdsock.UnsentError
				if errors.As(err, &rest) {
					got = append(got, rest.Rest...)
				}
				if n == 0 || err.Error() == "" {
					t.Errorf("sent %d, %q", n, err)
				}
				more, err := io.ReadAll(source)
				want(t, err, nil)
				wantSame(t, append(got, more...), data)
			})
		}
	})
}

// TestWriteToKeepsTheRest writes to what fails.
func TestWriteToKeepsTheRest(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			dst  *failing
			err  error
			rest string
		}{
			"error": {&failing{room: 2, err: sys.ENOBUFS}, sys.ENOBUFS, "llo"},
			"short": {&failing{room: 4}, io.ErrShortWrite, "o"},
		} {
			a, b := w.pair(t)
			send(t, b, "hello")
			n, err := a.WriteTo(c.dst)
			var rest *fdsock.UnsentError
			if !errors.Is(err, c.err) || !errors.As(err, &rest) || string(rest.Rest) != c.rest || n != int64(c.dst.room) {
				t.Errorf("%s: wrote %d, %v", name, n, err)
			}
		}
	})
}

// failing takes some bytes.
type failing struct {
	room int
	err  error
}

func (f *failing) Write([]byte) (int, error) { return f.room, f.err }

// TestReadFromFails returns the reader's error, after what came before it.
func TestReadFromFails(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		n, err := a.ReadFrom(io.MultiReader(strings.NewReader("hello"), errReader{}))
		if !errors.Is(err, sys.ENOBUFS) || n != 5 {
			t.Errorf("sent %d, %v", n, err)
		}
		wantRecv(t, b, "hello")
	})
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, sys.ENOBUFS }

// TestSplice moves between two sockets, limited and to the end.
func TestSplice(t *testing.T) {
	data := pattern(big)
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		c, d := w.narrowPair(t)
		send(t, a, "headbody")
		n, err := fdsock.Splice(c, b, 4)
		want(t, err, nil)
		wantRecv(t, d, "head")
		wantRecv(t, b, "body")
		if n != 4 {
			t.Errorf("moved %d", n)
		}
		n, err = fdsock.Splice(c, b, 0)
		if want(t, err, nil); n != 0 {
			t.Errorf("moved %d", n)
		}
		moving := begin(count(func() (int64, error) { return fdsock.Splice(c, b, -1) }))
		sending := begin(func() (int, error) { return 0, errors.Join(a.SendAll(data), a.Shutdown(fdsock.SHUT_WR)) })
		wantSame(t, recvFull(t, d, big), data)
		want(t, receive(t, sending, "the end of sending").err, nil)
		if r := receive(t, moving, "the end of Splice"); r.n != big || r.err != nil {
			t.Error(r)
		}
		datagrams, err := fdsock.NewOn(w.group, w.family, fdsock.SOCK_DGRAM, 0)
		want(t, err, nil)
		closeAtEnd(t, datagrams)
		var value *fdsock.ValueError
		for _, err := range []error{
			func() error { _, err := fdsock.Splice(datagrams, b, 1); return err }(),
			func() error { _, err := datagrams.ReadFrom(strings.NewReader("x")); return err }(),
			func() error { _, err := datagrams.WriteTo(io.Discard); return err }(),
		} {
			if !errors.As(err, &value) {
				t.Errorf("on datagrams: %v", err)
			}
		}
	})
}
