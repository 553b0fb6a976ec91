package stream_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// spliced is what a SpliceFrom came to.
type spliced struct {
	n   int64
	err error
}

// halving is a filter that can end one direction.
type halving struct{ quiet }

func (halving) CloseWrite(*stream.Conn) {}

// couple is a server's two connections, and their clients.
type couple struct {
	conns   [2]*stream.Conn
	clients [2]*net.TCPConn
	closed  chan error
}

// pairUp serves two connections, whose handlers have Data called by data.
func pairUp(tb testing.TB, config stream.Config, data func(c *stream.Conn, p []byte) int) *couple {
	tb.Helper()
	if config.Filter != nil {
		config.Filter = func(*stream.Conn) stream.Filter { return halving{} }
	}
	opened, p := make(chan *stream.Conn, 2), &couple{closed: make(chan error, 2)}
	s := serve(tb, config, func() *handler {
		return &handler{
			tb: tb, data: data,
			open:   func(c *stream.Conn) { opened <- c },
			eof:    func(*stream.Conn) {},
			closed: func(_ *stream.Conn, err error) { p.closed <- err },
		}
	})
	for i := range p.conns {
		p.clients[i] = dial(tb, s)
		p.conns[i] = take(tb, "Open", opened)
	}
	return p
}

// join splices the connection 1-i to i.
func (p *couple) join(t *testing.T, i int) <-chan spliced {
	t.Helper()
	done := make(chan spliced, 1)
	p.splice(t, i, func(n int64, err error) { done <- spliced{n, err} })
	return done
}

func (p *couple) splice(tb testing.TB, i int, done func(int64, error)) {
	tb.Helper()
	var err error
	on(tb, p.conns[i], func() { err = p.conns[i].SpliceFrom(p.conns[1-i], done) })
	must(tb, err)
}

// relay joins the two as a proxy does.
func (p *couple) relay(tb testing.TB) {
	tb.Helper()
	for i, c := range p.conns {
		p.splice(tb, i, func(_ int64, err error) {
			if err != nil {
				c.Abort()
				return
			}
			if err := c.CloseWrite(); err != nil {
				tb.Error(err)
			}
		})
	}
}

// send sends all in another goroutine, and then the end.
func send(c *net.TCPConn, data []byte) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := c.Write(data)
		done <- errors.Join(err, c.CloseWrite())
	}()
	return done
}

// wantAll reads up to the end.
func wantAll(t *testing.T, what string, c net.Conn, want []byte) {
	t.Helper()
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes of %d, or others; %v", what, len(got), len(want), err)
	}
}

// TestSpliceBothWays has two peers send much at the same time, with the kernel
// moving it, or refusing to, and with descriptors for pipes or not.
func TestSpliceBothWays(t *testing.T) {
	faults := map[string]func(c sys.Call) sys.Fault{
		"whole":    func(sys.Call) sys.Fault { return sys.Fault{} },
		"pieces":   nil,
		"no pipes": nil,
		"refused":  nil,
	}
	addSpliceFaults(faults)
	bothWays(t, func(t *testing.T, config stream.Config) {
		for name, fault := range faults {
			t.Run(name, func(t *testing.T) {
				p := pairUp(t, config, nil)
				if fault != nil {
					defer sys.SetHook(fault)()
				}
				p.relay(t)
				rng := seeded(t)
				a, b := randomBytes(rng, 5_000_000), randomBytes(rng, 3_000_000)
				sentA, sentB := send(p.clients[0], a), send(p.clients[1], b)
				read := make(chan struct{})
				go func() { defer close(read); wantAll(t, "first", p.clients[0], b) }()
				wantAll(t, "second", p.clients[1], a)
				<-read
				must(t, errors.Join(<-sentA, <-sentB))
				for range 2 {
					must(t, take(t, "Close", p.closed))
				}
			})
		}
	})
}

// TestSpliceInOrder has input that came before, a Pause, output before and
// output behind.
func TestSpliceInOrder(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		left := make(chan struct{}, 10)
		p := pairUp(t, config, func(*stream.Conn, []byte) int { left <- struct{}{}; return 0 })
		if _, err := p.clients[1].Write([]byte("input ")); err != nil {
			t.Fatal(err)
		}
		take(t, "Data", left)
		on(t, p.conns[1], p.conns[1].Pause)
		before, done := bytes.Repeat([]byte("before "), 2_000_000), make(chan spliced, 1)
		on(t, p.conns[0], func() {
			p.conns[0].CopyFrom(bytes.NewReader(before), nil)
			err := p.conns[0].SpliceFrom(p.conns[1], func(n int64, err error) { done <- spliced{n, err} })
			if err != nil {
				t.Error(err)
			}
			p.conns[0].WriteString("behind")
			p.conns[1].Pause() // and this one is over before its turn comes
			p.conns[1].Resume()
		})
		must(t, <-send(p.clients[1], []byte("more ")))
		wantInput(t, p.clients[0], append(before, "input more behind"...))
		if got := take(t, "done", done); got != (spliced{11, nil}) {
			t.Error(got)
		}
	})
}

// TestSpliceWithinData begins one where proxies do: when it is known where the
// input belongs.
func TestSpliceWithinData(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		var p *couple
		ready := make(chan struct{})
		p = pairUp(t, config, func(c *stream.Conn, got []byte) int {
			<-ready
			if err := p.conns[0].SpliceFrom(c, nil); err != nil {
				t.Error(err)
			}
			return len("head ")
		})
		close(ready)
		must(t, <-send(p.clients[1], []byte("head body")))
		wantInput(t, p.clients[0], []byte("body"))
	})
}

// TestSpliceErrors has what cannot be spliced.
func TestSpliceErrors(t *testing.T) {
	p := pairUp(t, stream.Config{Group: group(t, 1)}, nil)
	other := pairUp(t, stream.Config{Group: group(t, 1)}, nil)
	called := func(int64, error) { t.Error("done is called") }
	p.join(t, 0)
	on(t, p.conns[0], func() {
		if err := p.conns[1].SpliceFrom(p.conns[1], called); !errors.Is(err, stream.ErrSpliced) {
			t.Error(err)
		}
		if err := p.conns[0].SpliceFrom(other.conns[0], called); !errors.Is(err, stream.ErrOtherLoop) {
			t.Error(err)
		}
		p.conns[1].Close()
		if err := p.conns[0].SpliceFrom(p.conns[1], called); !errors.Is(err, stream.ErrClosed) {
			t.Error(err)
		}
		if err := p.conns[1].SpliceFrom(p.conns[0], called); !errors.Is(err, stream.ErrClosed) {
			t.Error(err)
		}
	})
}

// TestSpliceSourceCloses ends it with the reason, and leaves the other
// connection as it is.
func TestSpliceSourceCloses(t *testing.T) {
	for name, end := range map[string]func(p *couple){
		"reset":  func(p *couple) { must(t, p.clients[1].SetLinger(0)); must(t, p.clients[1].Close()) },
		"Close":  func(p *couple) { on(t, p.conns[1], p.conns[1].Close) },
		"Abort":  func(p *couple) { on(t, p.conns[1], p.conns[1].Abort) },
		"waited": nil,
	} {
		t.Run(name, func(t *testing.T) {
			p := pairUp(t, stream.Config{}, nil)
			if end == nil { // behind a job that is not done
				stop := make(chan struct{})
				on(t, p.conns[0], func() { p.conns[0].CopyFrom(endless{stop}, nil) })
				defer close(stop)
				end = func(p *couple) { on(t, p.conns[1], p.conns[1].Abort) }
				done := p.join(t, 0)
				end(p)
				if got := take(t, "done", done); got.err == nil || got.n != 0 {
					t.Error(got)
				}
				return
			}
			done := p.join(t, 0)
			_, err := p.clients[1].Write([]byte("some"))
			must(t, err)
			wantInput(t, p.clients[0], []byte("some"))
			end(p)
			if got := take(t, "done", done); got.err == nil || got.n != 4 {
				t.Error(got)
			}
			on(t, p.conns[0], func() { p.conns[0].WriteString("alive") })
			wantInput(t, p.clients[0], []byte("alive"))
		})
	}
}

// endless is a reader without end, until it is stopped.
type endless struct{ stop chan struct{} }

func (e endless) Read(p []byte) (int, error) {
	select {
	case <-e.stop:
		return 0, io.EOF
	default:
		return len(p), nil
	}
}

// TestSpliceSinkCloses gives the source's input back to its handler.
func TestSpliceSinkCloses(t *testing.T) {
	for name, end := range map[string]func(c *stream.Conn){"Abort": (*stream.Conn).Abort, "Close": (*stream.Conn).Close} {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 10)
			p := pairUp(t, stream.Config{}, func(_ *stream.Conn, p []byte) int { got <- string(p); return len(p) })
			done := p.join(t, 0)
			on(t, p.conns[0], func() { end(p.conns[0]) })
			if e := take(t, "done", done); e.err == nil || e.n != 0 {
				t.Error(e)
			}
			_, err := p.clients[1].Write([]byte("hello"))
			must(t, err)
			if text := take(t, "Data", got); text != "hello" {
				t.Error(text)
			}
		})
	}
}

// TestSpliceIsBounded has a sink's peer take nothing: what is kept does not
// grow, a write timeout ends it, and one without anything to send does not.
func TestSpliceIsBounded(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		p := pairUp(t, config, nil)
		done := p.join(t, 0)
		on(t, p.conns[0], func() { p.conns[0].SetWriteTimeout(50e6) })
		_, err := p.clients[1].Write([]byte("x"))
		must(t, err)
		wantInput(t, p.clients[0], []byte("x"))
		idle := make(chan struct{})
		on(t, p.conns[0], func() { p.conns[0].After(150e6, func() { close(idle) }) })
		take(t, "a time in which nothing is owed", idle)
		if len(done) > 0 {
			t.Fatal(<-done)
		}
		go func() { _, _ = p.clients[1].Write(make([]byte, 64<<20)) }()
		most := 0
		on(t, p.conns[0], func() {
			p.conns[0].Every(1e6, func() { most = max(most, p.conns[0].Buffered()+p.conns[1].Readable()) })
		})
		if e := take(t, "done", done); !errors.Is(e.err, stream.ErrTimeout) {
			t.Error(e)
		}
		on(t, p.conns[1], func() {
			if most > 256<<10 {
				t.Errorf("%d bytes were kept", most)
			}
			p.conns[1].Abort()
		})
	})
}

// TestSpliceToItself is an echo.
func TestSpliceToItself(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		p := pairUp(t, config, nil)
		c := p.conns[0]
		on(t, c, func() {
			err := c.SpliceFrom(c, func(_ int64, err error) {
				if err := errors.Join(err, c.CloseWrite()); err != nil {
					t.Error(err)
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
		data := randomBytes(seeded(t), 2_000_000)
		sent := send(p.clients[0], data)
		wantAll(t, "echo", p.clients[0], data)
		must(t, <-sent)
		must(t, take(t, "Close", p.closed))
	})
}
