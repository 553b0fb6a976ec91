package dispatch

import "errors"

// DefaultLimit is how many bytes a channel keeps at most until they are sent.
// Python's keep any number.
const DefaultLimit = 64 << 20

// ErrTooMuch is data that a channel refuses to keep, because the peer does not
// take what was sent before.
var ErrTooMuch = errors.New("dispatch: too much waits to be sent")

// chunk is how much is sent at once.
const chunk = 64 << 10

// DispatcherWithSend is a [Dispatcher] that keeps what its socket does not
// take yet: asyncore's dispatcher_with_send.
type DispatcherWithSend struct {
	Dispatcher
	out   []byte
	limit int // 0 is DefaultLimit
}

// Send sends p, now and when the socket can be written to. It keeps a copy of
// what was not sent; [ErrTooMuch] if that is more than the limit. The result is
// len(p), so that it can stand for a Dispatcher's.
func (d *DispatcherWithSend) Send(p []byte) (int, error) {
	if len(p) > limitOr(d.limit)-len(d.out) {
		return 0, ErrTooMuch
	}
	d.out = append(d.out, p...)
	return len(p), d.InitiateSend()
}

// InitiateSend sends what is kept, as far as the socket takes it.
func (d *DispatcherWithSend) InitiateSend() error {
	n, err := d.Dispatcher.Send(d.out[:min(len(d.out), chunk)])
	d.out = d.out[n:]
	return err
}

// Buffered returns how many bytes wait to be sent: Python's
// len(out_buffer).
func (d *DispatcherWithSend) Buffered() int { return len(d.out) }

// SetLimit changes how many bytes are kept at most.
func (d *DispatcherWithSend) SetLimit(n int) { d.limit = n }

// HandleWrite calls InitiateSend.
func (d *DispatcherWithSend) HandleWrite() error { return d.InitiateSend() }

// Writable reports whether there is something to be sent, or a connection to
// be made.
func (d *DispatcherWithSend) Writable() bool { return !d.Connected() || len(d.out) > 0 }

func limitOr(n int) int {
	if n <= 0 {
		return DefaultLimit
	}
	return n
}
