package tlsbridge

import (
	"errors"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// wouldBlock returns the error of a call that may not wait for the mask.
func (o *operation) wouldBlock(mask reactor.Readiness) error {
	if mask == reactor.Output {
		return o.wantWrite
	}
	return o.wantRead
}

// wait goes on with a call that lacks input or room: subscribe, test again,
// wait. The test is a whole turn and not a look at the descriptor, for the
// bytes that this call waits for may have been received by another
// goroutine's call, and the engine be where both can go on.
func (s *Socket) wait(c *call, mask reactor.Readiness) (err error) {
	if err := s.Handle().Arm(); err != nil && s.Fileno() >= 0 {
		return err
	}
	w := reactor.NewWaiter()
	defer w.Release()
	for watched := reactor.Readiness(0); ; {
		if mask != watched {
			w.Forget()
			w.Watch(s.sock, mask)
			watched = mask
		} else if ended := c.wait.Sleep(w, c.op.ends); ended != nil {
			if !errors.Is(ended, fdsock.ErrTimeout) {
				return c.ended(ended, mask)
			}
			if mask, err = s.turn(c); mask == 0 { // what came in time counts
				return err
			}
			return c.ended(ended, mask)
		}
		if mask, err = s.turn(c); mask == 0 {
			return err
		}
	}
}

// call begins a call by the socket's own rules.
func (s *Socket) call(op *operation, p []byte) call {
	return call{op: op, p: p, wait: *s.sock.Resume(0)}
}

func (c *call) mayWait() bool { return c.rule&once == 0 && c.wait.MayWait() }

// begin returns the error of a call that its context or its view's deadline
// has ended before it has begun.
func (c *call) begin() error {
	if err := c.wait.Begin(c.op.ends); err != nil {
		return c.ended(err, c.op.ends)
	}
	return nil
}

// ended makes the call's own error of what has ended its waiting for the mask.
func (c *call) ended(err error, mask reactor.Readiness) error {
	var canceled *fdsock.ContextError
	switch {
	case errors.Is(err, sys.EAGAIN):
		return c.op.wouldBlock(mask)
	case errors.Is(err, fdsock.ErrTimeout):
		return c.op.timedOut
	case errors.Is(err, sys.EINTR):
		return c.op.interrupted
	case errors.As(err, &canceled):
		canceled.Op = c.op.name
		return canceled
	}
	return c.named(err)
}

// beginSend waits until no other Send is in progress, as far as the call may
// wait.
func (s *Socket) beginSend(c *call) error {
	if s.writing.TryLock() {
		return nil
	}
	if !c.mayWait() {
		return c.op.wantWrite
	}
	s.queued.Add(1)
	defer s.queued.Add(-1)
	w := reactor.NewWaiter()
	defer w.Release()
	w.Watch(s.sock, 0)
	for !s.writing.TryLock() {
		if s.Fileno() < 0 {
			return s.closed(c)
		}
		if err := c.wait.Sleep(w, c.op.ends); err != nil {
			return c.ended(err, reactor.Output)
		}
	}
	return nil
}

// endSend lets another Send begin.
func (s *Socket) endSend() {
	s.writing.Unlock()
	if s.queued.Load() > 0 {
		s.Handle().Kick()
	}
}

// transport gives an error of the socket underneath to the call. Python
// reports a broken connection in the middle of TLS as SSLEOFError; the error
// number is still to be found in it.
func (c *call) transport(err error) error {
	var e *fdsock.Error
	if !errors.As(err, &e) {
		return err
	}
	if errors.Is(err, errClosed) || c.op != opRead && c.op != opWrite {
		return c.named(err)
	}
	return &Error{Kind: KindEOF, Op: c.op.name, Library: "SSL", Reason: "UNEXPECTED_EOF_WHILE_READING", Err: err}
}

// named gives an error of the socket underneath the name of the call.
func (c *call) named(err error) error {
	var e *fdsock.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Op = c.op.name
	return &named
}

// closed is the error of a call on a socket that was closed here.
func (s *Socket) closed(c *call) error {
	_, err := s.sock.GetSockName() // EBADF and net.ErrClosed
	return c.transport(err)
}

// again reports whether a transfer found nothing, or no room. Unlike
// fdsock.BlockingIOError it allocates nothing.
func again(err error) bool { return err != nil && errors.Is(err, sys.EAGAIN) }
