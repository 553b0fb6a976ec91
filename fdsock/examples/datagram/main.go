// Command datagram is a UDP server that answers each datagram with its text in
// capitals, and a client that asks again when an answer does not come.
//
//	datagram serve -listen 127.0.0.1:7008
//	datagram ask -connect 127.0.0.1:7008 some words
//
// Both end on an interrupt.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
)

// largest is the longest text of a datagram over IPv4.
const largest = 65507

func main() { program.Main("datagram", run) }

// run does what the arguments say.
func run(ctx context.Context, args []string, out io.Writer) error {
	command, args, err := program.Choose("datagram", args, out, "serve", "ask")
	switch {
	case err != nil:
		return err
	case command == "serve":
		return runServe(ctx, args, out)
	}
	return runAsk(ctx, args, out)
}

func runServe(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("datagram serve", "")
	listen := flags.String("listen", "127.0.0.1:7008", "host:port to listen on; port 0 is any free one")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*listen)
	if err != nil {
		return err
	}
	return serve(ctx, host, port, log.New(out, "", 0))
}

func runAsk(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("datagram ask", "[WORD...]")
	connect := flags.String("connect", "127.0.0.1:7008", "host:port of the server")
	var q question
	flags.DurationVar(&q.timeout, "timeout", time.Second, "how long to wait for an answer, each time")
	flags.IntVar(&q.tries, "tries", 3, "how often to ask")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*connect)
	if err != nil {
		return err
	}
	q.server, q.text = fdsock.Inet(host, port), strings.Join(flags.Args(), " ")
	return q.ask(ctx, log.New(out, "", 0))
}

// serve answers datagrams, one after the other, until the context ends.
func serve(ctx context.Context, host string, port int, out *log.Logger) error {
	sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer sock.Close()
	if err := sock.Bind(fdsock.Inet(host, port)); err != nil {
		return err
	}
	name, err := sock.GetSockName()
	if err != nil {
		return err
	}
	out.Println("listening on", name)
	buffer := make([]byte, largest)
	for {
		n, from, err := sock.RecvFromIntoContext(ctx, buffer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		out.Printf("%v: %d bytes", from, n)
		if _, err := sock.SendToContext(ctx, bytes.ToUpper(buffer[:n]), from); err != nil && ctx.Err() == nil {
			out.Printf("%v: %v", from, err) // the others are still to be served
		}
	}
}

// question is what the client asks, and how patiently.
type question struct {
	server  fdsock.InetAddr
	text    string
	timeout time.Duration
	tries   int
}

// ask sends the text and prints the answer. The socket is connected, so that
// it hears of a server that is not there, and of nobody else.
func (q question) ask(ctx context.Context, out *log.Logger) error {
	sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer sock.Close()
	if err := sock.ConnectContext(ctx, q.server); err != nil {
		return err
	}
	sock.SetTimeout(q.timeout)
	for range q.tries {
		if _, err := sock.SendContext(ctx, []byte(q.text)); err != nil {
			return err
		}
		p, err := sock.RecvContext(ctx, largest)
		if errors.Is(err, fdsock.ErrTimeout) {
			continue // the question or the answer is lost
		}
		if err == nil {
			out.Print(string(p))
		}
		return err
	}
	return fmt.Errorf("no answer from %v to %d datagrams", q.server, q.tries)
}
