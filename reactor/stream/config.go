package stream

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// Handler receives a connection's events, all on its loop. See also [Stopper]
// and [Timeouter].
type Handler interface {
	// Open is called once, before anything else. It may Write.
	Open(c *Conn)
	// Data hands over what has arrived and returns how much of it is used
	// up, besides what Next and Discard have taken. The rest is offered again,
	// together with what comes next; p is valid during the call only.
	Data(c *Conn, p []byte) (used int)
	// Drained is called when output that had filled the connection's buffer
	// has left it below the low watermark.
	Drained(c *Conn)
	// EOF is called once when the peer has sent all it will. Writing stays
	// possible; the handler closes the connection when it has finished.
	EOF(c *Conn)
	// Close is called once, after everything else, with the reason: nil when
	// Close or EOF led to it. [Conn.Unsent] tells what the peer was not given.
	Close(c *Conn, err error)
}

// Filter stands between a connection and its handler and changes the bytes on
// their way, as TLS does. All its methods are called on the loop. See also
// [Holder] and [HalfCloser].
type Filter interface {
	// Receive takes bytes of the peer and passes what becomes of them to
	// [Conn.Deliver]. p is valid during the call only.
	Receive(c *Conn, p []byte) error
	// Send takes bytes of the handler and passes what becomes of them to
	// [Conn.WriteRaw]. It must not change p, nor keep it.
	Send(c *Conn, p []byte) error
	// EOF is told that the peer's bytes have ended. It returns nil when the
	// end is an orderly one, which is then passed on.
	EOF(c *Conn) error
	// Close is told that the connection closes; it may send a farewell.
	Close(c *Conn)
}

// Starter is a [Filter] that has something to send before the peer has, as a
// client of TLS. Start is called once, before the handler's Open.
type Starter interface {
	Filter
	Start(c *Conn) error
}

// Spread is a way for a server's connections to come to the loops.
type Spread uint8

const (
	// SpreadHandOff has one listener accept and give the connections to the
	// loops in turn: they are spread evenly, a second server on the same address
	// is an error, and none that waits in the backlog is lost when one of several
	// listeners closes. It is the default everywhere: with 1, 2 and 4 loops on
	// two processors (Linux) BenchmarkSpread finds differences to the other that
	// are smaller than those between its runs.
	SpreadHandOff Spread = iota
	// SpreadReusePort opens a listener for each loop, between which the kernel
	// chooses by the peer's address (SO_REUSEPORT on Linux and DragonFly,
	// SO_REUSEPORT_LB on FreeBSD). A connection stays on the loop that accepts
	// it. It is for many short connections and many loops, where one listener
	// would be the limit; few connections may come to lie unevenly. Elsewhere
	// Listen fails with EOPNOTSUPP. Unix and adopted listeners hand off.
	SpreadReusePort
)

// Config describes a server or a client. Zero fields take the defaults;
// negative ones are an error.
type Config struct {
	// Group has the loops; nil means the default group.
	Group *reactor.Group
	// Handler makes the handler of a new connection, on the connection's loop.
	// A server must have one. It may refuse the connection with Abort; nobody
	// hears of it then, and what it returns does not matter.
	Handler func(c *Conn) Handler
	// Filter makes the filter of a new connection; nil means none.
	Filter func(c *Conn) Filter
	// HighWater is how many bytes of output a connection keeps before it is
	// no longer read, LowWater when it is read again. 256 KiB and 64 KiB.
	HighWater, LowWater int
	// MaxInput is how many bytes that the handler leaves unused are kept; more
	// is an error that closes the connection. 1 MiB.
	MaxInput int
	// Linger is how long Close waits for the peer to take what is owed. 5 s.
	Linger time.Duration

	// IdleTimeout, ReadTimeout and WriteTimeout close connections on which
	// nothing happens for that long, see [TimeoutKind]; 0 is never. A
	// connection's own are set with [Conn.SetIdleTimeout] and so on.
	IdleTimeout, ReadTimeout, WriteTimeout time.Duration
	// HandshakeTimeout is how long a filter's handshake may take, if the filter
	// tells when it begins. 10 s.
	HandshakeTimeout time.Duration
	// Cork has all output of a turn gathered and sent together at its end, as
	// [Conn.Cork] does, which is worth the copy when requests are pipelined.
	Cork bool
	// MaxBuffered is how many bytes of memory the connections of one loop may
	// take for kept input and owed output, that of AsyncWrite included. At the
	// limit a connection that has some is not read, until a quarter has become
	// free or its peer has ended, AsyncWrite takes nothing, and a connection that
	// must have more is closed with [ErrMemory]. 256 MiB.
	MaxBuffered int64

	// Spread says how a server's TCP connections come to the loops.
	Spread Spread
	// Backlog is how many connections may wait to be accepted at a listener;
	// the system may have a lower limit. 1024.
	Backlog int
	// MaxConns is how many accepted connections there may be. At the limit the
	// listeners accept no more, and clients wait in the backlog until others have
	// left. 0 is no limit.
	MaxConns int
	// MaxPerIP is how many accepted connections one peer may have, which is an
	// IPv4 address or a /64 of IPv6. More are reset and counted. Unix
	// sockets do not count. 0 is no limit.
	MaxPerIP int
	// DialTimeout is for all of a dial, the look-up of the name too. 30 s.
	DialTimeout time.Duration
	// MaxDials is how many dials may be under way. 4096.
	MaxDials int
	// Resolve looks names up for dials, on a goroutine of its own, 64 at a time;
	// network is "ip", "ip4" or "ip6". nil is net.DefaultResolver.LookupNetIP.
	Resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// Delay leaves Nagle's algorithm on, which waits with small segments until
	// the peer has acknowledged those before. Without it TCP_NODELAY is set.
	Delay bool
	// KeepAlive has the kernel find out whether silent TCP peers are still
	// there. Its zero fields are those of package net; without Enable there is
	// no keepalive, unlike there.
	KeepAlive net.KeepAliveConfig
}

// check finds numbers that cannot be meant.
func (c Config) check() error {
	for _, field := range []struct {
		name  string
		value int64
	}{
		{"HighWater", int64(c.HighWater)},
		{"LowWater", int64(c.LowWater)},
		{"MaxInput", int64(c.MaxInput)},
		{"Linger", int64(c.Linger)},
		{"IdleTimeout", int64(c.IdleTimeout)},
		{"ReadTimeout", int64(c.ReadTimeout)},
		{"WriteTimeout", int64(c.WriteTimeout)},
		{"HandshakeTimeout", int64(c.HandshakeTimeout)},
		{"MaxBuffered", c.MaxBuffered},
		{"Backlog", int64(c.Backlog)},
		{"MaxConns", int64(c.MaxConns)},
		{"MaxPerIP", int64(c.MaxPerIP)},
		{"DialTimeout", int64(c.DialTimeout)},
		{"MaxDials", int64(c.MaxDials)},
	} {
		if field.value < 0 {
			return fmt.Errorf("stream: Config.%s is negative", field.name)
		}
	}
	if c.HighWater > 0 && c.LowWater > c.HighWater {
		return fmt.Errorf("stream: Config.LowWater, %d, is above HighWater, %d", c.LowWater, c.HighWater)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.HighWater = orDefault(c.HighWater, 256<<10)
	c.LowWater = min(orDefault(c.LowWater, c.HighWater/4), c.HighWater)
	c.MaxInput = orDefault(c.MaxInput, 1<<20)
	c.Linger = orDefault(c.Linger, 5*time.Second)
	c.HandshakeTimeout = orDefault(c.HandshakeTimeout, 10*time.Second)
	c.MaxBuffered = orDefault(c.MaxBuffered, 256<<20)
	c.Backlog = orDefault(c.Backlog, 1024)
	c.DialTimeout = orDefault(c.DialTimeout, 30*time.Second)
	c.MaxDials = orDefault(c.MaxDials, 4096)
	if c.Resolve == nil {
		c.Resolve = net.DefaultResolver.LookupNetIP
	}
	return c
}

func orDefault[T int | int64 | time.Duration](value, byDefault T) T {
	if value == 0 {
		return byDefault
	}
	return value
}
