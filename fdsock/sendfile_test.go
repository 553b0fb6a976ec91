package fdsock_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

// fileOf makes a file that holds p, open for reading.
func fileOf(tb testing.TB, p []byte) *os.File {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "file")
	want(tb, os.WriteFile(name, p, 0o600), nil)
	f, err := os.Open(name)
	want(tb, err, nil)
	tb.Cleanup(func() { _ = f.Close() }) // a test may have
	return f
}

// position returns where a file is.
func position(tb testing.TB, f io.Seeker) int64 {
	tb.Helper()
	at, err := f.Seek(0, io.SeekCurrent)
	want(tb, err, nil)
	return at
}

// collect receives until the end of the stream, in another goroutine.
func collect(s *fdsock.Socket) <-chan []byte {
	c := make(chan []byte, 1)
	go func() {
		p, _ := io.ReadAll(reader{s})
		c <- p
	}()
	return c
}

// sources are the ways to give SendFile a file.
var sources = map[string]func(f *os.File) io.Reader{
	"file":   func(f *os.File) io.Reader { return f },
	"reader": func(f *os.File) io.Reader { return struct{ io.ReadSeeker }{f} },
}

// TestSendFile sends parts of files, by sendfile(2) and by reading.
//
//inventory:row sendfile
func TestSendFile(t *testing.T) {
	data := pattern(300_000)
	worlds(t, func(t *testing.T, w *world) {
		for name, source := range sources {
			for _, c := range []struct {
				offset int64
				count  []int64
				want   []byte
			}{
				{0, nil, data},
				{1000, nil, data[1000:]},
				{0, []int64{5}, data[:5]},
				{70_000, []int64{200_000}, data[70_000:270_000]},
				{299_999, []int64{100}, data[299_999:]},
				{400_000, nil, nil},
			} {
				t.Run(name, func(t *testing.T) {
					a, b := w.pair(t)
					f := fileOf(t, data)
					_, err := f.Seek(17, io.SeekStart) // does not matter
					want(t, err, nil)
					got := collect(b)
					n, err := a.SendFile(source(f), c.offset, c.count...)
					want(t, err, nil)
					want(t, a.Shutdown(fdsock.SHUT_WR), nil)
					wantSame(t, receive(t, got, "the file"), c.want)
					if n != int64(len(c.want)) {
						t.Errorf("SendFile returns %d of %d", n, len(c.want))
					}
					if at := position(t, f); n > 0 && at != c.offset+n {
						t.Errorf("the file is at %d, want %d", at, c.offset+n)
					}
				})
			}
		}
	})
}

// TestSendFileRefuses what Python does.
//
//inventory:row sendfile
func TestSendFileRefuses(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		f := fileOf(t, []byte("data"))
		d, err := fdsock.NewOn(w.group, w.family, fdsock.SOCK_DGRAM, 0)
		want(t, err, nil)
		closeAtEnd(t, d)
		wantValueError := func(text string, err error) {
			t.Helper()
			var value *fdsock.ValueError
			if !errors.As(err, &value) || value.Text != text {
				t.Errorf("error %v, want %q", err, text)
			}
		}
		_, err = d.SendFile(f, 0)
		wantValueError("only SOCK_STREAM type sockets are supported", err)
		for _, count := range []int64{0, -1} {
			_, err = a.SendFile(f, 0, count)
			wantValueError(fmt.Sprintf("count must be a positive integer (got %d)", count), err)
		}
		_, err = a.SendFile(f, -1)
		wantValueError("offset must not be negative", err)
		_, err = a.SendFile(struct{ io.Reader }{f}, 1)
		wantValueError("underlying stream is not seekable", err)
		a.SetTimeout(0)
		_, err = a.SendFile(f, 0)
		wantValueError("non-blocking sockets are not supported", err)
		n, err := a.SendFile(fileOf(t, nil), 0) // Python looks at the length first
		if want(t, err, nil); n != 0 {
			t.Errorf("%d bytes of an empty file", n)
		}
		a.SetTimeout(fdsock.NoTimeout)
		closed := fileOf(t, []byte("data"))
		want(t, closed.Close(), nil)
		_, err = a.SendFile(closed, 0)
		if !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
		closeSocket(t, a)
		_, err = a.SendFile(f, 0)
		wantClosed(t, err)
	})
}

// TestSendFilePipe sends what is no regular file by reading it.
//
//inventory:row sendfile
func TestSendFilePipe(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		r, pw, err := os.Pipe()
		want(t, err, nil)
		defer r.Close()
		data := pattern(150_000)
		writing := begin(func() (int, error) { defer pw.Close(); return pw.Write(data) })
		got := collect(b)
		n, err := a.SendFile(r, 0, 100_000)
		want(t, err, nil)
		n2, err := a.SendFile(r, 0)
		want(t, err, nil)
		want(t, receive(t, writing, "the end of writing").err, nil)
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		wantSame(t, receive(t, got, "the data"), data)
		if n != 100_000 || n2 != 50_000 {
			t.Errorf("sent %d and %d", n, n2)
		}
	})
}

// TestSendFileRefusedByKernel falls back to reading if sendfile(2) does not
// begin, and fails if it stops later.
func TestSendFileRefusedByKernel(t *testing.T) {
	data := pattern(1000)
	worlds(t, func(t *testing.T, w *world) {
		for _, errno := range []sys.Errno{sys.EINVAL, sys.ENOSYS} {
			a, b := w.pair(t)
			f := fileOf(t, data)
			hit := failOnce(t, sys.OpSendfile, 0, errno)
			n, err := a.SendFile(f, 10)
			want(t, err, nil)
			wantSame(t, recvFull(t, b, 990), data[10:])
			if n != 990 || position(t, f) != 1000 || !hit() {
				t.Errorf("sent %d, position %d", n, position(t, f))
			}
			_, err = f.Seek(0, io.SeekStart)
			want(t, err, nil)
			failOnce(t, sys.OpSendfile, 0, errno)
			n, err = a.ReadFrom(f)
			want(t, err, nil)
			wantSame(t, recvFull(t, b, 1000), data)
			if n != 1000 {
				t.Errorf("sent %d", n)
			}
		}
	})
}

// TestSendFileFaults has errors come first, in the middle, and as
// interruptions.
func TestSendFileFaults(t *testing.T) {
	data := pattern(1000)
	worlds(t, func(t *testing.T, w *world) {
		for name, send := range map[string]func(s *fdsock.Socket, f *os.File) (int64, error){
			"sendfile": func(s *fdsock.Socket, f *os.File) (int64, error) { return s.SendFile(f, 0) },
			"readfrom": func(s *fdsock.Socket, f *os.File) (int64, error) { return s.ReadFrom(f) },
		} {
			t.Run(name, func(t *testing.T) {
				a, b := w.pair(t)
				calls := 0
				restore := sys.SetHook(func(c sys.Call) sys.Fault {
					if c.Op != sys.OpSendfile {
						return sys.Fault{}
					}
					if calls++; calls == 2 {
						return sys.Fault{Errno: sys.EINTR}
					} else if calls == 4 {
						return sys.Fault{Errno: sys.EPIPE}
					}
					return sys.Fault{Max: 100}
				})
				f := fileOf(t, data)
				n, err := send(a, f)
				restore()
				want(t, err, sys.EPIPE)
				if n != 200 || position(t, f) != 200 {
					t.Errorf("sent %d, position %d", n, position(t, f))
				}
				wantSame(t, recvFull(t, b, 200), data[:200])
			})
		}
	})
}

// TestSendFileWaits has no room, until there is, or the time is up: the time
// of the whole call, also where there is progress.
func TestSendFileWaits(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		data := pattern(big)
		a, b := w.narrowPair(t)
		f := fileOf(t, data)
		sending := begin(func() (int, error) { n, err := a.SendFile(f, 0); return int(n), err })
		untilInWait(t, 1)
		wantSame(t, recvFull(t, b, big), data)
		if r := receive(t, sending, "the end of sendfile"); r.n != big || r.err != nil {
			t.Error(r)
		}
		a.SetTimeout(soon)
		n, err := a.SendFile(f, 0)
		wantTimeout(t, err)
		if n <= 0 || n >= big || position(t, f) != n {
			t.Errorf("sent %d, position %d", n, position(t, f))
		}
		wantSame(t, recvFull(t, b, int(n)), data[:n])
		restore := sys.SetHook(func(c sys.Call) sys.Fault { // every part takes some of the time
			if c.Op == sys.OpSendfile {
				drain(t, b)
				return sys.Fault{Max: 1}
			}
			return sys.Fault{}
		})
		_, err = a.SendFile(f, 0)
		restore()
		wantTimeout(t, err)
		drain(t, b)
		a.SetTimeout(fdsock.NoTimeout)
		closing := begin(func() (int, error) { n, err := a.SendFile(f, 0); return int(n), err })
		untilInWait(t, 1)
		closeSocket(t, a)
		wantClosed(t, receive(t, closing, "the end of sendfile").err)
	})
}

// TestSendFileSparse sends from beyond 2 GiB and 4 GiB.
func TestSendFileSparse(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		name := filepath.Join(t.TempDir(), "sparse")
		f, err := os.Create(name)
		want(t, err, nil)
		defer f.Close()
		for _, offset := range []int64{1<<31 - 3, 1<<32 - 3, 5 << 32} {
			if _, err := f.WriteAt([]byte("beyond"), offset); err != nil {
				t.Skip("the file system has no such files: ", err)
			}
			a, b := w.pair(t)
			n, err := a.SendFile(f, offset, 6)
			want(t, err, nil)
			wantSame(t, recvFull(t, b, 6), []byte("beyond"))
			if n != 6 || position(t, f) != offset+6 {
				t.Errorf("sent %d, position %d", n, position(t, f))
			}
			_, err = f.Seek(offset, io.SeekStart)
			want(t, err, nil)
			n, err = a.ReadFrom(io.LimitReader(f, 6))
			want(t, err, nil)
			wantSame(t, recvFull(t, b, 6), []byte("beyond"))
			if n != 6 || position(t, f) != offset+6 {
				t.Errorf("sent %d, position %d", n, position(t, f))
			}
		}
	})
}

// TestSendFileShrinks cuts the file while it is sent.
func TestSendFileShrinks(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		f := fileOf(t, bytes.Repeat([]byte("x"), 1000))
		cut := 0
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpSendfile {
				if cut++; cut == 3 {
					want(t, os.Truncate(f.Name(), 150), nil)
				}
			}
			return sys.Fault{Max: 100}
		})
		n, err := a.SendFile(f, 0, 900)
		restore()
		want(t, err, nil)
		if n != 200 || position(t, f) != 200 {
			t.Errorf("sent %d, position %d", n, position(t, f))
		}
		recvFull(t, b, 200)
	})
}
