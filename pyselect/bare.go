package pyselect

import (
	"errors"

	"github.com/pollux-net/pollux/internal/poller"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// watchRaw puts a queue of bare descriptors itself on a loop of the default
// group, or on l.
func watchRaw(op string, l *reactor.Loop, waiter *reactor.Waiter, raw *poller.Watch) (stop func(), err error) {
	if l == nil {
		g, err := reactor.Default()
		if err != nil {
			raw.Close()
			return nil, failed(op, -1, err)
		}
		l = g.Next()
	}
	h, err := l.NewHandle(raw.Fd(), op)
	if err != nil {
		raw.Close()
		return nil, failed(op, -1, err)
	}
	if err := h.Arm(); err != nil {
		_ = h.Close()
		return nil, failed(op, -1, err)
	}
	waiter.Watch(h, reactor.Input)
	return func() { _ = h.Close() }, nil
}

// failed makes the error of a loop or a queue that refused a descriptor.
func failed(op string, fd int, err error) error {
	errno := sys.EBADF // closed meanwhile, with its group perhaps
	errors.As(err, &errno)
	return &Error{Op: op, FD: fd, Errno: errno}
}
