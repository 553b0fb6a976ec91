package stream_test

import (
	"bufio"
	"fmt"
	"log"
	"net"

	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/reactor/stream/frame"
)

// nothing is a handler of what the others do not care about.
type nothing struct{}

func (nothing) Open(*stream.Conn)                 {}
func (nothing) Data(_ *stream.Conn, p []byte) int { return len(p) }
func (nothing) Drained(*stream.Conn)              {}
func (nothing) EOF(c *stream.Conn)                { c.Close() }
func (nothing) Close(*stream.Conn, error)         {}

// welcome answers lines.
type welcome struct {
	nothing
	lines frame.Line
}

func (g *welcome) Data(c *stream.Conn, p []byte) int {
	used, err := frame.Each(&g.lines, p, func(line []byte) bool {
		c.WriteString("hello, " + string(line) + "\n")
		return true
	})
	if err != nil { // a line that is too long
		c.Abort()
	}
	return used
}

// A server that answers lines, and a client of package net.
func Example() {
	server, err := stream.Serve("127.0.0.1:0", stream.Config{
		Handler: func(*stream.Conn) stream.Handler { return new(welcome) },
	})
	check(err)
	defer server.Close()

	greet(server.Addr(), "Castor", "Pollux")
	// Output:
	// hello, Castor
	// hello, Pollux
}

// front is the client's side of a proxy, which begins a dial.
type front struct {
	nothing
	server   *stream.Server
	upstream string
}

func (f front) Open(c *stream.Conn) {
	c.Pause() // until it is known where its input goes
	_, err := f.server.DialAsync("tcp", f.upstream, stream.DialOptions{
		Near: c, Handler: func(*stream.Conn) stream.Handler { return back{client: c} },
	})
	if err != nil {
		c.Abort()
	}
}

// back is the other side.
type back struct {
	nothing
	client *stream.Conn
}

func (b back) Open(c *stream.Conn) {
	join(c, b.client)
	join(b.client, c)
}

func (b back) Close(_ *stream.Conn, err error) {
	if err != nil { // perhaps there was no connection at all
		b.client.Abort()
	}
}

// join passes on what comes, and how it ends.
func join(to, from *stream.Conn) {
	err := to.SpliceFrom(from, func(_ int64, err error) {
		if err != nil || to.CloseWrite() != nil {
			to.Abort()
		}
	})
	if err != nil {
		to.Abort()
	}
}

// A proxy.
func ExampleConn_SpliceFrom() {
	upstream, err := stream.Serve("127.0.0.1:0", stream.Config{
		Handler: func(*stream.Conn) stream.Handler { return new(welcome) },
	})
	check(err)
	defer upstream.Close()

	var proxy *stream.Server
	proxy, err = stream.NewServer(stream.Config{Handler: func(*stream.Conn) stream.Handler {
		return front{server: proxy, upstream: upstream.Addr().String()}
	}})
	check(err)
	defer proxy.Close()
	addr, err := proxy.Listen("tcp", "127.0.0.1:0")
	check(err)

	greet(addr, "Helen")
	// Output: hello, Helen
}

// greet shows what a server answers to lines.
func greet(addr net.Addr, names ...string) {
	c, err := net.Dial(addr.Network(), addr.String())
	check(err)
	defer c.Close()
	for _, name := range names {
		_, err := fmt.Fprintln(c, name)
		check(err)
	}
	check(c.(*net.TCPConn).CloseWrite())
	for answers := bufio.NewScanner(c); answers.Scan(); {
		fmt.Println(answers.Text())
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
