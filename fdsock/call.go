package fdsock

import (
	"errors"

	"github.com/pollux-net/pollux/reactor"
)

// Call is one call on a socket that can be taken up again after it was
// interrupted (see [Interruptible]), as Python does when its signal handlers
// have run (PEP 475): making it again on the same Call goes on with it, its
// timeout counting from the first attempt. It belongs to one goroutine.
type Call struct {
	s    *Socket
	wait wait
}

// Resume returns a call that began at a time of reactor.Now's clock, or begins
// now if that is 0. Any goroutine.
func (s *Socket) Resume(began int64) *Call { return &Call{s: s, wait: wait{since: began}} }

// Began returns when the call began to wait, 0 if it has not yet.
func (c *Call) Began() int64 { return c.wait.since }

// RecvInto is [Socket.RecvInto].
func (c *Call) RecvInto(p []byte, flags ...int) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.wait.op = opRecv
	return c.s.recvInto(&c.wait, p, union(flags))
}

// Send is [Socket.Send].
func (c *Call) Send(p []byte, flags ...int) (int, error) {
	c.wait.op = opSend
	return c.s.sendSome(&c.wait, p, union(flags))
}

// SendAll is [Socket.SendAll]. It returns how much of p was sent, which the
// next attempt is to leave out.
func (c *Call) SendAll(p []byte, flags ...int) (int, error) {
	c.wait.op = opSendAll
	return c.s.sendAll(&c.wait, p, union(flags))
}

// Accept is [Socket.Accept].
func (c *Call) Accept() (*Socket, Addr, error) {
	c.wait.op = opAccept
	return c.s.acceptOne(&c.wait)
}

// Connect is [Socket.Connect]; begun says that an earlier attempt of the call
// has started the connection.
func (c *Call) Connect(addr Addr, begun bool) error {
	c.wait.op = opConnect
	errno, err := c.s.connect(&c.wait, addr, begun)
	if err != nil {
		return err
	}
	return failAt(opConnect, addr, errno)
}

// sleepOn waits for a notification of the waiter, in the way of the socket.
func (w *wait) sleepOn(s *Socket, waiter *reactor.Waiter, deadline int64) (inTime bool, err error) {
	if !s.has(Interruptible) {
		return waiter.Wait(deadline), nil
	}
	if w.since == 0 {
		w.begin() // what was waited until now counts when the call is taken up again
	}
	inTime, err = waiter.WaitInterruptible(deadline)
	switch {
	case err == nil:
		return inTime, nil
	case errors.Is(err, reactor.ErrInterrupted):
		return inTime, interrupted[w.op]
	}
	return inTime, w.refused(err)
}
