package stream_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/reactor/stream"
)

// TestMaxBufferedWrite writes more than the loop's connections may hold.
func TestMaxBufferedWrite(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		config.MaxBuffered = 1 << 20
		closed := make(chan error, 1)
		s, c, _ := started(t, config, &handler{closed: func(_ *stream.Conn, err error) { closed <- err }})
		must(t, c.Post(func() { c.Write(make([]byte, 32<<20)) }))
		if err := take(t, "Close", closed); !errors.Is(err, stream.ErrMemory) {
			t.Error(err)
		}
		must(t, s.Close())
		if n := s.Stats().Buffered; n != 0 {
			t.Errorf("%d bytes are left", n)
		}
	})
}

// TestMaxBufferedInput has clients send what is kept, until the memory is used
// up: those that hold some wait, another one is served, and when some memory
// is free they go on.
func TestMaxBufferedInput(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		const size, most = 400_000, 1 << 20
		config.MaxBuffered, config.MaxInput = most, 1<<20
		conns := make(chan *stream.Conn, 10)
		enough := false // the handlers keep everything until then
		s := serve(t, config, func() *handler {
			return &handler{
				tb:   t,
				open: func(c *stream.Conn) { conns <- c },
				data: func(c *stream.Conn, p []byte) int {
					if len(p) == 5 {
						c.Write(p)
						return len(p)
					}
					if enough || len(p) >= size {
						return len(p)
					}
					return 0
				},
			}
		})
		var clients []*net.TCPConn
		var last *stream.Conn
		sent := make(chan error, 10)
		for range 10 {
			client := dial(t, s)
			last = take(t, "Open", conns)
			clients = append(clients, client)
		}
		for _, client := range clients[1:] {
			go func() {
				_, err := client.Write(make([]byte, size-1))
				sent <- err
			}()
		}
		until(t, "the limit", func() bool { return s.Stats().Buffered > most/2 || s.Stats().Closed > 0 })
		must(t, exchange(clients[0], []byte("alive")))
		if n := s.Stats().Buffered; n > most {
			t.Errorf("%d bytes are held", n)
		}
		on(t, last, func() { enough = true })
		for _, client := range clients[1:] { // those that were refused are closed
			_, _ = client.Write([]byte("x"))
			_ = client.CloseWrite()
			_, _ = io.Copy(io.Discard, client)
			_ = client.Close()
		}
		for range clients[1:] {
			<-sent
		}
		until(t, "nothing to be left", func() bool { return s.Stats().Buffered == 0 })
		must(t, exchange(clients[0], []byte("alive")))
	})
}

// TestStarved has connections that hold something, at the limit: they are not
// read, and are when a peer has taken its part. Nothing is lost. Each keeps a
// byte of input from the beginning, for one that holds nothing is read even
// then, and closed if it must have memory.
func TestStarved(t *testing.T) {
	bothWays(t, func(t *testing.T, config stream.Config) {
		const conns, size = 4, 12 << 20
		config.MaxBuffered, config.HighWater, config.LowWater = 1<<20, 2<<20, 1
		s := serve(t, config, func() *handler {
			return &handler{tb: t, data: func(c *stream.Conn, p []byte) int {
				c.Write(p[:len(p)-1])
				return len(p) - 1
			}}
		})
		var clients []*net.TCPConn
		done := make(chan error, conns)
		for range conns {
			client := dial(t, s)
			clients = append(clients, client)
			_, err := client.Write(make([]byte, 2))
			must(t, err)
			_, err = io.ReadFull(client, make([]byte, 1))
			must(t, err)
		}
		for _, client := range clients {
			go func() {
				_, err := client.Write(make([]byte, size))
				done <- err
			}()
		}
		until(t, "the limit", func() bool { return s.Stats().Buffered > 1<<20-200<<10 })
		var total atomic.Int64
		var wg sync.WaitGroup
		for _, client := range clients {
			wg.Go(func() {
				n, err := io.CopyN(io.Discard, client, size)
				if total.Add(n); err != nil {
					t.Errorf("after %d bytes: %v", n, err)
				}
				_ = client.Close()
			})
		}
		wg.Wait()
		for range clients {
			<-done
		}
		must(t, s.Close())
		if total.Load() != conns*size || s.Stats().Buffered != 0 {
			t.Errorf("%d bytes came, %d are held", total.Load(), s.Stats().Buffered)
		}
	})
}

// TestStats counts.
func TestStats(t *testing.T) {
	s, c, client := started(t, stream.Config{}, echoing(t))
	must(t, exchange(client.(net.Conn), []byte("hello")))
	until(t, "5 bytes sent", func() bool { return s.Stats().BytesOut == 5 }) // a client may be quicker
	if got := s.Stats(); got.Conns != 1 || got.Opened != 1 || got.BytesIn != 5 || got.BytesOut != 5 || got.Closed != 0 {
		t.Errorf("%+v", got)
	}
	on(t, c, func() { c.Write(make([]byte, 16<<20)) })
	if got := s.Stats(); got.Paused != 1 || got.Pauses != 1 || got.Buffered < 1<<20 {
		t.Errorf("%+v", got)
	}
	must(t, c.AsyncAbort())
	until(t, "the end", func() bool { return s.Stats().Conns == 0 })
	if got := s.Stats(); got.Closed != 1 || got.Resets != 1 || got.Paused != 0 || got.Buffered != 0 {
		t.Errorf("%+v", got)
	}
}

// holdAll is a server of which connections of 40 KiB each fill the memory but
// for less than is needed to read one that holds some, and a handler that
// waits for a line.
func holdAll(t *testing.T, config stream.Config) (s *stream.Server, conns []*stream.Conn, clients []*net.TCPConn, lines <-chan int) {
	t.Helper()
	const peers, block = 15, 64 << 10
	config.MaxBuffered = 1 << 20
	opened, got := make(chan *stream.Conn, 2*peers), make(chan int, 2*peers)
	s = serve(t, config, func() *handler {
		return &handler{tb: t, open: func(c *stream.Conn) { opened <- c }, data: func(_ *stream.Conn, p []byte) int {
			i := bytes.IndexByte(p, '\n')
			if i >= 0 {
				got <- i + 1
			}
			return i + 1
		}}
	})
	for range peers {
		client := dial(t, s)
		_, err := client.Write(make([]byte, 40<<10))
		must(t, err)
		clients, conns = append(clients, client), append(conns, take(t, "Open", opened))
	}
	until(t, "the memory", func() bool { return s.Stats().Buffered == peers*block })
	return s, conns, clients, got
}

// TestStarvedReadTimeout has peers that hold all of the memory and say nothing
// more: the read timeout ends them, and others are served.
func TestStarvedReadTimeout(t *testing.T) {
	s, _, clients, lines := holdAll(t, stream.Config{ReadTimeout: 300 * time.Millisecond})
	for _, c := range clients {
		_, err := c.Write([]byte("x")) // which is not read
		must(t, err)
	}
	until(t, "the end of all", func() bool { return s.Stats().Conns == 0 })
	_, err := dial(t, s).Write(append(make([]byte, 100<<10), '\n'))
	must(t, err)
	take(t, "the line", lines)
}

// TestStarvedGivesBack has a connection that is not read for want of memory
// give all of its own back, outside Data: it is read again.
func TestStarvedGivesBack(t *testing.T) {
	s, conns, clients, lines := holdAll(t, stream.Config{})
	_, err := io.WriteString(clients[3], "a line\n")
	must(t, err)
	on(t, conns[3], func() {})
	on(t, conns[3], func() { conns[3].Discard(conns[3].Readable()) })
	if n := take(t, "the line", lines); n != 7 {
		t.Errorf("a line of %d bytes", n)
	}
	must(t, s.Close())
}
