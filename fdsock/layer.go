package fdsock

import (
	"context"

	"github.com/pollux-net/pollux/reactor"
)

// What follows is for packages that build calls of their own on a socket, as
// tlsbridge does: they make attempts with [Socket.TryRecv] and
// [Socket.TrySend], and a [Call] says how long they may wait in between.

// Resume is [Socket.Resume] for a call by the rules of the view: it ends by
// the view's deadlines, whatever the timeout and the deadlines of the socket.
func (v *view) Resume(began int64) *Call {
	return &Call{s: v.s, wait: wait{since: began, view: v}}
}

// Within makes the call end when the context does, too, and returns it. The
// error is a [ContextError] then.
func (c *Call) Within(ctx context.Context) *Call {
	c.wait.ctx = ctx
	return c
}

// Begin returns the error of a call that is to end before its first attempt:
// its context is done or, for a view's call, the socket is closed or the
// deadline for the conditions has passed. They are [reactor.Input],
// [reactor.Output] or both, for what the call does as a whole.
func (c *Call) Begin(mask reactor.Readiness) error {
	if c.wait.view == nil {
		return c.wait.canceled()
	}
	if _, err := c.wait.look(c.s, 0); err != nil {
		return err
	}
	return c.wait.overdue(c.s, mask)
}

// MayWait reports whether the call may wait at all: not on a nonblocking
// socket.
func (c *Call) MayWait() bool { return c.wait.timeout(c.s) != 0 }

// Sleep waits until the waiter, which the caller has subscribed to the socket,
// is notified, and returns nil: look again. Otherwise it returns what ends the
// call, as the errors of Recv: EAGAIN, the timeout, a [ContextError] or EINTR.
// The mask chooses the deadlines, see [Call.Begin]. What the kernel had
// reported until a timeout has been handed on, so one more attempt then is
// worth while.
func (c *Call) Sleep(waiter *reactor.Waiter, mask reactor.Readiness) error {
	c.wait.op = opRecv
	defer c.wait.wakeWhenDone(waiter)()
	late, err := c.wait.sleep(c.s, waiter, mask)
	if err != nil {
		return err
	}
	return late
}
