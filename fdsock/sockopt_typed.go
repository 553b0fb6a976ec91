package fdsock

import (
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// The typed options are constants with Get and Set:
//
//	err := fdsock.NoDelay.Set(sock, true)
//	idle, err := fdsock.KeepIdle.Get(sock)
//
// The type of a constant says how the kernel keeps the value and with which
// unit; the constant holds level<<32 | name. Those that a system does not have
// do not exist there. For an option that is not listed, convert one:
// fdsock.Flag(level<<32 | name). Any goroutine.

// Flag is an option that is on or off.
type Flag uint64

// Number is an option that is an integer.
type Number uint64

// Seconds is an option that the kernel keeps in whole seconds.
type Seconds uint64

// Milliseconds is an option that the kernel keeps in milliseconds.
type Milliseconds uint64

// Microseconds is an option that the kernel keeps in microseconds.
type Microseconds uint64

// Timeval is an option that is a C struct timeval.
type Timeval uint64

// Text is an option that is a C string of at most 255 bytes.
type Text uint64

func split[T ~uint64](o T) (level, name int) { return int(o >> 32), int(uint32(o)) }

// Get reports whether the option is on.
func (o Flag) Get(s *Socket) (bool, error) {
	level, name := split(o)
	v, err := s.GetSockOpt(level, name)
	return v != 0, err
}

// Set switches the option.
func (o Flag) Set(s *Socket, on bool) error {
	level, name := split(o)
	v := 0
	if on {
		v = 1
	}
	return s.SetSockOpt(level, name, v)
}

// Get returns the value.
func (o Number) Get(s *Socket) (int, error) {
	level, name := split(o)
	return s.GetSockOpt(level, name)
}

// Set sets the value.
func (o Number) Set(s *Socket, v int) error {
	level, name := split(o)
	return s.SetSockOpt(level, name, v)
}

// Get returns the value.
func (o Seconds) Get(s *Socket) (time.Duration, error) { return getTime(s, o, time.Second) }

// Set sets the value, rounded up to a second.
func (o Seconds) Set(s *Socket, d time.Duration) error { return setTime(s, o, d, time.Second) }

// Get returns the value.
func (o Milliseconds) Get(s *Socket) (time.Duration, error) { return getTime(s, o, time.Millisecond) }

// Set sets the value, rounded up to a millisecond.
func (o Milliseconds) Set(s *Socket, d time.Duration) error {
	return setTime(s, o, d, time.Millisecond)
}

// Get returns the value.
func (o Microseconds) Get(s *Socket) (time.Duration, error) { return getTime(s, o, time.Microsecond) }

// Set sets the value, rounded up to a microsecond.
func (o Microseconds) Set(s *Socket, d time.Duration) error {
	return setTime(s, o, d, time.Microsecond)
}

func getTime[T ~uint64](s *Socket, o T, unit time.Duration) (time.Duration, error) {
	level, name := split(o)
	v, err := s.GetSockOpt(level, name)
	return time.Duration(v) * unit, err
}

func setTime[T ~uint64](s *Socket, o T, d, unit time.Duration) error {
	n := d / unit
	if d%unit > 0 {
		n++
	}
	if n != time.Duration(int32(n)) {
		return &OverflowError{"setsockopt(): " + d.String() + " is out of range"}
	}
	level, name := split(o)
	return s.SetSockOpt(level, name, int(n))
}

// Get returns the value; 0 is no limit.
func (o Timeval) Get(s *Socket) (time.Duration, error) {
	level, name := split(o)
	var ns int64
	err := s.option(opGetSockOpt, level, name, func(fd int) (errno Errno) { ns, errno = sys.GetTimeval(fd, level, name); return errno })
	return time.Duration(ns), err
}

// Set sets the value, rounded up to a microsecond; 0 is no limit. As every
// call on a Socket is a nonblocking one for the kernel, SO_RCVTIMEO and
// SO_SNDTIMEO act on other users of the descriptor only: see [Socket.SetTimeout].
func (o Timeval) Set(s *Socket, d time.Duration) error {
	if d < 0 || d > 1<<62 {
		return &ValueError{"Timeout value out of range"}
	}
	level, name := split(o)
	return s.option(opSetSockOpt, level, name, func(fd int) Errno { return sys.SetTimeval(fd, level, name, int64(d)) })
}

// Get returns the value, without the zero byte that closes it.
func (o Text) Get(s *Socket) (string, error) {
	level, name := split(o)
	p, err := s.GetSockOptBytes(level, name, 256)
	for i, b := range p {
		if b == 0 {
			return string(p[:i]), err
		}
	}
	return string(p), err
}

// Set sets the value.
func (o Text) Set(s *Socket, text string) error {
	level, name := split(o)
	return s.SetSockOptBytes(level, name, []byte(text))
}

// Options that every system has. See socket(7), ip(7), ipv6(7) and tcp(7).
const (
	ReuseAddr  Flag   = SOL_SOCKET<<32 | SO_REUSEADDR
	ReusePort  Flag   = SOL_SOCKET<<32 | SO_REUSEPORT
	Broadcast  Flag   = SOL_SOCKET<<32 | SO_BROADCAST
	KeepAlive  Flag   = SOL_SOCKET<<32 | SO_KEEPALIVE
	OOBInline  Flag   = SOL_SOCKET<<32 | SO_OOBINLINE
	DontRoute  Flag   = SOL_SOCKET<<32 | SO_DONTROUTE
	AcceptConn Flag   = SOL_SOCKET<<32 | SO_ACCEPTCONN // is listening; get only
	SndBuf     Number = SOL_SOCKET<<32 | SO_SNDBUF     // bytes; Linux gives back twice what was set
	RcvBuf     Number = SOL_SOCKET<<32 | SO_RCVBUF
	SocketType Number = SOL_SOCKET<<32 | SO_TYPE // get only

	// RcvTimeo and SndTimeo are the kernel's own time limits.
	RcvTimeo Timeval = SOL_SOCKET<<32 | SO_RCVTIMEO
	SndTimeo Timeval = SOL_SOCKET<<32 | SO_SNDTIMEO

	// TimestampOn has datagrams come with the time of their arrival, see
	// [ControlMessage.Timestamps].
	TimestampOn Flag = SOL_SOCKET<<32 | SO_TIMESTAMP

	NoDelay Flag   = IPPROTO_TCP<<32 | TCP_NODELAY
	MaxSeg  Number = IPPROTO_TCP<<32 | TCP_MAXSEG // bytes

	TTL           Number = IPPROTO_IP<<32 | IP_TTL
	TOS           Number = IPPROTO_IP<<32 | IP_TOS
	HeaderIncl    Flag   = IPPROTO_IP<<32 | IP_HDRINCL
	RecvTTL       Flag   = IPPROTO_IP<<32 | IP_RECVTTL
	V6Only        Flag   = IPPROTO_IPV6<<32 | IPV6_V6ONLY
	UnicastHops   Number = IPPROTO_IPV6<<32 | IPV6_UNICAST_HOPS // -1: the system's
	TrafficClass  Number = IPPROTO_IPV6<<32 | IPV6_TCLASS
	RecvPktInfo6  Flag   = IPPROTO_IPV6<<32 | IPV6_RECVPKTINFO
	RecvHopLimit  Flag   = IPPROTO_IPV6<<32 | IPV6_RECVHOPLIMIT
	DontFragment6 Flag   = IPPROTO_IPV6<<32 | IPV6_DONTFRAG
)
