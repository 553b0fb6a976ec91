package stream

import (
	"fmt"
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

// Config describes a server. Zero fields take the defaults; negative ones are
// an error.
type Config struct {
	// Group has the loops; nil means the default group.
	Group *reactor.Group
	// Handler makes the handler of a new connection. Required. It is called
	// on the connection's loop. It may refuse the connection with Abort; nobody
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
	// take for kept input and owed output. At the limit a connection that has
	// some is not read, until a quarter has become free, and one that must have
	// more is closed with [ErrMemory]. 256 MiB.
	MaxBuffered int64
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
	return c
}

func orDefault[T int | int64 | time.Duration](value, byDefault T) T {
	if value == 0 {
		return byDefault
	}
	return value
}
