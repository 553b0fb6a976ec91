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
	"io"
	"log"
	"os"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/program"
)

func main() { program.Main("chat", run) }

// run does what the arguments say.
func run(ctx context.Context, args []string, out io.Writer) error {
	command, args, err := program.Choose("chat", args, out, "serve", "join")
	switch {
	case err != nil:
		return err
	case command == "serve":
		return runServe(ctx, args, out)
	}
	return runJoin(ctx, args, out)
}

func runServe(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("chat serve", "")
	listen := flags.String("listen", "127.0.0.1:7009", "host:port to listen on; port 0 is any free one")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*listen)
	if err != nil {
		return err
	}
	return serve(ctx, host, port, log.New(out, "", 0))
}

func runJoin(ctx context.Context, args []string, out io.Writer) error {
	flags := program.NewFlags("chat join", "")
	connect := flags.String("connect", "127.0.0.1:7009", "host:port of the server")
	name := flags.String("name", "somebody", "what the others call you")
	timeout := flags.Duration("timeout", 10*time.Second, "how long to wait for the server to accept")
	if err := flags.Parse(args, out); err != nil {
		return err
	}
	host, port, err := flags.HostPort(*connect)
	if err != nil {
		return err
	}
	sock, err := fdsock.CreateConnectionContext(ctx, host, port, fdsock.DialOptions{Timeout: *timeout})
	if err != nil {
		return err
	}
	defer sock.Close()
	return join(ctx, sock, *name, os.Stdin, out)
}
