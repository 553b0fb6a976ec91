package stream_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream"
)

// TestAsyncWrite writes from many goroutines.
func TestAsyncWrite(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		const writers, each = 8, 2000
		_, c, client := started(t, config, &handler{})
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := stream.ErrFull
					for errors.Is(err, stream.ErrFull) {
						err = c.AsyncWrite([]byte{byte(w), byte(i)})
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		go func() {
			wg.Wait()
			if err := c.AsyncClose(); err != nil {
				t.Error(err)
			}
		}()
		got, err := io.ReadAll(client)
		if must(t, err); len(got) != writers*each*2 {
			t.Fatal(len(got))
		}
		var next [writers]byte
		for at := 0; at < len(got); at += 2 {
			if w := got[at]; next[w] != got[at+1] {
				t.Fatalf("writer %d: %d, want %d", w, got[at+1], next[w])
			}
			next[got[at]]++
		}
		if err := c.AsyncWrite([]byte("x")); !errors.Is(err, stream.ErrClosed) {
			t.Error(err)
		}
	})
}

// TestAsyncFull writes to a peer that does not read: the bound holds also for
// what has reached the connection.
func TestAsyncFull(t *testing.T) {
	closed := make(chan error, 1)
	_, c, client := started(t, stream.Config{HighWater: 100_000}, &handler{closed: func(_ *stream.Conn, err error) { closed <- err }})
	piece, total := make([]byte, 10_000), 0
	for refused := 0; refused < 100; {
		switch err := c.AsyncWrite(piece); {
		case errors.Is(err, stream.ErrFull):
			refused++
			on(t, c, func() {})
		case err != nil:
			t.Fatal(err)
		default:
			total += len(piece)
			refused = 0
		}
	}
	on(t, c, func() {
		if n := c.Buffered(); n > 300_000 {
			t.Errorf("%d bytes are kept", n)
		}
	})
	_, err := io.CopyN(io.Discard, client, int64(total))
	must(t, err)
	until(t, "room", func() bool { return c.AsyncWrite(piece) == nil })
	must(t, c.AsyncAbort())
	if err := take(t, "Close", closed); !errors.Is(err, stream.ErrAborted) {
		t.Error(err)
	}
	if err := c.AsyncWrite(piece); !errors.Is(err, stream.ErrClosed) {
		t.Error(err)
	}
}

// TestAsyncMemory writes to many connections while their loop is busy: what
// waits for it counts as the loop's memory, and is given back.
func TestAsyncMemory(t *testing.T) {
	const most, piece = 1 << 20, 40_000
	bothWays(t, func(t *testing.T, config stream.Config) {
		config.MaxBuffered = most
		conns := make(chan *stream.Conn, 40)
		s := serve(t, config, func() *handler { return &handler{tb: t, open: func(c *stream.Conn) { conns <- c }} })
		var clients []*net.TCPConn
		var opened []*stream.Conn
		for range cap(conns) {
			clients = append(clients, dial(t, s))
			opened = append(opened, take(t, "Open", conns))
		}
		busy, enough := make(chan struct{}), make(chan struct{})
		must(t, opened[0].Post(func() { close(busy); <-enough }))
		take(t, "the loop", busy)
		taken, refused := 0, 0
		for _, c := range opened {
			switch err := c.AsyncWrite(make([]byte, piece)); {
			case errors.Is(err, stream.ErrFull):
				refused++
			case err != nil:
				t.Error(err)
			default:
				taken++
			}
		}
		if n := s.Stats().Buffered; taken != most/piece || refused != len(opened)-taken || n != int64(taken*piece) {
			t.Errorf("%d pieces taken, %d refused, %d bytes counted", taken, refused, n)
		}
		close(enough)
		for _, client := range clients[:taken] {
			_, err := io.CopyN(io.Discard, client, piece)
			must(t, err)
		}
		until(t, "memory", func() bool { return s.Stats().Buffered == 0 })
		must(t, opened[0].AsyncWrite(make([]byte, piece)))
		_, err := io.CopyN(io.Discard, clients[0], piece)
		must(t, err)
	})
}
