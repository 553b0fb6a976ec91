package stream_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// TestPeerDoesNotRead has a peer send much and read nothing: the server keeps
// a bounded amount, tries nothing while it is stalled, and loses nothing when
// the peer reads at last, even after its FIN.
func TestPeerDoesNotRead(t *testing.T) {
	const size, high, low = 16 << 20, 128 << 10, 32 << 10
	for _, filtered := range []bool{false, true} {
		config := stream.Config{HighWater: high, LowWater: low, Linger: patience, Group: group(t, 1)}
		if filtered {
			config.Filter = func(*stream.Conn) stream.Filter { return quiet{} }
		}
		opened, closed := make(chan *stream.Conn, 1), make(chan error, 1)
		most, drained := 0, 0
		s := serve(t, config, func() *handler {
			return &handler{
				tb:   t,
				open: func(c *stream.Conn) { opened <- c },
				data: func(c *stream.Conn, p []byte) int {
					c.Write(p)
					most = max(most, c.Buffered())
					return len(p)
				},
				drained: func(c *stream.Conn) {
					drained++
					if c.Buffered() > low {
						t.Errorf("drained to %d", c.Buffered())
					}
				},
				closed: func(_ *stream.Conn, err error) { closed <- err },
			}
		})
		c := dial(t, s)
		data := randomBytes(seeded(t), size)
		sent := make(chan error, 1)
		go func() {
			_, err := c.Write(data)
			if err == nil {
				err = c.CloseWrite()
			}
			sent <- err
		}()
		conn := take(t, "Open", opened)
		stalled(t, conn, count(t), high)
		got, err := io.ReadAll(c)
		must(t, err)
		must(t, <-sent)
		must(t, take(t, "Close", closed))
		if !bytes.Equal(got, data) {
			t.Fatalf("%d bytes of %d, or others", len(got), size)
		}
		if most > high+stream.BufferSize {
			t.Errorf("%d bytes were kept", most)
		}
		if drained == 0 {
			t.Error("Drained was not called")
		}
	}
}

// stalled waits until a connection has more output than the high watermark,
// and nothing moves: for as many turns of its loop as will, no attempt is
// made to receive or send.
func stalled(t *testing.T, conn *stream.Conn, calls *counter, high int) {
	t.Helper()
	attempts := func() int64 { return calls.of(sys.OpRecv) + calls.of(sys.OpSend) }
	buffered := 0
	until(t, "stall", func() bool {
		on(t, conn, func() { buffered = conn.Buffered() })
		return buffered > high
	})
	const turns = 200
	until(t, "standstill", func() bool {
		before := attempts()
		for range turns {
			on(t, conn, func() {})
		}
		return attempts() == before
	})
}

// TestOwedAfterFIN has a peer end its direction at once, and read later what
// it is owed.
func TestOwedAfterFIN(t *testing.T) {
	const size = 16 << 20
	ended := make(chan *stream.Conn, 1)
	s := serve(t, stream.Config{Linger: patience}, func() *handler {
		h := &handler{tb: t, open: func(c *stream.Conn) { c.Write(make([]byte, size)) }}
		h.eof = func(c *stream.Conn) { c.Close(); ended <- c }
		return h
	})
	c := dial(t, s)
	must(t, c.CloseWrite())
	read := func(n int64) {
		if got, err := io.CopyN(io.Discard, c, n); got != n || err != nil {
			t.Fatal(got, err)
		}
	}
	// Above the high watermark it is not read either, and learns of the FIN
	// when some of it has gone.
	read(size - 1<<20)
	take(t, "EOF", ended)
	read(1 << 20)
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Error(n, err)
	}
}

// TestFlood has one connection flood a loop that another one uses too. In one
// turn the flood gets its share and no more.
func TestFlood(t *testing.T) {
	config := stream.Config{Group: group(t, 1)}
	loop := config.Group.Loops()[0]
	most := 0 // of the one loop
	var flooded atomic.Int64
	s := serve(t, config, func() *handler {
		turn, inTurn := uint64(0), 0
		return &handler{tb: t, data: func(c *stream.Conn, p []byte) int {
			if len(p) < 10 {
				c.Write(p)
				return len(p)
			}
			if now := loop.Stats().Polls; now != turn {
				turn, inTurn = now, 0
			}
			inTurn++
			most = max(most, inTurn)
			flooded.Add(1)
			for begun := time.Now(); time.Since(begun) < 100*time.Microsecond; { // the flood is faster than this handler
			}
			return len(p)
		}}
	})
	flood, other := dial(t, s), dial(t, s)
	done := make(chan error, 1)
	go func() {
		chunk := make([]byte, 1<<20)
		for {
			if _, err := flood.Write(chunk); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 50 {
		before := flooded.Load()
		until(t, "more of the flood", func() bool { return flooded.Load() > before })
		must(t, exchange(other, []byte("me too")))
	}
	must(t, flood.Close())
	if err := <-done; err == nil {
		t.Error("the flood has ended")
	}
	must(t, s.Close())
	if most == 0 || most > stream.ReadsPerTurn {
		t.Errorf("Data was called %d times in a turn", most)
	}
}

// TestDrainedWrites produces a long answer from Drained alone.
func TestDrainedWrites(t *testing.T) {
	const pieces, size = 200, 100_000
	for _, read := range []func(net.Conn) (int64, error){
		func(c net.Conn) (int64, error) { return io.Copy(io.Discard, c) },
		func(c net.Conn) (n int64, err error) {
			for buf := make([]byte, 1000); err == nil; {
				var m int
				m, err = c.Read(buf)
				n += int64(m)
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, err
		},
	} {
		s := serve(t, stream.Config{Linger: patience}, func() *handler {
			left := pieces
			produce := func(c *stream.Conn) {
				for ; left > 0 && c.Buffered() <= 256<<10; left-- {
					c.Write(make([]byte, size))
				}
				if left == 0 {
					c.Close()
				}
			}
			return &handler{tb: t, open: produce, drained: produce}
		})
		if n, err := read(dial(t, s)); n != pieces*size || err != nil {
			t.Error(n, err)
		}
	}
}

// TestFlushPerTurn owes much to a peer that takes everything at once: in a
// turn it gets its share.
func TestFlushPerTurn(t *testing.T) {
	const size = 32 << 20
	config := stream.Config{Group: group(t, 1)}
	loop := config.Group.Loops()[0]
	_, c, client := started(t, config, &handler{})
	turn, inTurn, most := uint64(0), 0, 0
	fd := stream.Descriptor(c)
	defer sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op == sys.OpSend && call.FD == fd && call.Len < size {
			if now := loop.Stats().Polls; now != turn {
				turn, inTurn = now, 0
			}
			most = max(most, inTurn)
			inTurn += call.Len
		}
		return sys.Fault{}
	})()
	must(t, c.Post(func() { c.Write(make([]byte, size)); c.Close() }))
	if n, err := io.Copy(io.Discard, client); n != size || err != nil {
		t.Error(n, err)
	}
	on(t, c, func() {
		if most > stream.FlushPerTurn {
			t.Errorf("%d bytes were sent before the last piece of a turn", most)
		}
	})
}

// TestDrainedOrder has Drained write while a large piece goes past what was
// gathered: the piece comes first.
func TestDrainedOrder(t *testing.T) {
	closed := make(chan struct{})
	_, c, client := started(t, stream.Config{HighWater: 1000, LowWater: 10, Linger: patience}, &handler{
		drained: func(c *stream.Conn) { c.WriteString("drained"); c.Close() },
		closed:  func(*stream.Conn, error) { close(closed) },
	})
	on(t, c, func() {
		c.Cork()
		c.Write(make([]byte, 60_000))
		c.Write(make([]byte, 10_000))
	})
	got, err := io.ReadAll(client)
	if must(t, err); len(got) != 70_007 || string(got[70_000:]) != "drained" {
		t.Errorf("%d bytes", len(got))
	}
	must(t, client.Close())
	take(t, "Close", closed)
}
