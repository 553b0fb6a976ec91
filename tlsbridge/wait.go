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
		} else if err := s.sleep(w, c, mask); err != nil {
			return err
		}
		if mask, err = s.turn(c); mask == 0 {
			return err
		}
	}
}

// sleep waits for a notification, as far as the timeout allows. Changing the
// timeout is a notification too.
func (s *Socket) sleep(w *reactor.Waiter, c *call, mask reactor.Readiness) error {
	timeout := s.GetTimeout()
	if timeout == 0 {
		return c.op.wouldBlock(mask)
	}
	if c.since == 0 {
		c.since = reactor.Now()
	}
	deadline := reactor.Never
	if timeout > 0 && int64(timeout) < reactor.Never-c.since {
		deadline = c.since + int64(timeout)
	}
	var inTime bool
	if s.sock.Options()&fdsock.Interruptible == 0 {
		inTime = w.Wait(deadline)
	} else {
		var err error
		switch inTime, err = w.WaitInterruptible(deadline); {
		case errors.Is(err, reactor.ErrInterrupted):
			return c.op.interrupted
		case err != nil:
			return err
		}
	}
	if !inTime && s.GetTimeout() == timeout {
		return c.op.timedOut
	}
	return nil
}

// beginSend waits until no other Send is in progress, as far as the timeout
// allows.
func (s *Socket) beginSend(c *call) error {
	if s.writing.TryLock() {
		return nil
	}
	if s.GetTimeout() == 0 {
		return opWrite.wantWrite
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
		if err := s.sleep(w, c, reactor.Output); err != nil {
			return err
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
