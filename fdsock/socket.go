package fdsock

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pollux-net/pollux/fdsock/pyio"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Socket is Python's socket object. Any goroutine may call its methods.
type Socket struct {
	handle  *reactor.Handle
	group   *reactor.Group
	fd      int // valid between handle.Acquire and handle.Release
	timeout atomic.Int64
	options atomic.Uint32
	flag    kernelFlag
	foreign atomic.Bool // adopted with O_NONBLOCK, which stays until the timeout is set
	urgent  atomic.Bool // urgent data has been seen
	accepts atomic.Bool // accept has found nobody: that there is no input is not about data
	files   pyio.Users
	tcp     bool // a plain TCP stream

	family, kind, proto int

	deadlines deadlines
}

var _ reactor.Pollable = (*Socket)(nil)

// New makes a socket on the default group: socket.socket(family, type,
// proto). Its timeout is the default timeout, or 0 with Linux's SOCK_NONBLOCK
// in the type.
func New(family, typ, proto int) (*Socket, error) {
	g, err := defaultGroup(opSocket)
	if err != nil {
		return nil, err
	}
	return NewOn(g, family, typ, proto)
}

// NewOn makes a socket on the loops of g. The sockets it accepts are on g too.
// If g has been shut down, errors.Is finds reactor.ErrClosed in the error.
func NewOn(g *reactor.Group, family, typ, proto int) (*Socket, error) {
	fd, errno := sys.Socket(family, typ, proto)
	if errno != 0 {
		return nil, fail(opSocket, errno)
	}
	return adopt(g, fd, opSocket, family, typ, proto)
}

// SocketPair makes two connected Unix stream sockets: socket.socketpair().
func SocketPair() (*Socket, *Socket, error) { return SocketPairOf(AF_UNIX, SOCK_STREAM, 0) }

// SocketPairOf makes two connected sockets of a family that has such pairs:
// socket.socketpair(family, type, proto).
func SocketPairOf(family, typ, proto int) (*Socket, *Socket, error) {
	g, err := defaultGroup(opSocketpair)
	if err != nil {
		return nil, nil, err
	}
	return pairOn(g, family, typ, proto)
}

// SocketPairOn is SocketPair on the loops of g.
func SocketPairOn(g *reactor.Group) (*Socket, *Socket, error) {
	return pairOn(g, AF_UNIX, SOCK_STREAM, 0)
}

func pairOn(g *reactor.Group, family, typ, proto int) (*Socket, *Socket, error) {
	fds, errno := sys.Socketpair(family, typ, proto)
	if errno != 0 {
		return nil, nil, fail(opSocketpair, errno)
	}
	a, err := adopt(g, fds[0], opSocketpair, family, typ, proto)
	if err != nil {
		sys.Close(fds[1])
		return nil, nil, err
	}
	b, err := adopt(g, fds[1], opSocketpair, family, typ, proto)
	if err != nil {
		return nil, nil, errors.Join(err, a.Close())
	}
	return a, b, nil
}

// defaultGroup starts the default group, if need be, for a call that makes a
// socket.
func defaultGroup(o op) (*reactor.Group, error) {
	g, err := reactor.Default()
	var errno Errno
	if errors.As(err, &errno) {
		return nil, fail(o, errno)
	}
	return g, err
}

// adopt makes a Socket of a new descriptor, or closes it.
func adopt(g *reactor.Group, fd int, o op, family, typ, proto int) (*Socket, error) {
	s, err := attach(g, fd, o, family, typ, proto)
	if err != nil {
		sys.Close(fd)
	}
	return s, err
}

// attach makes a Socket of a descriptor. It fails, and leaves the descriptor
// alone, when the group has ended.
func attach(g *reactor.Group, fd int, o op, family, typ, proto int) (*Socket, error) {
	h, err := g.Next().NewHandle(fd, kindOf(family, typ))
	if err != nil {
		return nil, fmt.Errorf("%s: its group of loops has been shut down: %w", o, err)
	}
	typ, immediate := sys.SplitType(typ)
	s := &Socket{handle: h, group: g, fd: fd, family: family, kind: typ, proto: proto}
	s.tcp = typ == SOCK_STREAM && (family == AF_INET || family == AF_INET6) && (proto == 0 || proto == IPPROTO_TCP)
	s.timeout.Store(int64(GetDefaultTimeout()))
	if immediate {
		s.timeout.Store(0)
	}
	h.SetOwner(s)
	return s, nil
}

func kindOf(family, typ int) string {
	switch {
	case family == AF_UNIX:
		return "unix"
	case typ == SOCK_DGRAM:
		return "udp"
	}
	return "tcp"
}

// Family returns the address family, AF_INET for example.
func (s *Socket) Family() int { return s.family }

// Type returns the socket type, SOCK_STREAM for example.
func (s *Socket) Type() int { return s.kind }

// Proto returns the protocol the socket was made with.
func (s *Socket) Proto() int { return s.proto }

// Fileno returns the descriptor, or -1 once the socket is closed.
func (s *Socket) Fileno() int { return s.handle.Fileno() }

// Handle returns the socket's registration with its loop.
func (s *Socket) Handle() *reactor.Handle { return s.handle }

// Readiness implements reactor.Pollable.
func (s *Socket) Readiness(mask reactor.Readiness) reactor.Readiness { return s.handle.Readiness(mask) }

// Subscribe implements reactor.Pollable.
func (s *Socket) Subscribe(sub *reactor.Subscription) { s.handle.Subscribe(sub) }

// Unsubscribe implements reactor.Pollable.
func (s *Socket) Unsubscribe(sub *reactor.Subscription) { s.handle.Unsubscribe(sub) }

// Close closes the socket. Calls in progress end with EBADF; closing again
// does nothing. As in Python, ECONNRESET is not an error here, and while files
// of Makefile are open the socket stays so too: the last of them closes it.
func (s *Socket) Close() error { return s.files.Close(s.realClose) }

func (s *Socket) realClose() error {
	var errno Errno
	if err := s.handle.Close(); errors.As(err, &errno) && errno != sys.ECONNRESET {
		return fail(opClose, errno)
	}
	return nil
}

// Detach closes the socket without closing its descriptor, which it returns:
// the caller owns it then. Calls in progress end with EBADF, and none uses the
// descriptor any more when Detach returns; it waits for that no longer than a
// system call takes, also on the loop. It returns -1 when the socket was
// closed already. The descriptor is nonblocking; with [KernelFlag] it is as
// the timeout had it, blocking if there was none, as in CPython.
func (s *Socket) Detach() int { return s.handle.Detach() }

// Shutdown ends one or both directions: SHUT_RD, SHUT_WR, SHUT_RDWR.
func (s *Socket) Shutdown(how int) error {
	if err := cInts(how); err != nil {
		return err
	}
	return s.do(opShutdown, func(fd int) Errno { return sys.Shutdown(fd, how) })
}

// GetSockName returns the local address.
func (s *Socket) GetSockName() (Addr, error) { return s.name(opGetSockName, sys.Getsockname) }

// GetPeerName returns the peer's address; ENOTCONN when there is none.
func (s *Socket) GetPeerName() (Addr, error) { return s.name(opGetPeerName, sys.Getpeername) }

func (s *Socket) name(o op, get func(int) (sys.Sockaddr, Errno)) (Addr, error) {
	var sa sys.Sockaddr
	err := s.do(o, func(fd int) (errno Errno) { sa, errno = get(fd); return errno })
	if err != nil {
		return nil, err
	}
	if sa.Family == AF_UNSPEC {
		sa.Family = s.family
	}
	return fromSockaddr(&sa), nil
}

// GetSockOpt reads an integer option.
func (s *Socket) GetSockOpt(level, name int) (value int, err error) {
	if err := cInts(level, name); err != nil {
		return 0, err
	}
	err = s.option(opGetSockOpt, level, name, func(fd int) (errno Errno) {
		value, errno = getOption(fd, level, name)
		return errno
	})
	return value, err
}

// SetSockOpt sets an integer option.
func (s *Socket) SetSockOpt(level, name, value int) error {
	err := cInts(level, name)
	if err == nil && !wideOption(level) {
		err = cInts(value)
	}
	if err != nil {
		return err
	}
	return s.option(opSetSockOpt, level, name, func(fd int) Errno { return setOption(fd, level, name, value) })
}

// do makes a call that never waits.
func (s *Socket) do(o op, call func(fd int) Errno) error {
	if _, ok := s.handle.Acquire(); !ok {
		return onClosed[o]
	}
	errno := call(s.fd)
	s.handle.Release()
	return fail(o, errno)
}

// defaultTimeout is Python's socket.setdefaulttimeout, in nanoseconds more
// than NoTimeout, so that zero is none.
var defaultTimeout atomic.Int64

// SetDefaultTimeout sets the timeout of every socket made from now on,
// accepted ones included; [NoTimeout] at first.
func SetDefaultTimeout(d time.Duration) {
	defaultTimeout.Store(int64(max(d, NoTimeout) - NoTimeout))
}

// GetDefaultTimeout returns the default timeout.
func GetDefaultTimeout() time.Duration { return time.Duration(defaultTimeout.Load()) + NoTimeout }
