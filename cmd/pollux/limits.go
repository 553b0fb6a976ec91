package main

import (
	"fmt"
	"time"

	"github.com/pollux-net/pollux/cmd/pollux/internal/app"
	"github.com/pollux-net/pollux/reactor/stream"
)

// limits are the flags of a server's bounds; zero is the library's default.
type limits struct {
	MaxConns         int           `name:"max-conns" default:"0" help:"How many connections there may be; more wait to be accepted. 0 is no limit."`
	MaxPerIP         int           `name:"max-per-ip" default:"0" help:"How many connections an IPv4 address, or a /64 of IPv6, may have; more are reset. 0 is no limit."`
	HighWater        int           `name:"high-water" default:"0" placeholder:"BYTES" help:"How much a connection may owe a peer before it is no longer read; 0 is 256 KiB, the most."`
	LowWater         int           `name:"low-water" default:"0" placeholder:"BYTES" help:"And when it is read again; 0 is a quarter of that."`
	MaxInput         int           `name:"max-input" default:"0" placeholder:"BYTES" help:"How much input a connection may keep that the application cannot use yet; 0 is 1 MiB."`
	MaxBuffered      int64         `name:"max-buffered" default:"0" placeholder:"BYTES" help:"How much memory the input and output of a loop's connections may take; 0 is 256 MiB."`
	IdleTimeout      time.Duration `name:"idle-timeout" default:"0s" help:"Close connections on which nothing happens for that long; 0 is never."`
	ReadTimeout      time.Duration `name:"read-timeout" default:"0s" help:"The same for those that send nothing."`
	WriteTimeout     time.Duration `name:"write-timeout" default:"0s" help:"The same for those that do not take what they are sent."`
	HandshakeTimeout time.Duration `name:"handshake-timeout" default:"0s" help:"How long a handshake of TLS may take; 0 is 10s."`
	Linger           time.Duration `default:"0s" help:"How long a connection that is closed may take to receive what is owed; 0 is 5s."`
	ReusePort        bool          `name:"reuseport" help:"Open a listener for each loop (SO_REUSEPORT) instead of one for all."`
}

// check finds what cannot be meant.
func (l *limits) check() error {
	for _, f := range []struct {
		flag  string
		value int64
	}{
		{"max-conns", int64(l.MaxConns)},
		{"max-per-ip", int64(l.MaxPerIP)},
		{"high-water", int64(l.HighWater)},
		{"low-water", int64(l.LowWater)},
		{"max-input", int64(l.MaxInput)},
		{"max-buffered", l.MaxBuffered},
		{"idle-timeout", int64(l.IdleTimeout)},
		{"read-timeout", int64(l.ReadTimeout)},
		{"write-timeout", int64(l.WriteTimeout)},
		{"handshake-timeout", int64(l.HandshakeTimeout)},
		{"linger", int64(l.Linger)},
	} {
		if f.value < 0 {
			return fmt.Errorf("--%s must not be negative", f.flag)
		}
	}
	if l.HighWater > app.HighWater {
		return fmt.Errorf("--high-water must be at most %d", app.HighWater)
	}
	if high := l.highWater(); l.LowWater > high {
		return fmt.Errorf("--low-water must not be above --high-water, which is %d", high)
	}
	return nil
}

func (l *limits) highWater() int {
	if l.HighWater == 0 {
		return app.HighWater
	}
	return l.HighWater
}

// apply sets the bounds of a server.
func (l *limits) apply(c *stream.Config) {
	c.HighWater, c.LowWater, c.MaxInput = l.highWater(), l.LowWater, l.MaxInput
	c.MaxConns, c.MaxPerIP, c.MaxBuffered = l.MaxConns, l.MaxPerIP, l.MaxBuffered
	c.IdleTimeout, c.ReadTimeout, c.WriteTimeout = l.IdleTimeout, l.ReadTimeout, l.WriteTimeout
	c.HandshakeTimeout, c.Linger = l.HandshakeTimeout, l.Linger
	if l.ReusePort {
		c.Spread = stream.SpreadReusePort
	}
}
