package stream_test

import (
	"io"
	"testing"

	"github.com/pollux-net/pollux/reactor/stream"
)

// TestPause answers one request at a time: input and the end wait for it.
func TestPause(t *testing.T) {
	for _, filtered := range []bool{false, true} {
		config := stream.Config{}
		if filtered {
			config.Filter = func(*stream.Conn) stream.Filter { return quiet{} }
		}
		asked := make(chan *stream.Conn, 1)
		busy := false
		s := serve(t, config, func() *handler {
			return &handler{
				tb: t,
				data: func(c *stream.Conn, p []byte) int {
					if busy {
						t.Error("Data during a pause")
					}
					busy = true
					c.Pause()
					asked <- c
					return 1
				},
				eof: func(c *stream.Conn) {
					if busy {
						t.Error("EOF during a pause")
					}
					c.Close()
				},
			}
		})
		client := dial(t, s)
		_, err := client.Write([]byte("abc"))
		must(t, err)
		must(t, client.CloseWrite())
		for _, answer := range []string{"1", "2", "3"} {
			c := take(t, "Data", asked)
			for range 10 { // turns in which nothing may be delivered
				on(t, c, func() {})
			}
			on(t, c, func() {
				busy = false
				c.Write([]byte(answer))
				c.Resume()
				c.Resume()
			})
		}
		if got, err := io.ReadAll(client); string(got) != "123" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// stopper is asked to stop when its server shuts down.
type stopper struct {
	*handler
	stop func(c *stream.Conn)
}

func (s *stopper) Stop(c *stream.Conn) { s.stop(c) }

func TestStopper(t *testing.T) {
	g := group(t, 1)
	opened := make(chan *stream.Conn, 1)
	s, err := stream.Serve("127.0.0.1:0", stream.Config{Group: g, Handler: func(*stream.Conn) stream.Handler {
		return &stopper{
			handler: &handler{tb: t, open: func(c *stream.Conn) { opened <- c }},
			stop: func(c *stream.Conn) {
				_ = c.Post(func() { c.Write([]byte("goodbye")); c.Close() })
			},
		}
	}})
	must(t, err)
	client := dial(t, s)
	take(t, "Open", opened)
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(t.Context()) }()
	if got, err := io.ReadAll(client); string(got) != "goodbye" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	must(t, client.Close()) // until then the server drains
	must(t, <-done)
}
