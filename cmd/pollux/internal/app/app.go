package app

import (
	"fmt"
	"net"
	"sync/atomic"

	"github.com/pollux-net/pollux/reactor/stream"
)

// HighWater is the stream.Config.HighWater that the applications count on:
// they stop producing above it and go on when the connection has drained.
const HighWater = 256 << 10

// Counters are what an application has done so far. Any goroutine.
type Counters struct {
	Connections atomic.Int64 // accepted
	Open        atomic.Int64 // open now
	Failed      atomic.Int64 // ended by an error
	Received    atomic.Int64 // bytes of input
	Requests    atomic.Int64 // HTTP requests answered
}

// Log is told of every connection that opens or closes, with the reason if an
// error closed it. It is called on loops.
type Log func(peer net.Addr, open bool, reason error)

// New returns the handlers of an application: "chargen", "discard", "echo",
// "http", or "files", which serves the content. Any goroutine.
func New(name string, content Content, counters *Counters, log Log) (func(*stream.Conn) stream.Handler, error) {
	common := base{counters: counters, log: log}
	switch name {
	case "chargen":
		return func(*stream.Conn) stream.Handler { return &chargen{base: common} }, nil
	case "echo":
		return func(*stream.Conn) stream.Handler { return &echo{common} }, nil
	case "discard":
		return func(*stream.Conn) stream.Handler { return &discard{common} }, nil
	case "http":
		return func(*stream.Conn) stream.Handler { return &httpConn{base: common, route: route} }, nil
	case "files":
		return func(*stream.Conn) stream.Handler { return &httpConn{base: common, route: content.route} }, nil
	}
	return nil, fmt.Errorf("no application %q", name)
}

// base does for a handler what all have in common.
type base struct {
	counters *Counters
	log      Log
	peer     net.Addr
}

func (b *base) Open(c *stream.Conn) {
	b.counters.Connections.Add(1)
	b.counters.Open.Add(1)
	if b.log != nil {
		b.peer = c.RemoteAddr()
		b.log(b.peer, true, nil)
	}
}

func (b *base) Drained(*stream.Conn) {}

func (b *base) EOF(c *stream.Conn) { c.Close() }

func (b *base) Close(_ *stream.Conn, err error) {
	b.counters.Open.Add(-1)
	if err != nil {
		b.counters.Failed.Add(1)
	}
	if b.log != nil {
		b.log(b.peer, false, err)
	}
}

// echo sends everything back. The connection's watermarks bound what a peer
// that does not read is owed.
type echo struct{ base }

func (e *echo) Data(c *stream.Conn, p []byte) int {
	e.counters.Received.Add(int64(len(p)))
	c.Write(p)
	return len(p)
}

// discard takes everything and says nothing.
type discard struct{ base }

func (d *discard) Data(_ *stream.Conn, p []byte) int {
	d.counters.Received.Add(int64(len(p)))
	return len(p)
}
