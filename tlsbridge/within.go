package tlsbridge

import (
	"context"

	"github.com/pollux-net/pollux/fdsock"
)

// The calls below end as well when a context does, at once if it has already:
// then nothing is done. The error is an [fdsock.ContextError] that says why.
// TLS stays as it is after a timeout: the call may be made again. The timeout
// and the deadlines of the socket count too, and a nonblocking socket does not
// wait for the context either. Any goroutine may make them.

// HandshakeContext is [Socket.DoHandshake].
func (s *Socket) HandshakeContext(ctx context.Context) error {
	c, err := s.within(ctx, opHandshake, nil)
	if err != nil {
		return err
	}
	return s.pump(&c)
}

// RecvContext is [Socket.Recv].
func (s *Socket) RecvContext(ctx context.Context, n int, flags ...int) ([]byte, error) {
	p, err := room(n)
	if err != nil {
		return nil, err
	}
	n, err = s.RecvIntoContext(ctx, p, flags...)
	return p[:n], err
}

// RecvIntoContext is [Socket.RecvInto].
func (s *Socket) RecvIntoContext(ctx context.Context, p []byte, flags ...int) (int, error) {
	c, err := s.within(ctx, opRead, p)
	if err == nil {
		err = s.allow(&c, "recv_into", flags)
	}
	if err != nil {
		return 0, err
	}
	return s.recvInto(&c)
}

// SendContext is [Socket.Send]: all or nothing, to be called again with the
// same data.
func (s *Socket) SendContext(ctx context.Context, p []byte, flags ...int) (int, error) {
	return s.sendContext(ctx, "send", p, flags)
}

// SendAllContext is [Socket.SendAll], and as SendContext all or nothing: the
// number, which [fdsock.Socket.SendAllContext] has too, is 0 or len(p).
func (s *Socket) SendAllContext(ctx context.Context, p []byte, flags ...int) (int, error) {
	return s.sendContext(ctx, "sendall", p, flags)
}

func (s *Socket) sendContext(ctx context.Context, name string, p []byte, flags []int) (int, error) {
	c, err := s.within(ctx, opWrite, p)
	if err == nil {
		err = s.allow(&c, name, flags)
	}
	if err != nil {
		return 0, err
	}
	return s.send(&c)
}

// UnwrapContext is [Socket.Unwrap].
func (s *Socket) UnwrapContext(ctx context.Context) (*fdsock.Socket, error) {
	c, err := s.within(ctx, opUnwrap, nil)
	if err != nil {
		return nil, err
	}
	return s.unwrap(&c)
}

// AcceptContext is [Socket.Accept].
func (s *Socket) AcceptContext(ctx context.Context) (*Socket, fdsock.Addr, error) {
	child, from, err := s.sock.AcceptContext(ctx)
	if err != nil {
		return nil, nil, err
	}
	wrapped, err := s.adopt(child)
	if err != nil {
		return nil, nil, err
	}
	return wrapped, from, nil
}

// ConnectContext is [Socket.Connect], with the handshake if the options say
// so. A socket whose attempt was cut short may still be connecting: it is of no
// further use, and is to be closed.
func (s *Socket) ConnectContext(ctx context.Context, addr fdsock.Addr) error {
	if err := s.mayConnect(); err != nil {
		return err
	}
	if err := s.sock.ConnectContext(ctx, addr); err != nil {
		return err
	}
	s.connected()
	if s.opts.DoHandshakeOnConnect {
		return s.HandshakeContext(ctx)
	}
	return nil
}

// within begins a call that ends with the context, unless it has ended.
func (s *Socket) within(ctx context.Context, op *operation, p []byte) (call, error) {
	c := s.call(op, p)
	c.wait.Within(ctx)
	return c, c.begin()
}
