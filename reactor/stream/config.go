package stream

import (
	"fmt"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// Handler receives a connection's events, all on its loop.
type Handler interface {
	// Open is called once, before anything else. It may Write.
	Open(c *Conn)
	// Data hands over what has arrived and returns how much of it is used
	// up. The rest is offered again, together with what comes next; p is
	// valid during the call only.
	Data(c *Conn, p []byte) (used int)
	// Drained is called when output that had filled the connection's buffer
	// has left it below the low watermark.
	Drained(c *Conn)
	// EOF is called once when the peer has sent all it will. Writing stays
	// possible; the handler closes the connection when it has finished.
	EOF(c *Conn)
	// Close is called once, after everything else, with the reason: nil when
	// Close or EOF led to it.
	Close(c *Conn, err error)
}

// Filter stands between a connection and its handler and changes the bytes on
// their way, as TLS does. All its methods are called on the loop.
type Filter interface {
	// Receive takes bytes of the peer and passes what becomes of them to
	// [Conn.Deliver]. p is valid during the call only.
	Receive(c *Conn, p []byte) error
	// Send takes bytes of the handler and passes what becomes of them to
	// [Conn.WriteRaw].
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
}

// check finds numbers that cannot be meant.
func (c *Config) check() error {
	for _, field := range []struct {
		name  string
		value int64
	}{
		{"HighWater", int64(c.HighWater)},
		{"LowWater", int64(c.LowWater)},
		{"MaxInput", int64(c.MaxInput)},
		{"Linger", int64(c.Linger)},
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
	return c
}

func orDefault[T int | int64 | time.Duration](value, byDefault T) T {
	if value == 0 {
		return byDefault
	}
	return value
}
