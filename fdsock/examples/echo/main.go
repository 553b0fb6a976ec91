// Command echo is a TCP server that sends back what it receives, and a client
// of it.
//
//	echo serve -listen 127.0.0.1:7007
//	echo talk -connect 127.0.0.1:7007 some words
//
// Without words the client sends its standard input. Both end on an
// interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("say serve or talk; serve -h and talk -h tell more")
	}
	flags := flag.NewFlagSet("echo "+args[0], flag.ContinueOnError)
	switch args[0] {
	case "serve":
		listen := flags.String("listen", "127.0.0.1:7007", "host:port to listen on; port 0 is any free one")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return serve(ctx, *listen, log.New(out, "", 0))
	case "talk":
		connect := flags.String("connect", "127.0.0.1:7007", "host:port of the server")
		timeout := flags.Duration("timeout", 10*time.Second, "how long to wait for the server, each time")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if words := flags.Args(); len(words) > 0 {
			in = strings.NewReader(strings.Join(words, " ") + "\n")
		}
		return talk(ctx, *connect, *timeout, in, out)
	}
	return fmt.Errorf("%q is neither serve nor talk", args[0])
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
