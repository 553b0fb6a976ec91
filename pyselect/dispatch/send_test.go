package dispatch_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// sender is a channel that only sends.
type sender struct{ dispatch.DispatcherWithSend }

func (s *sender) Readable() bool       { return false }
func (s *sender) HandleConnect() error { return nil }

// TestWithSend keeps what the socket does not take, and sends all of it.
//
//inventory:row test_asyncore.DispatcherWithSendTests.test_send
func TestWithSend(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		var got bytes.Buffer
		ended := false
		_, addr := w.serve(t, func(s *fdsock.Socket) error {
			h := newStrict(t, w.m)
			h.read = func() error {
				p, err := h.Recv(10000)
				got.Write(p)
				return err
			}
			h.closed = func() error { ended = true; return h.Close() }
			return h.Attach(s)
		})
		d := &sender{}
		d.Init(d, w.m)
		must(t, d.CreateSocket(w.family, fdsock.SOCK_STREAM))
		must(t, d.Connect(addr))
		w.until(t, "the connection", d.Connected)
		part := bytes.Repeat([]byte("a 16-ton weight? "), 100000) // more than the kernel keeps
		for range 3 {
			if n, err := d.Send(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if d.Buffered() == 0 || !d.Writable() {
			t.Error("the kernel took everything")
		}
		w.until(t, "all is sent", func() bool { return d.Buffered() == 0 })
		if d.Writable() {
			t.Error("writable without data")
		}
		// A hang-up ends a channel on a poll object before all is read, as in
		// Python: so everything must have come by then.
		w.until(t, "all has come", func() bool { return got.Len() == 3*len(part) })
		must(t, d.Close())
		w.until(t, "the end", func() bool { return ended })
		if !bytes.Equal(got.Bytes(), bytes.Repeat(part, 3)) {
			t.Errorf("%d bytes came", got.Len())
		}
	})
}

// TestWithSendLimit refuses what would be too much.
func TestWithSendLimit(t *testing.T) {
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer b.Close()
	d := &sender{}
	d.Init(d, newMap(t))
	must(t, d.Attach(a))
	d.SetLimit(1 << 20)
	sent := 0
	for range 1000 {
		n, err := d.Send(make([]byte, 100000))
		if sent += n; err != nil {
			if !errors.Is(err, dispatch.ErrTooMuch) || n != 0 || d.Buffered() > 1<<20 || d.Buffered() < 900000 {
				t.Error(n, err, d.Buffered())
			}
			return
		}
	}
	t.Error("there is no limit")
}
