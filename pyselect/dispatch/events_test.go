package dispatch_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

//inventory:row test_asyncore.BaseTestAPI.test_handle_connect
func TestHandleConnect(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		_, addr := w.serve(t, w.keep(t))
		calls := 0
		w.dial(t, addr, func(c *strict) {
			c.connect = func() error {
				if calls++; c.Connected() {
					t.Error("connected before the handler has agreed")
				}
				return nil
			}
		})
		w.until(t, "HandleConnect", func() bool { return calls > 0 })
		must(t, dispatch.Loop(0, w.usePoll, w.m, 5))
		if calls != 1 {
			t.Error(calls)
		}
	})
}

// TestConnectFails tells HandleError the number.
func TestConnectFails(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		s, addr := w.serve(t, w.keep(t))
		must(t, s.Close())
		if w.family == fdsock.AF_UNIX {
			c := newStrict(t, w.m)
			must(t, c.CreateSocket(w.family, fdsock.SOCK_STREAM))
			if err := c.Connect(addr); !errors.Is(err, unix.ECONNREFUSED) {
				t.Error(err)
			}
			return
		}
		var got error
		w.dial(t, addr, func(c *strict) {
			c.connect = nil
			c.closed = func() error { return c.Close() }
			c.failed = func(err error) error { got = err; return c.Close() }
			c.read, c.write = c.closed, c.closed
			// With a poll object Python's HandleClose is what is called.
			c.closed = func() error { got = unix.ECONNREFUSED; return c.Close() }
		})
		w.until(t, "the failure", func() bool { return got != nil })
		if !errors.Is(got, unix.ECONNREFUSED) {
			t.Error(got)
		}
	})
}

// TestHandleAccept is called when a connection waits.
//
//inventory:row test_asyncore.BaseTestAPI.test_handle_accept
func TestHandleAccept(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		l := &listener{}
		l.Init(l, w.m)
		must(t, l.CreateSocket(w.family, fdsock.SOCK_STREAM))
		must(t, l.Bind(w.address(t)))
		must(t, l.Listen(5))
		addr, err := l.Socket().GetSockName()
		must(t, err)
		w.dial(t, addr, func(*strict) {})
		w.until(t, "HandleAccept", func() bool { return l.called })
	})
}

type listener struct {
	dispatch.Dispatcher
	called bool
}

func (l *listener) HandleAccept() error { l.called = true; return nil }

// TestHandleAccepted is called with the connection; the default closes it.
//
//inventory:row test_asyncore.BaseTestAPI.test_handle_accepted
func TestHandleAccepted(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		done := false
		_, addr := w.serve(t, func(s *fdsock.Socket) error { done = true; return s.Close() })
		w.dial(t, addr, func(c *strict) {
			c.read = func() error { return c.Close() }
			c.closed = c.read
		})
		w.until(t, "HandleAccepted", func() bool { return done })
	})
	w := &world{family: fdsock.AF_INET, m: newMap(t)}
	d := newBare(w.m)
	must(t, d.CreateSocket(w.family, fdsock.SOCK_STREAM))
	must(t, d.Bind(w.address(t)))
	must(t, d.Listen(5))
	addr, err := d.Socket().GetSockName()
	must(t, err)
	closed := false
	w.dial(t, addr, func(c *strict) {
		c.read = func() error { _, err := c.Recv(1); return err }
		c.closed = func() error { closed = true; return c.Close() }
	})
	w.until(t, "the default closes the connection", func() bool { return closed })
}

//inventory:row test_asyncore.BaseTestAPI.test_handle_read
func TestHandleRead(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		_, addr := w.serve(t, func(s *fdsock.Socket) error {
			h := newStrict(t, w.m)
			must(t, h.Attach(s))
			_, err := h.Send(make([]byte, 1024))
			return err
		})
		got := 0
		w.dial(t, addr, func(c *strict) {
			c.read = func() error {
				p, err := c.Recv(4096)
				got += len(p)
				return err
			}
		})
		w.until(t, "all is read", func() bool { return got == 1024 })
	})
}

//inventory:row test_asyncore.BaseTestAPI.test_handle_write
func TestHandleWrite(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		_, addr := w.serve(t, w.keep(t))
		done := false
		w.dial(t, addr, func(c *strict) { c.write = func() error { done = true; return nil } })
		w.until(t, "HandleWrite", func() bool { return done })
	})
}

// TestHandleClose is called by a Recv that meets the end.
//
//inventory:row test_asyncore.BaseTestAPI.test_handle_close
func TestHandleClose(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		_, addr := w.serve(t, func(s *fdsock.Socket) error {
			h := newStrict(t, w.m)
			must(t, h.Attach(s))
			return h.Close()
		})
		done := false
		w.dial(t, addr, func(c *strict) {
			c.read = func() error { _, err := c.Recv(1024); return err }
			c.closed = func() error { done = true; return c.Close() }
		})
		w.until(t, "HandleClose", func() bool { return done })
	})
}

// TestHandleCloseAfterBroken sends into a connection that the peer has closed.
//
//inventory:row test_asyncore.BaseTestAPI.test_handle_close_after_conn_broken
func TestHandleCloseAfterBroken(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		data := make([]byte, 128)
		_, addr := w.serve(t, func(s *fdsock.Socket) error {
			h := newStrict(t, w.m)
			h.writable = func() bool { return false }
			h.read = func() error {
				if _, err := h.Recv(len(data)); err != nil {
					return err
				}
				return h.Close()
			}
			return h.Attach(s)
		})
		done := false
		w.dial(t, addr, func(c *strict) {
			c.write = func() error { _, err := c.Send(data); return err }
			c.closed = func() error { done = true; return c.Close() }
			c.expt = c.closed
			c.read = func() error { return nil }
		})
		w.until(t, "the end", func() bool { return done })
	})
}

// TestHandleExpt is called for urgent data.
//
//inventory:row test_asyncore.BaseTestAPI.test_handle_expt
func TestHandleExpt(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		if w.family == fdsock.AF_UNIX {
			t.Skip("Unix sockets have no urgent data")
		}
		_, addr := w.serve(t, func(s *fdsock.Socket) error {
			h := newStrict(t, w.m)
			must(t, h.Attach(s))
			_, err := h.Socket().Send([]byte{244}, fdsock.MSG_OOB)
			return err
		})
		var got []byte
		w.dial(t, addr, func(c *strict) {
			c.read = func() error { return nil }
			c.expt = func() (err error) {
				got, err = c.Socket().Recv(1024, fdsock.MSG_OOB)
				return err
			}
		})
		w.until(t, "HandleExpt", func() bool { return len(got) == 1 })
		if got[0] != 244 {
			t.Error(got)
		}
	})
}

// TestHandleError is given what a handler returned.
//
//inventory:row test_asyncore.BaseTestAPI.test_handle_error
func TestHandleError(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		_, addr := w.serve(t, w.keep(t))
		var got error
		w.dial(t, addr, func(c *strict) {
			c.write = func() error { return errSpam }
			c.failed = func(err error) error { got = err; return nil }
		})
		w.until(t, "HandleError", func() bool { return got != nil })
		if !errors.Is(got, errSpam) {
			t.Error(got)
		}
	})
}

// TestExitNow leaves the loop, the channels stay.
func TestExitNow(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		_, addr := w.serve(t, w.keep(t))
		w.dial(t, addr, func(c *strict) { c.write = func() error { return dispatch.ErrExitNow } })
		if err := dispatch.Loop(turn, w.usePoll, w.m, dispatch.Unlimited); !errors.Is(err, dispatch.ErrExitNow) || w.m.Len() < 2 {
			t.Error(err, w.m.Len())
		}
	})
}

//inventory:row test_asyncore.BaseTestAPI.test_connection_attributes
func TestConnectionAttributes(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		server, addr := w.serve(t, w.keep(t))
		client := w.dial(t, addr, func(*strict) {})
		state := func(connected, accepting bool) {
			t.Helper()
			if server.Connected() || server.Accepting() != accepting || client.Connected() != connected || client.Accepting() {
				t.Error(server.Connected(), server.Accepting(), client.Connected(), client.Accepting())
			}
		}
		w.until(t, "client connects", func() bool { return client.Connected() })
		must(t, dispatch.Loop(0, w.usePoll, w.m, 5))
		state(true, true)
		if client.Connecting() || !strings.Contains(client.String(), " connected ") {
			t.Error(client)
		}
		must(t, client.Close())
		state(false, true)
		must(t, server.Close())
		must(t, server.Close())
		state(false, false)
	})
}

// TestQuickConnect resets a connection before the server has accepted it, which
// does the server no harm.
//
//inventory:row test_asyncore.BaseTestAPI.test_quick_connect
func TestQuickConnect(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		accepted := 0
		_, addr := w.serve(t, func(s *fdsock.Socket) error {
			accepted++
			h := newStrict(t, w.m)
			h.read = func() error { _, err := h.Recv(1); return err }
			h.closed = func() error { return h.Close() }
			h.expt = h.closed
			return h.Attach(s)
		})
		s, err := fdsock.New(w.family, fdsock.SOCK_STREAM, 0)
		must(t, err)
		s.SetTimeout(10 * time.Second)
		linger := binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, 1), 0)
		must(t, s.SetSockOptBytes(fdsock.SOL_SOCKET, unix.SO_LINGER, linger))
		must(t, s.Connect(addr))
		must(t, s.Close())
		c := w.dial(t, addr, func(*strict) {})
		w.until(t, "the next connection is served", func() bool { return accepted > 0 && c.Connected() })
		w.until(t, "the server goes on", func() bool { return w.m.Len() >= 2 })
	})
}
