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
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// largest is the longest text of a datagram over IPv4.
const largest = 65507

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], log.New(os.Stdout, "", 0)); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "datagram:", err)
		os.Exit(1)
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, out *log.Logger) error {
	if len(args) == 0 {
		return errors.New("say serve or ask; serve -h and ask -h tell more")
	}
	flags := flag.NewFlagSet("datagram "+args[0], flag.ContinueOnError)
	switch args[0] {
	case "serve":
		listen := flags.String("listen", "127.0.0.1:7008", "host:port to listen on; port 0 is any free one")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return serve(ctx, *listen, out)
	case "ask":
		var q question
		flags.StringVar(&q.address, "connect", "127.0.0.1:7008", "host:port of the server")
		flags.DurationVar(&q.timeout, "timeout", time.Second, "how long to wait for an answer, each time")
		flags.IntVar(&q.tries, "tries", 3, "how often to ask")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		q.text = strings.Join(flags.Args(), " ")
		return q.ask(ctx, out)
	}
	return fmt.Errorf("%q is neither serve nor ask", args[0])
}

// address turns host:port into an address.
func address(text string) (fdsock.InetAddr, error) {
	host, number, err := net.SplitHostPort(text)
	if err != nil {
		return fdsock.InetAddr{}, err
	}
	port, err := strconv.Atoi(number)
	if err != nil {
		return fdsock.InetAddr{}, fmt.Errorf("port %q is not a number", number)
	}
	return fdsock.Inet(host, port), nil
}

// serve answers datagrams, one after the other, until the context ends.
func serve(ctx context.Context, listen string, out *log.Logger) error {
	addr, err := address(listen)
	if err != nil {
		return err
	}
	sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer sock.Close()
	if err := sock.Bind(addr); err != nil {
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
	address, text string
	timeout       time.Duration
	tries         int
}

// ask sends the text and prints the answer. The socket is connected, so that
// it hears of a server that is not there, and of nobody else.
func (q question) ask(ctx context.Context, out *log.Logger) error {
	addr, err := address(q.address)
	if err != nil {
		return err
	}
	sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer sock.Close()
	if err := sock.ConnectContext(ctx, addr); err != nil {
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
	return fmt.Errorf("no answer from %v to %d datagrams", addr, q.tries)
}
