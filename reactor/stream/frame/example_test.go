package frame_test

import (
	"bufio"
	"context"
	"fmt"
	"net"

	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/reactor/stream/frame"
)

// greeter answers lines.
type greeter struct{ lines frame.Line }

func (g *greeter) Open(*stream.Conn)         {}
func (g *greeter) Drained(*stream.Conn)      {}
func (g *greeter) EOF(c *stream.Conn)        { c.Close() }
func (g *greeter) Close(*stream.Conn, error) {}

func (g *greeter) Data(c *stream.Conn, p []byte) int {
	used, err := frame.Each(&g.lines, p, func(name []byte) bool {
		c.Write(fmt.Appendf(nil, "hello, %s\n", name))
		return true
	})
	if err != nil {
		c.Abort()
	}
	return used
}

// A server of a protocol of lines.
func Example() {
	s, err := stream.Serve("127.0.0.1:0", stream.Config{
		Handler: func(*stream.Conn) stream.Handler { return &greeter{lines: frame.Line{Limit: 200}} },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = c.Write([]byte("Castor\r\nPollux\n"))
	for in, i := bufio.NewScanner(c), 0; i < 2 && in.Scan(); i++ {
		fmt.Println(in.Text())
	}
	_ = c.Close()
	_ = s.Shutdown(context.Background())
	// Output:
	// hello, Castor
	// hello, Pollux
}
