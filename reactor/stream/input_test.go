package stream_test

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream"
)

// TestReaders takes input by every way at random, and echoes it.
func TestReaders(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		rng := seeded(t)
		choices := rng.Perm(10_000)
		calls := 0
		choose := func(n int) int { calls++; return choices[calls%len(choices)] % n }
		s := serve(t, config, func() *handler {
			return &handler{tb: t, data: func(c *stream.Conn, p []byte) int {
				if !bytes.Equal(c.Peek(c.Readable()), p) {
					t.Error("Peek differs from Data")
				}
				if c.Peek(len(p)+1) != nil || c.Next(len(p)+1) != nil {
					t.Error("more than there is")
				}
				for range choose(4) {
					n := choose(len(p) + 1)
					switch left := c.Readable(); choose(2) {
					case 0:
						if want := c.Peek(n); n <= left {
							if !bytes.Equal(c.Next(n), want) || want == nil && n > 0 {
								t.Error("Next")
							}
							c.Write(want)
						}
					case 1:
						c.Write(c.Peek(min(n, left)))
						if k := c.Discard(n); k != min(n, left) {
							t.Error("Discard", n, left, k)
						}
					}
				}
				rest := c.Peek(c.Readable())
				n := choose(len(rest) + 1)
				if len(p) > 100_000 {
					n = len(rest)
				}
				c.Write(rest[:n])
				return n
			}, eof: func(c *stream.Conn) {
				c.Write(c.Next(c.Readable()))
				c.Close()
			}}
		})
		c := dial(t, s)
		data := randomBytes(rng, 1_000_000)
		go func() {
			for rest := data; len(rest) > 0; {
				n := min(len(rest), 1+len(rest)%9973)
				if _, err := c.Write(rest[:n]); err != nil {
					t.Error(err)
					return
				}
				rest = rest[n:]
			}
			_ = c.CloseWrite()
		}()
		got, err := io.ReadAll(c)
		if must(t, err); !bytes.Equal(got, data) {
			t.Errorf("%d bytes of %d, or others", len(got), len(data))
		}
		if n := s.Stats().Buffered; n != 0 {
			t.Errorf("an idle server holds %d bytes", n)
		}
	})
}

// TestReadersOutside takes what Data has left, during a pause.
func TestReadersOutside(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		paused := make(chan *stream.Conn, 1)
		s := serve(t, config, func() *handler {
			first := true
			return &handler{tb: t, data: func(c *stream.Conn, p []byte) int {
				if first {
					first = false
					c.Pause()
					paused <- c
					return 1
				}
				c.Write(p)
				return len(p)
			}}
		})
		client := dial(t, s)
		_, err := client.Write([]byte("0123456789"))
		must(t, err)
		c := take(t, "Data", paused)
		on(t, c, func() {
			if c.Readable() != 9 || string(c.Peek(2)) != "12" || string(c.Next(3)) != "123" || c.Discard(2) != 2 {
				t.Error("reading", c.Readable())
			}
			if c.Next(0) == nil || c.Discard(-1) != 0 || c.Peek(5) != nil {
				t.Error("limits")
			}
			rest := c.Next(c.Readable())
			if c.Readable() != 0 || c.Discard(1) != 0 || string(rest) != "6789" {
				t.Errorf("%d left, %q", c.Readable(), rest)
			}
		})
		on(t, c, func() {
			if n := s.Stats().Buffered; n != 0 {
				t.Errorf("%d bytes are kept for nothing", n)
			}
			c.Resume()
		})
		must(t, exchange(client, []byte("go on")))
	})
}

// crumbs is a filter that delivers every byte by itself, as many small records
// would.
type crumbs struct{ quiet }

func (crumbs) Receive(c *stream.Conn, p []byte) error {
	for i := range p {
		c.Deliver(p[i : i+1])
	}
	return nil
}

// TestDataPerTurn has a filter deliver much in small pieces: in one turn the
// connection gets its share of calls, and nothing is lost, nor is the end.
func TestDataPerTurn(t *testing.T) {
	config := stream.Config{Group: group(t, 1), Filter: func(*stream.Conn) stream.Filter { return crumbs{} }, MaxInput: 10}
	loop := config.Group.Loops()[0]
	closed := make(chan error, 1)
	most := 0
	s := serve(t, config, func() *handler {
		turn, inTurn := uint64(0), 0
		return &handler{
			tb: t,
			data: func(c *stream.Conn, p []byte) int {
				if now := loop.Stats().Polls; now != turn {
					turn, inTurn = now, 0
				}
				inTurn++
				most = max(most, inTurn)
				c.Write(p)
				return len(p)
			},
			closed: func(_ *stream.Conn, err error) { closed <- err },
		}
	})
	c := dial(t, s)
	data := randomBytes(seeded(t), 300_000)
	go func() {
		_, _ = c.Write(data)
		_ = c.CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if must(t, err); !bytes.Equal(got, data) {
		t.Errorf("%d bytes of %d, or others", len(got), len(data))
	}
	must(t, c.Close())
	must(t, take(t, "Close", closed))
	if most == 0 || most > stream.DataPerTurn+1 {
		t.Errorf("Data was called %d times in a turn", most)
	}
}

// late is a filter that delivers what it receives from a posted function, as
// one does that works on another goroutine.
type late struct{ quiet }

func (late) Receive(c *stream.Conn, p []byte) error {
	mine := append([]byte(nil), p...)
	return c.Post(func() { _ = crumbs{}.Receive(c, mine) })
}

// TestDeliverOutside has more delivered outside the loop's calls than a turn's
// share: it all arrives, without more of the peer.
func TestDeliverOutside(t *testing.T) {
	_, _, client := started(t, stream.Config{Filter: func(*stream.Conn) stream.Filter { return late{} }}, echoing(t))
	for range 3 {
		must(t, exchange(client.(*net.TCPConn), make([]byte, 1000)))
	}
}

// ending is a filter that learns of the peer's end from its bytes, as TLS does.
type ending struct{ quiet }

func (ending) Receive(c *stream.Conn, p []byte) error {
	_ = crumbs{}.Receive(c, p)
	c.EndOfInput()
	return nil
}

// TestEndBehindShare has the end follow more than a turn's share, and a pause.
func TestEndBehindShare(t *testing.T) {
	got, ended := 0, make(chan int, 1)
	_, c, client := started(t, stream.Config{Filter: func(*stream.Conn) stream.Filter { return ending{} }}, &handler{
		data: func(c *stream.Conn, p []byte) int {
			if got += len(p); got == stream.DataPerTurn {
				c.Pause()
			}
			return len(p)
		},
		eof: func(c *stream.Conn) { ended <- got; c.Close() },
	})
	_, err := client.Write(make([]byte, 200))
	must(t, err)
	until(t, "the pause", func() (held bool) {
		on(t, c, func() { held = got == stream.DataPerTurn })
		return held
	})
	on(t, c, c.Resume)
	if n := take(t, "EOF", ended); n != 200 {
		t.Errorf("the end came after %d bytes", n)
	}
}
