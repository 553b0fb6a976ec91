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
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
)

func main() { program.Main("echo", run) }

// run does what the arguments say.
func run(ctx context.Context, args []string, out io.Writer) error {
	command, args, err := program.Choose("echo", args, out, "serve", "talk")
	switch {
	case err != nil:
		return err
	case command == "serve":
		return runServe(ctx, args, out)
	}
	return runTalk(ctx, args, out)
}

func runServe(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("echo serve", "")
	listen := flags.String("listen", "127.0.0.1:7007", "host:port to listen on; port 0 is any free one")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*listen)
	if err != nil {
		return err
	}
	return serve(ctx, host, port, log.New(out, "", 0))
}

func runTalk(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("echo talk", "[WORD...]")
	connect := flags.String("connect", "127.0.0.1:7007", "host:port of the server")
	timeout := flags.Duration("timeout", 10*time.Second, "how long to wait for the server, each time")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*connect)
	if err != nil {
		return err
	}
	var in io.Reader = os.Stdin
	if words := flags.Args(); len(words) > 0 {
		in = strings.NewReader(strings.Join(words, " ") + "\n")
	}
	sock, err := fdsock.CreateConnectionContext(ctx, host, port, fdsock.DialOptions{Timeout: *timeout})
	if err != nil {
		return err
	}
	defer sock.Close()
	return talk(ctx, sock, in, out)
}
