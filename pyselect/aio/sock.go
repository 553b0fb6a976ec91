package aio

import (
	"errors"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

// errAgain is what an attempt fails with that is to be made again when the
// socket is ready.
var errAgain error = sys.EAGAIN

func again(err error) bool { return errors.Is(err, errAgain) || errors.Is(err, sys.EINTR) }

// Accepted is what [Loop.SockAccept] gives: a connection, nonblocking, and who
// has made it.
type Accepted struct {
	Conn *fdsock.Socket
	Addr fdsock.Addr
}

// Received is what [Loop.SockRecvFrom] gives.
type Received struct {
	Data []byte
	Addr fdsock.Addr
}

// SockRecv receives up to n bytes; none at the end.
//
// This and the calls that follow want a socket that is nonblocking, or fail
// with a [*pyselect.ValueError]. They make an attempt at once, and further ones
// on the loop when the socket is ready; a second call meanwhile for the same
// direction fails with [ErrBusy]. Cancel the future before the socket is closed.
func (l *Loop) SockRecv(s *fdsock.Socket, n int) *Future[[]byte] {
	return await(l, s, selectors.EVENT_READ, func() ([]byte, error) { return s.Recv(n) })
}

// SockRecvInto receives into p, and gives how much.
func (l *Loop) SockRecvInto(s *fdsock.Socket, p []byte) *Future[int] {
	return await(l, s, selectors.EVENT_READ, func() (int, error) { return s.RecvInto(p) })
}

// SockRecvFrom receives a datagram of up to n bytes.
func (l *Loop) SockRecvFrom(s *fdsock.Socket, n int) *Future[Received] {
	return await(l, s, selectors.EVENT_READ, func() (Received, error) {
		data, addr, err := s.RecvFrom(n)
		return Received{data, addr}, err
	})
}

// SockSendAll sends all of p, which must not change until then, and gives how
// much that was.
func (l *Loop) SockSendAll(s *fdsock.Socket, p []byte) *Future[int] {
	sent := 0
	return await(l, s, selectors.EVENT_WRITE, func() (int, error) {
		if len(p) == 0 {
			return 0, nil
		}
		n, err := s.Send(p[sent:])
		if sent += n; err == nil && sent < len(p) {
			err = errAgain
		}
		return sent, err
	})
}

// SockSendTo sends a datagram, and gives its length.
func (l *Loop) SockSendTo(s *fdsock.Socket, p []byte, addr fdsock.Addr) *Future[int] {
	return await(l, s, selectors.EVENT_WRITE, func() (int, error) { return s.SendTo(p, addr) })
}

// SockAccept accepts a connection, which is made nonblocking.
func (l *Loop) SockAccept(s *fdsock.Socket) *Future[Accepted] {
	return await(l, s, selectors.EVENT_READ, func() (Accepted, error) {
		conn, addr, err := s.Accept()
		if err == nil {
			conn.SetBlocking(false)
		}
		return Accepted{conn, addr}, err
	})
}

// nonblocking fails if the socket may wait.
func nonblocking(s *fdsock.Socket) error {
	if s.GetTimeout() != 0 {
		return &pyselect.ValueError{Text: "the socket must be non-blocking"}
	}
	return nil
}

// await attempts a call until it need not wait.
func await[T any](l *Loop, s *fdsock.Socket, event int, attempt func() (T, error)) *Future[T] {
	f := NewFuture[T](l)
	if err := nonblocking(s); err != nil {
		_ = f.SetException(err)
		return f
	}
	awaitInto(f, s, event, attempt)
	return f
}

// awaitInto is await for a future that there is already.
func awaitInto[T any](f *Future[T], s *fdsock.Socket, event int, attempt func() (T, error)) {
	l := f.loop
	if l.IsClosed() {
		_ = f.SetException(ErrClosed)
		return
	}
	if l.busy(s, event) {
		_ = f.SetException(ErrBusy)
		return
	}
	v, err := attempt()
	if !again(err) {
		_ = f.settle(v, err)
		return
	}
	fd := s.Fileno()
	h := &Handle{loop: l, dropped: func(cause error) { _ = f.SetException(cause) }}
	h.call = func() error {
		v, err := attempt()
		if again(err) {
			return nil
		}
		l.forget(fd, event, h)
		if f.settle(v, err) != nil {
			discard(v)
		}
		return nil
	}
	f.mu.Lock()
	f.abandon = func() { l.forget(fd, event, h) }
	f.mu.Unlock()
	if err := l.add(s, event, h, true); err != nil {
		_ = f.SetException(err)
	}
	if f.Done() { // cancelled meanwhile
		l.forget(fd, event, h)
	}
}

// discard closes a connection whose future was cancelled just now.
func discard(v any) {
	if a, is := v.(Accepted); is && a.Conn != nil {
		_ = a.Conn.Close()
	}
}

// busy reports whether somebody waits for an event of the socket: then an
// attempt would take what is another's.
func (l *Loop) busy(s *fdsock.Socket, event int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.watched[s.Fileno()]
	return w != nil && w.object.Fileno() == s.Fileno() && *w.of(event) != nil
}
