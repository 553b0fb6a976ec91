// Command chat is a room: what a client says, all others hear. The server is
// one goroutine around select with nonblocking sockets, for some hundreds of
// clients; so is the client, which watches the server and its standard input
// at once.
//
//	chat serve -listen 127.0.0.1:7009
//	chat join -connect 127.0.0.1:7009 -name ann
//
// Both end on an interrupt; the client also at the end of its input.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("say serve or join; serve -h and join -h tell more")
	}
	flags := flag.NewFlagSet("chat "+args[0], flag.ContinueOnError)
	switch args[0] {
	case "serve":
		listen := flags.String("listen", "127.0.0.1:7009", "host:port to listen on; port 0 is any free one")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return serve(ctx, *listen, log.New(os.Stdout, "", 0))
	case "join":
		connect := flags.String("connect", "127.0.0.1:7009", "host:port of the server")
		name := flags.String("name", "somebody", "what the others call you")
		timeout := flags.Duration("timeout", 10*time.Second, "how long to wait for the server to accept")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return join(ctx, *connect, *name, *timeout, os.Stdin, os.Stdout)
	}
	return fmt.Errorf("%q is neither serve nor join", args[0])
}

// hostPort takes an address apart.
func hostPort(address string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	if port, err = strconv.Atoi(number); err != nil {
		return "", 0, fmt.Errorf("port %q is not a number", number)
	}
	return host, port, nil
}
