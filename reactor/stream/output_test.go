package stream_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// started serves one connection, which it returns with its client.
func started(t *testing.T, config stream.Config, h *handler) (*stream.Server, *stream.Conn, io.ReadWriteCloser) {
	t.Helper()
	opened := make(chan *stream.Conn, 1)
	h.tb, h.open = t, func(c *stream.Conn) { opened <- c }
	s := serve(t, config, func() *handler { return h })
	client := dial(t, s)
	return s, take(t, "Open", opened), client
}

// wantInput reads n bytes and compares them.
func wantInput(t *testing.T, from io.Reader, want []byte) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(from, got)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes of %d, or others; %v", n, len(want), err)
	}
}

func TestWritev(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		_, c, client := started(t, config, &handler{})
		calls := count(t)
		on(t, c, func() {
			c.Writev([][]byte{[]byte("one"), nil, []byte("two"), {}, []byte("three")})
			c.Writev(nil)
			c.Writev([][]byte{nil})
		})
		wantInput(t, client, []byte("onetwothree"))
		if n := calls.of(sys.OpSend); n != 1 {
			t.Errorf("%d calls", n)
		}
		on(t, c, func() { c.WriteString("string"); c.WriteString("") })
		wantInput(t, client, []byte("string"))
		// More pieces, and more of them, than the kernel takes at once.
		rng := seeded(t)
		var all []byte
		var bufs [][]byte
		for range 3000 {
			p := randomBytes(rng, rng.IntN(5000))
			bufs, all = append(bufs, p), append(all, p...)
		}
		on(t, c, func() { c.Writev(bufs); c.WriteString("end") })
		wantInput(t, client, append(all, "end"...))
	})
}

// TestShortVectors has the kernel take few bytes of gathered output at a time.
func TestShortVectors(t *testing.T) {
	_, c, client := started(t, stream.Config{}, &handler{})
	rng := seeded(t)
	most := rng.IntN(3000) + 1
	restore := sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op == sys.OpSend {
			return sys.Fault{Max: most}
		}
		return sys.Fault{}
	})
	defer restore()
	data := randomBytes(rng, 100_000)
	on(t, c, func() {
		var bufs [][]byte
		for at := 0; at < len(data); at += 1000 {
			bufs = append(bufs, data[at:at+1000])
		}
		c.Writev(bufs)
	})
	// The kernel has room, and says nothing.
	go func() {
		for range len(data)/most + 1 {
			if c.Post(func() { c.Retry() }) != nil {
				return
			}
		}
	}()
	wantInput(t, client, data)
}

// TestCork counts what is sent together.
func TestCork(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		_, c, client := started(t, config, &handler{})
		hundred := func() {
			for range 100 {
				c.WriteString("x")
			}
		}
		calls := count(t)
		for name, act := range map[string]struct {
			do   func()
			want int64
		}{
			"uncork": {func() { c.Cork(); hundred(); c.Uncork(); c.Uncork() }, 1},
			"turn":   {func() { c.Cork(); hundred() }, 1},
			"again":  {func() { c.Cork(); hundred(); c.Cork() }, 1},
			"none":   {hundred, 100},
			"empty":  {func() { hundred(); c.Cork() }, 100},
		} {
			before := calls.of(sys.OpSend)
			on(t, c, act.do)
			wantInput(t, client, bytes.Repeat([]byte("x"), 100))
			if n := calls.of(sys.OpSend) - before; n != act.want {
				t.Errorf("%s: %d calls", name, n)
			}
		}
		// Large output does not wait for the end of the turn, and stays in order.
		rng := seeded(t)
		data := randomBytes(rng, 1<<20)
		on(t, c, func() {
			c.Cork()
			for rest := data; len(rest) > 0; {
				n := min(len(rest), rng.IntN(100_000))
				c.Write(rest[:n])
				rest = rest[n:]
			}
			c.Close()
		})
		got, err := io.ReadAll(client)
		if must(t, err); !bytes.Equal(got, data) {
			t.Errorf("%d bytes of %d, or others", len(got), len(data))
		}
	})
}

// TestPipelining has a hundred requests arrive together: their answers leave
// together.
func TestPipelining(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		config.Cork = true
		_, c, client := started(t, config, &handler{data: func(c *stream.Conn, p []byte) int {
			for range p {
				c.WriteString("answer")
			}
			return len(p)
		}})
		calls := count(t)
		for range 10 {
			_, err := client.Write(make([]byte, 100))
			must(t, err)
			wantInput(t, client, bytes.Repeat([]byte("answer"), 100))
		}
		if in, out := calls.of(sys.OpRecv), calls.of(sys.OpSend); in != out {
			t.Errorf("%d times sent for %d received", out, in)
		}
		on(t, c, func() { c.WriteString("last"); c.WriteString("words") })
		wantInput(t, client, []byte("lastwords"))
		if in, out := calls.of(sys.OpRecv), calls.of(sys.OpSend); out != in+1 {
			t.Errorf("%d times sent for %d received", out, in)
		}
	})
}

func TestSendFile(t *testing.T) {
	rng := seeded(t)
	data := randomBytes(rng, 3_000_000)
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, data, 0o600))
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	faults := map[string]func(sys.Call) sys.Fault{
		"kernel": func(sys.Call) sys.Fault { return sys.Fault{} },
		"short": func(c sys.Call) sys.Fault {
			if c.Op == sys.OpSendfile {
				return sys.Fault{Max: 10_000}
			}
			return sys.Fault{}
		},
		"copied": func(c sys.Call) sys.Fault {
			if c.Op == sys.OpSendfile {
				return sys.Fault{Errno: unix.ENOSYS}
			}
			return sys.Fault{}
		},
	}
	for fault, hook := range faults {
		t.Run(fault, func(t *testing.T) {
			bothWays(t, func(t *testing.T, config stream.Config) {
				_, c, client := started(t, config, &handler{})
				defer sys.SetHook(hook)()
				type result struct {
					n   int64
					err error
				}
				done := make(chan result, 4)
				note := func(n int64, err error) { done <- result{n, err} }
				on(t, c, func() {
					c.WriteString("before")
					c.SendFile(f, 0, int64(len(data)), note)
					c.WriteString("between")
					c.WriteString("the two")
					c.SendFile(f, 100, 5, note)
					c.CopyFrom(strings.NewReader("reader"), note)
					c.SendFile(f, 0, 0, nil)
					c.WriteString("after")
					c.Close()
					c.SendFile(f, 0, 1, note)
				})
				want := append([]byte("before"), data...)
				want = append(append(append(want, "betweenthe two"...), data[100:105]...), "readerafter"...)
				if r := take(t, "refused", done); !errors.Is(r.err, stream.ErrClosed) {
					t.Error(r)
				}
				got, err := io.ReadAll(client)
				if must(t, err); !bytes.Equal(got, want) {
					t.Errorf("%d bytes of %d, or others", len(got), len(want))
				}
				for _, n := range []int64{int64(len(data)), 5, 6} {
					if r := take(t, "done", done); r.n != n || r.err != nil {
						t.Errorf("%v, want %d", r, n)
					}
				}
			})
		})
	}
}

// TestSendFileEnds has files and readers that fail, and connections that do.
func TestSendFileEnds(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, make([]byte, 1000), 0o600))
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	large := filepath.Join(t.TempDir(), "large")
	must(t, os.WriteFile(large, nil, 0o600))
	must(t, os.Truncate(large, 64<<20))
	l, err := os.Open(large)
	must(t, err)
	defer l.Close()
	errMine := errors.New("mine")
	for name, act := range map[string]struct {
		do   func(c *stream.Conn, done func(int64, error))
		want error
	}{
		"early end": {func(c *stream.Conn, done func(int64, error)) { c.SendFile(f, 0, 2000, done) }, io.ErrUnexpectedEOF},
		"reader":    {func(c *stream.Conn, done func(int64, error)) { c.CopyFrom(failing{errMine}, done) }, errMine},
		"nothing":   {func(c *stream.Conn, done func(int64, error)) { c.CopyFrom(failing{}, done) }, io.ErrNoProgress},
		"abort": {func(c *stream.Conn, done func(int64, error)) {
			c.SendFile(l, 0, 64<<20, done)
			c.WriteString("never")
			if c.Unsent() < 32<<20 || c.Buffered() != 5 {
				t.Error(c.Unsent(), c.Buffered())
			}
			c.Abort()
			if c.Unsent() < 32<<20 {
				t.Error(c.Unsent())
			}
		}, stream.ErrAborted},
	} {
		t.Run(name, func(t *testing.T) {
			closed, done := make(chan error, 1), make(chan error, 1)
			s, c, _ := started(t, stream.Config{}, &handler{closed: func(_ *stream.Conn, err error) { closed <- err }})
			must(t, c.Post(func() { act.do(c, func(_ int64, err error) { done <- err }) }))
			if err := take(t, "Close", closed); !errors.Is(err, act.want) {
				t.Errorf("closed for %v, want %v", err, act.want)
			}
			if err := take(t, "done", done); !errors.Is(err, act.want) {
				t.Errorf("done with %v, want %v", err, act.want)
			}
			must(t, s.Close())
			if n := s.Stats().Buffered; n != 0 {
				t.Errorf("%d bytes are left", n)
			}
		})
	}
}

// failing is a reader that does.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestCopyFrom copies much to a peer that reads late: little is in memory.
func TestCopyFrom(t *testing.T) {
	const size = 64 << 20
	bothWays(t, func(t *testing.T, config stream.Config) {
		s, c, client := started(t, config, &handler{})
		on(t, c, func() {
			c.CopyFrom(io.LimitReader(zeros{}, size), nil)
			c.WriteString("end")
			if n := c.Buffered(); n > 256<<10 || n == 0 {
				t.Errorf("%d bytes are kept", n)
			}
			c.Close()
		})
		if n := s.Stats().Buffered; n > 512<<10 {
			t.Errorf("%d bytes are kept", n)
		}
		if n, err := io.Copy(io.Discard, client); n != size+3 || err != nil {
			t.Error(n, err)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestUnsent closes connections that owe: the handler learns how much.
func TestUnsent(t *testing.T) {
	const size = 16 << 20
	unsent := make(chan int64, 1)
	_, c, _ := started(t, stream.Config{}, &handler{closed: func(c *stream.Conn, _ error) { unsent <- c.Unsent() }})
	on(t, c, func() {
		c.Write(make([]byte, size))
		if int(c.Unsent()) != c.Buffered() {
			t.Error(c.Unsent(), c.Buffered())
		}
		c.Abort()
	})
	if n := take(t, "Close", unsent); n <= 0 || n > size {
		t.Errorf("%d bytes were not sent", n)
	}
}
