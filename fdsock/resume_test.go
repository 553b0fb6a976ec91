package fdsock_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
)

// TestResume takes calls up again whose time ran out while a signal handler
// had its turn: they end, as Python's do (PEP 475), and their time still counts
// from when they first began.
func TestResume(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		fill(t, a)
		a.SetTimeout(time.Duration(reactor.Now()))
		const began = 1 // of a clock that was 0 when the process was
		for name, call := range map[string]func(c *fdsock.Call) error{
			"recv":     func(c *fdsock.Call) error { _, err := c.RecvInto(make([]byte, 1)); return err },
			"recvfrom": func(c *fdsock.Call) error { _, _, err := c.RecvFromInto(make([]byte, 1)); return err },
			"send":     func(c *fdsock.Call) error { _, err := c.Send([]byte("x")); return err },
			"sendall":  func(c *fdsock.Call) error { _, err := c.SendAll([]byte("x")); return err },
		} {
			t.Run(name, func(t *testing.T) {
				c := a.Resume(began)
				wantTimeout(t, call(c))
				if c.Began() != began {
					t.Errorf("it began at %d, want %d", c.Began(), began)
				}
			})
		}
	})
}
