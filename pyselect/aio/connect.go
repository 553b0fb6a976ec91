package aio

import (
	"context"
	"strconv"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

// SockConnect connects a socket. A name is looked up first, by a goroutine that
// ends with the future or the loop.
func (l *Loop) SockConnect(s *fdsock.Socket, addr fdsock.Addr) *Future[struct{}] {
	f := NewFuture[struct{}](l)
	if err := nonblocking(s); err != nil {
		_ = f.SetException(err)
		return f
	}
	if in, is := addr.(fdsock.InetAddr); is && in.Name != "" && !in.IP.IsValid() {
		l.lookUp(f, s, in)
		return f
	}
	connect(f, s, addr)
	return f
}

// lookUp connects to the first address that the name has in the socket's
// family.
func (l *Loop) lookUp(f *Future[struct{}], s *fdsock.Socket, addr fdsock.InetAddr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = f.SetException(ErrClosed)
		return
	}
	ctx, cancel := context.WithCancel(l.life)
	f.abandon = cancel
	l.lookups.Add(1)
	go func() {
		defer l.lookups.Done()
		defer cancel()
		hints := fdsock.Hints{Family: s.Family(), Type: s.Type(), Proto: s.Proto()}
		found, err := fdsock.GetAddrInfo(ctx, addr.Name, strconv.Itoa(addr.Port), hints)
		if err == nil {
			err = l.schedule(&Handle{
				loop:    l,
				call:    func() error { connect(f, s, found[0].Addr); return nil },
				dropped: func(cause error) { _ = f.SetException(cause) },
			})
		}
		if l.IsClosed() {
			err = ErrClosed
		}
		if err != nil {
			_ = f.SetException(err)
		}
	}()
}

func connect(f *Future[struct{}], s *fdsock.Socket, addr fdsock.Addr) {
	if f.Done() {
		return
	}
	begun := false
	awaitInto(f, s, selectors.EVENT_WRITE, func() (none struct{}, err error) {
		var errno sys.Errno
		if begun {
			errno, err = outcome(s)
		} else {
			begun = true
			errno, err = s.ConnectEx(addr)
		}
		switch {
		case err != nil:
			return none, err
		case errno == 0:
			return none, nil
		case errno == sys.EINPROGRESS || errno == sys.EALREADY:
			return none, errAgain
		}
		// Given to the future here: EAGAIN is final, as of a Unix listener whose
		// backlog is full, for no event says when to try again.
		_ = f.SetException(&fdsock.Error{Op: "connect", Addr: addr, Errno: errno})
		return none, nil
	})
}

// outcome is how connecting has ended.
func outcome(s *fdsock.Socket) (sys.Errno, error) {
	v, err := s.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_ERROR)
	return sys.Errno(v), err
}
