package fdsock

import (
	"context"
	"errors"

	"github.com/pollux-net/pollux/reactor"
)

// The calls below end as well when a context does, at once if it has already:
// then nothing is transferred. The error is a [ContextError] that says why.
// Other calls on the socket go on. The timeout and the deadlines of the socket
// count too, and a nonblocking socket does not wait for the context either.
// No goroutine stays behind. Any goroutine may make them.

// ContextError is a call that its context ended. errors.Is finds the
// context's error in it, context.Canceled or context.DeadlineExceeded, and its
// cause. It is a net.Error; Timeout says whether it was the context's deadline.
type ContextError struct {
	Op    string // the call, by Python's name
	Addr  Addr   // the address of connect, else nil
	Err   error  // the context's error
	Cause error  // its cause, see context.Cause
}

// Error names the call, the address and the cause.
func (e *ContextError) Error() string {
	text := e.Op
	if e.Addr != nil {
		text += " " + e.Addr.String()
	}
	return text + ": " + e.Cause.Error()
}

// Unwrap returns the context's error and its cause.
func (e *ContextError) Unwrap() []error { return []error{e.Err, e.Cause} }

// Timeout reports whether the context's deadline has passed. Part of net.Error.
func (e *ContextError) Timeout() bool { return errors.Is(e.Err, context.DeadlineExceeded) }

// Temporary is Timeout. Part of net.Error.
func (e *ContextError) Temporary() bool { return e.Timeout() }

// ConnectContext is [Socket.Connect]. A socket whose attempt was cut short
// may still be connecting: it is of no further use, and is to be closed.
func (s *Socket) ConnectContext(ctx context.Context, addr Addr) error {
	c, err := s.within(ctx, opConnect)
	if err != nil {
		return connectWait(addr, err)
	}
	return c.Connect(addr, false)
}

// AcceptContext is [Socket.Accept].
func (s *Socket) AcceptContext(ctx context.Context) (*Socket, Addr, error) {
	c, err := s.within(ctx, opAccept)
	if err != nil {
		return nil, nil, err
	}
	return c.Accept()
}

// RecvContext is [Socket.Recv].
func (s *Socket) RecvContext(ctx context.Context, n int, flags ...int) ([]byte, error) {
	p, err := room(opRecv, n)
	if err != nil {
		return nil, err
	}
	n, err = s.RecvIntoContext(ctx, p, flags...)
	return p[:min(n, len(p))], err
}

// RecvIntoContext is [Socket.RecvInto]. With MSG_WAITALL it returns the part
// that had come when the context ended, with the error.
func (s *Socket) RecvIntoContext(ctx context.Context, p []byte, flags ...int) (int, error) {
	c, err := s.within(ctx, opRecv)
	if err != nil {
		return 0, err
	}
	return c.RecvInto(p, flags...)
}

// SendContext is [Socket.Send]. A part that had been sent when the context
// ended is returned with the error.
func (s *Socket) SendContext(ctx context.Context, p []byte, flags ...int) (int, error) {
	c, err := s.within(ctx, opSend)
	if err != nil {
		return 0, err
	}
	return c.Send(p, flags...)
}

// SendAllContext is [Socket.SendAll]. It returns how many bytes of p were
// sent, also with an error.
func (s *Socket) SendAllContext(ctx context.Context, p []byte, flags ...int) (int, error) {
	c, err := s.within(ctx, opSendAll)
	if err != nil {
		return 0, err
	}
	return c.SendAll(p, flags...)
}

// RecvFromContext is [Socket.RecvFrom].
func (s *Socket) RecvFromContext(ctx context.Context, n int, flags ...int) ([]byte, Addr, error) {
	p, err := room(opRecvFrom, n)
	if err != nil {
		return nil, nil, err
	}
	n, from, err := s.RecvFromIntoContext(ctx, p, flags...)
	return p[:min(n, len(p))], from, err
}

// RecvFromIntoContext is [Socket.RecvFromInto].
func (s *Socket) RecvFromIntoContext(ctx context.Context, p []byte, flags ...int) (int, Addr, error) {
	c, err := s.within(ctx, opRecvFrom)
	if err != nil {
		return 0, nil, err
	}
	return c.RecvFromInto(p, flags...)
}

// SendToContext is [Socket.SendTo]. The context ends the look-up of a name
// too.
func (s *Socket) SendToContext(ctx context.Context, p []byte, to Addr, flags ...int) (int, error) {
	c, err := s.within(ctx, opSendTo)
	if err != nil {
		return 0, err
	}
	return c.SendTo(p, to, flags...)
}

// within begins a call that ends with the context, unless it has ended.
func (s *Socket) within(ctx context.Context, o op) (*Call, error) {
	c := &Call{s: s, wait: wait{op: o, ctx: ctx}}
	return c, c.wait.canceled()
}

// canceled returns the error of a call whose context is done, nil otherwise.
func (w *wait) canceled() error {
	if w.ctx == nil || w.ctx.Err() == nil {
		return nil
	}
	return &ContextError{Op: w.op.String(), Err: w.ctx.Err(), Cause: context.Cause(w.ctx)}
}

// orCanceled is an error of resolving a name, which the context may have
// brought about.
func (w *wait) orCanceled(err error) error {
	if ended := w.canceled(); ended != nil {
		return ended
	}
	return err
}

// context returns the context of the call.
func (w *wait) context() context.Context {
	if w.ctx == nil {
		return context.Background()
	}
	return w.ctx
}

// wakeWhenDone has the context wake the waiter until the result is called. A
// wake that is under way then may come late, as any may.
func (w *wait) wakeWhenDone(waiter *reactor.Waiter) (stop func() bool) {
	if w.ctx == nil {
		return nothingToStop
	}
	return context.AfterFunc(w.ctx, waiter.Wake)
}

func nothingToStop() bool { return false }
